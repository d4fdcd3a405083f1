"""One engine a home: elected, shared, replaced after death, gone when nobody needs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.base.calls import Doctor, Follow, GetPreferences, GetStatus, OpenWindow, SetPreferences
from app.base.errors import Problem
from app.base.paths import Home
from app.link.client import connect, read_address
from tests.support.live import Live, until


@pytest.fixture
def live(home: Home) -> Iterator[Live]:
    """An engine of the test's own."""
    made = Live(home)
    yield made
    made.stop()


def test_many_clients_at_once_elect_one_engine(live: Live) -> None:
    pids: list[int] = []

    def client() -> None:
        peer = connect(live.home, role="cli")
        pids.append(peer.call(GetStatus(), timeout_s=30).pids.engine)
        peer.close()

    threads = [threading.Thread(target=client) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(pids) == 6
    assert len(set(pids)) == 1


def test_second_engine_leaves_at_once_and_quietly(live: Live) -> None:
    pid = live.status().pids.engine
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app", "engine", "--home", str(live.home.root)],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert live.status().pids.engine == pid


def test_states_of_conversations_that_are_not_there_go_when_an_engine_starts(live: Live) -> None:
    live.home.create()
    names = (
        "0123456789abcdef-c0-warm-0123456789abcdef.kv",
        "0123456789abcdef-c7-turn.kv",
        ".0123456789abcdef-c8-turn.kv.x",
    )
    for name in names:
        (live.home.states / name).write_bytes(b"what was said")
    live.status()
    assert until(lambda: [path.name for path in live.home.states.iterdir()] == [names[0]], 10)


def test_engine_that_was_killed_is_replaced(live: Live) -> None:
    pid = live.status().pids.engine
    live.kill()
    assert live.status().pids.engine != pid


def test_workers_leave_with_a_killed_engine(live: Live) -> None:
    assert until(lambda: live.status().pids.vectors is not None, 30)
    vectors = live.status().pids.vectors
    assert vectors is not None
    live.kill()
    assert until(lambda: not psutil.pid_exists(vectors), 15)


def test_engine_ends_on_sigterm_and_leaves_no_address(live: Live) -> None:
    pid = live.status().pids.engine
    os.kill(pid, signal.SIGTERM)
    assert until(lambda: not live.home.engine_json.exists(), 15)
    assert read_address(live.home) is None


def test_engine_leaves_a_while_after_its_last_client_unless_it_indexes_in_the_background(home: Home) -> None:
    script = Path(__file__).parents[1] / "support" / "scripted_engine.py"
    process = subprocess.Popen([sys.executable, str(script), str(home.root), "1"])
    assert until(home.engine_json.exists, 30)
    peer = connect(home, role="cli")
    peer.call(SetPreferences(background=True), timeout_s=10)
    peer.close()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(4)
    peer = connect(home, role="cli")
    peer.call(SetPreferences(background=False), timeout_s=10)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3)  # a client is there
    peer.close()
    assert process.wait(20) == 0


def test_address_and_key_are_private(live: Live) -> None:
    live.status()
    assert live.home.engine_json.stat().st_mode & 0o777 == 0o600
    assert live.home.root.stat().st_mode & 0o077 == 0


def test_without_spawn_an_absent_engine_is_a_problem(home: Home) -> None:
    with pytest.raises(Problem) as problem:
        connect(home, role="cli", spawn=False)
    assert problem.value.code == "engine.absent"


def test_wish_of_a_second_launch_reaches_the_window(live: Live) -> None:
    peer = live.peer
    assert peer.call(OpenWindow(paths=["/a"]), timeout_s=10) is False
    window = connect(live.home, role="window")
    heard: list[str] = []
    following = window.start(Follow(window=True))

    def listen() -> None:
        try:
            following.result(lambda name, _body: heard.append(name))
        except Exception:  # noqa: BLE001 - the end of following is not under test
            heard.append("ended")

    thread = threading.Thread(target=listen)
    thread.start()
    assert until(lambda: "status" in heard)
    assert peer.call(OpenWindow(view="sidebar", paths=["/a"]), timeout_s=10) is True
    assert until(lambda: "open" in heard)
    window.close()
    thread.join(10)
    assert until(lambda: peer.call(OpenWindow(), timeout_s=10) is False)


def test_settings_survive_with_the_persons_comments(live: Live) -> None:
    live.home.create()
    live.home.settings_toml.write_text('# mine\nignore = ["*.log"] # logs\n', encoding="utf-8")
    live.peer.call(SetPreferences(theme="dark", first_run=False), timeout_s=10)
    live.stop()
    text = live.home.settings_toml.read_text(encoding="utf-8")
    assert "# mine" in text
    assert "# logs" in text
    assert live.peer.call(GetPreferences(), timeout_s=10).theme == "dark"


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe has a name there, and lies in no folder")
def test_a_folder_that_another_user_put_in_the_way_stops_nothing_and_is_told(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as shared:  # short: such paths end at 107 bytes
        planted = Path(shared) / f"familiar-{os.getuid()}"
        planted.mkdir()
        planted.chmod(0o777)
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        monkeypatch.setenv("TMPDIR", shared)
        checks = live.peer.call(Doctor(), timeout_s=60)
        told = [check.text for check in checks if check.name == "runtime"]
        assert [str(planted) in text for text in told] == [True]
        assert list(planted.iterdir()) == []
        log = (live.home.logs / "engine.log").read_text(encoding="utf-8")
        assert f"{planted} is not private" in log
        live.stop()
