"""Nothing leaves this computer: a whole session, watched by the kernel's own account of it, in every process."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.background_session import BackgroundSession
from tests.support.network_trace import missing_strace, read_trace, traced
from tests.support.pages import PAGES
from tests.support.traced_session import FILES, OF_A_MODEL, QUESTIONS

ROLES = (
    "engine",
    "worker vectors",
    "worker extract",
    "worker fetch",
    "worker remote",
    "tests.support.traced_window",
    "app --home",
)


@pytest.fixture(autouse=True)
def _strace() -> None:
    reason = missing_strace()
    if reason:
        pytest.skip(reason)


@pytest.mark.background_session
@pytest.mark.timeout(600)
def test_whole_session_opens_no_socket_outside_the_link_and_looks_up_no_name(
    background_session: BackgroundSession,
) -> None:
    """Two hundred files, twenty questions, pages drawn, a window, each kind of worker, two idle minutes. It began when
    this run did, so that its idle minutes cost none."""
    done = background_session.wait(500)
    assert done.files == FILES
    assert done.ready >= FILES - 1  # one is a scan, which has no text
    assert done.vectors >= FILES - 1
    assert done.answers >= QUESTIONS - OF_A_MODEL
    assert done.pages >= QUESTIONS - OF_A_MODEL
    assert done.window == " ".join(("conversation page page page", *(page.name for page in PAGES)))
    assert done.idle_s >= 120
    seen = read_trace(background_session.trace, background_session.link)
    told = [" ".join(program.replace('", "', " ").split()) for program in seen.programs]
    for role in ROLES:
        assert any(f" {role}" in program for program in told), role
    if importlib.util.find_spec("llama_cpp") is not None:
        assert done.of_model == OF_A_MODEL
        assert any(" worker chat" in program for program in told)
    assert seen.links >= 3  # the session itself, its window, its command line: so connections are seen
    assert seen.faults == ()
    assert background_session.left_in_cache() == []


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Unix socket that is not the link's."""
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(tmp_path)
        server.bind("other.sock")  # such paths end at 107 bytes
        server.listen()
        yield tmp_path / "other.sock"


CONNECT = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"


@pytest.mark.parametrize(
    ("program", "fault"),
    [
        ("import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "socket(AF_INET"),
        ("import socket; socket.socket(socket.AF_INET6)", "socket(AF_INET6"),
        ("import threading, socket; threading.Thread(target=socket.socket).start()", "socket(AF_INET"),
        ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'import socket; socket.socket()'])", "socket("),
        ("import socket\ntry: socket.getaddrinfo('name.invalid', 80)\nexcept OSError: pass", "looked into /etc/"),
        (CONNECT, "connect("),
    ],
)
def test_the_trace_sees_what_it_must_see(tmp_path: Path, listening: Path, program: str, fault: str) -> None:
    command = traced([sys.executable, "-c", program, "other.sock"], tmp_path / "trace")
    subprocess.run(command, check=True, timeout=60)
    seen = read_trace(tmp_path / "trace", [tmp_path / "run"])
    assert any(fault in told for told in seen.faults), seen


def test_the_link_is_no_fault(tmp_path: Path, listening: Path) -> None:
    subprocess.run(traced([sys.executable, "-c", CONNECT, "other.sock"], tmp_path / "trace"), check=True, timeout=60)
    seen = read_trace(tmp_path / "trace", [Path()])
    assert (seen.faults, seen.links) == ((), 1)
