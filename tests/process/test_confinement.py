"""What the process that reads strangers' files can reach: real attempts from inside it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.worker_calls import ReadDocument
from app.link.confinement import offered
from app.link.workers import Worker
from tests.support import sample_documents as made

ROOT = Path(__file__).parents[2]
THERE = " ".join(offered()[0])

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such means")
by_seccomp = pytest.mark.skipif("seccomp" not in THERE, reason="this system filters no system calls")
by_landlock = pytest.mark.skipif("Landlock" not in THERE, reason="this kernel has no Landlock")


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A confined process that tries what it is told to."""
    monkeypatch.setenv("SECRET_OF_A_SHELL", "x")
    command = [sys.executable, "-P", "-m", "tests.support.hostile_worker"]
    worker = Worker("extract", command, environment={"PYTHONPATH": str(ROOT)})
    yield worker
    worker.stop()


def outcome(worker: Worker, attempt: str) -> str:
    return worker.call(ReadDocument(path=attempt)).reason


@by_seccomp
def test_reading_process_reaches_no_network_and_no_other_process(hostile: Worker) -> None:
    attempts = (
        "connect by IPv4", "connect by IPv6", "ask the kernel about networks", "connect to another program",
        "look up a name", "send to another program", "start a program", "become a program",
        "become a program in memory", "fork", "signal its parent", "trace its parent", "change who may read a file",
        "have a descriptor signal its parent", "choose the signal of a descriptor", "have a socket signal its parent",
        "bind its parent to a processor", "slow its parent's files", "look into shared memory", "type into a terminal",
    )  # fmt: skip
    let_through = {name: came for name in attempts if not (came := outcome(hostile, name)).startswith("refused: ")}
    assert let_through == {}


@by_seccomp
def test_reading_process_changes_nothing_of_a_file_that_it_may_read(hostile: Worker) -> None:
    attempts = (
        "cut a file by its name", "cut a file that it reads", "keep others from writing a file", "lock a file",
        "lock a part of a file", "change a file's marks",
    )  # fmt: skip
    came = {name: outcome(hostile, name) for name in attempts}
    assert came == dict.fromkeys(attempts, "refused: PermissionError 1")


@by_seccomp
def test_calls_that_are_newer_than_what_was_looked_at_are_not_there(hostile: Worker) -> None:
    assert outcome(hostile, "use a call newer than this") == "refused: OSError 38"


@by_landlock
def test_reading_process_reaches_no_file_that_it_was_not_given(hostile: Worker) -> None:
    attempts = (
        "read the list of users", "list the person's folder", "read its parent's environment",
        "write outside its folder", "write into a library", "map a file of its neighbour",
    )  # fmt: skip
    let_through = {name: came for name in attempts if not (came := outcome(hostile, name)).startswith("refused: ")}
    assert let_through == {}


def test_reading_process_can_do_what_reading_needs(hostile: Worker) -> None:
    assert outcome(hostile, "write into its own folder") == "True"
    assert outcome(hostile, "read a library") == "True"
    assert outcome(hostile, "read by native threads") == "words"


def test_only_the_file_that_a_call_names_is_lent(hostile: Worker, tmp_path: Path) -> None:
    meant, other = tmp_path / "meant.txt", tmp_path / "other.txt"
    meant.write_text("the meant one")
    other.write_text("another one")
    assert outcome(hostile, str(meant)) == "the meant one"
    assert outcome(hostile, f"{meant}|{other}") == "refused: PermissionError 13"
    assert outcome(hostile, f"x|{meant}") == "refused: PermissionError 13"


def test_reading_process_inherits_no_secret(hostile: Worker) -> None:
    told = set(json.loads(outcome(hostile, "tell its environment")))
    assert not told & {"SECRET_OF_A_SHELL", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "HF_TOKEN"}
    assert {"TMPDIR", "TMP", "TEMP", "HOME", "PYTHONPATH"} <= told


def test_library_planted_in_a_shared_temporary_folder_is_neither_loaded_nor_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    planted = shared / "kreuzberg-pdfium" / "libpdfium.so"
    planted.parent.mkdir(parents=True)
    planted.write_bytes(b"\x7fELF planted")
    for name in ("TMPDIR", "TMP", "TEMP"):
        monkeypatch.setenv(name, str(shared))
    before = planted.stat()
    pdf = made.pdf([["Words of the page"]])
    files = {
        "a.msg": made.msg("Hello", "Body.", {"a.pdf": pdf}),
        "a.docx": made.docx([(0, "Body.")], embedded={"a.pdf": pdf}),
        "a.pdf": pdf, "a.zip": made.zipped({"a.pdf": pdf}),
    }  # fmt: skip
    worker = Worker("extract", environment={"PYTHONPATH": str(ROOT)})
    try:
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
            document = worker.call(ReadDocument(path=str(tmp_path / name)))
            assert "Words of the page" in "".join(chunk.text for chunk in document.chunks), name
        mapped = Path(f"/proc/{worker.pid}/maps").read_text()
    finally:
        worker.stop()
    assert "kreuzberg-pdfium" not in mapped
    assert "kreuzberg" in mapped  # the library was at work
    after = planted.stat()
    assert (after.st_mtime_ns, after.st_atime_ns, after.st_ino) == (
        before.st_mtime_ns,
        before.st_atime_ns,
        before.st_ino,
    )
    assert os.listdir(shared) == ["kreuzberg-pdfium"]
    assert os.listdir(planted.parent) == ["libpdfium.so"]
