"""An engine that begins, leaves and fails: nobody waits for it longer than seconds, and nothing is lost by it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Client
from pathlib import Path

import psutil
import pytest

import app.engine.engine
import app.link.workers
from app.base.calls import Drain, GetStatus, Preferences, SetPreferences
from app.base.chunking import CHUNKER
from app.base.errors import Problem
from app.base.paths import Home
from app.engine.engine import Engine
from app.link.client import connect, read_address
from app.link.peer import Incoming, Peer
from app.store.index import IndexStore
from tests.support.live import Live, until
from tests.support.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]
SILENT = [sys.executable, "-c", "import time; time.sleep(600)"]
READER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from app.base.worker_calls import ReadDocument
from app.link.serving import serve
def read(call, incoming):
    time.sleep(600)
sys.exit(serve("reader", {ReadDocument: read}))
"""


class Running:
    """An engine in this process. Its workers never greet, but for those that are given."""

    def __init__(self, home: Home, idle_s: float = 600, **commands: Sequence[str]) -> None:
        home.create()
        silent: dict[str, Sequence[str]] = dict.fromkeys(("extract", "vectors", "chat", "remote", "fetch"), SILENT)
        self.home = home
        self.engine = Engine(home, idle_s=idle_s, commands=silent | commands)
        self.failure: Problem | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.engine.run()
        except Problem as problem:
            self.failure = problem

    def connect(self) -> Peer:
        """A client."""
        assert until(lambda: read_address(self.home) is not None, 30)
        return connect(self.home, role="cli", spawn=False)

    def reads(self) -> bool:
        """Whether a file is being read now."""
        return any(reader.busy and reader.ready_peer is not None for reader in self.engine._crew.readers)

    def leaves_for_want_of_clients(self) -> bool:
        """Whether it leaves, its patience being at an end now."""
        self.engine._leave_if_idle()
        return self.engine.leaving.is_set()

    def vanish(self) -> None:
        """A client that goes between key and greeting."""
        address = read_address(self.home)
        assert address is not None
        Client(address.address, authkey=bytes.fromhex(address.key)).close()

    def gone(self) -> bool:
        """Whether it leaves."""
        self._thread.join(60)
        return not self._thread.is_alive()

    def end(self) -> None:
        """Have it leave."""
        self.engine.end()
        assert self.gone()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that never greet are waited for as long as a test may last."""
    monkeypatch.setattr(app.link.workers, "HELLO_S", 600.0)


@pytest.fixture
def running(home: Home) -> Iterator[Running]:
    """An engine, ended after the test."""
    made = Running(home)
    yield made
    made.end()


def _code(call: Callable[[], object]) -> str:
    try:
        call()
    except Problem as problem:
        return problem.code
    return "answered"


def test_clients_that_go_between_key_and_greeting_lock_nobody_out(running: Running) -> None:
    running.connect().close()
    for _ in range(200):
        running.vanish()
    peer = running.connect()
    assert peer.call(GetStatus(), timeout_s=30).pids.engine == os.getpid()
    peer.close()


def test_clients_that_went_before_their_greeting_keep_no_engine_awake(running: Running) -> None:
    running.connect().close()
    for _ in range(50):
        running.vanish()
    assert until(running.leaves_for_want_of_clients, 60)
    assert running.gone()


def test_client_that_comes_as_nobody_needs_the_engine_is_answered_or_never_greeted(running: Running) -> None:
    running.connect().close()
    for _ in range(30):
        assert until(lambda: not running.engine._clients, 30)
        begin = threading.Barrier(2)
        outcome: list[str] = []

        def come(begin: threading.Barrier = begin, outcome: list[str] = outcome) -> None:
            begin.wait(30)
            try:
                peer = connect(running.home, role="cli", spawn=False)
            except Problem as problem:
                outcome.append(problem.code)
                return
            outcome.append(_code(lambda: peer.call(GetStatus(), timeout_s=30)))
            peer.close()

        client = threading.Thread(target=come)
        client.start()
        begin.wait(30)
        running.engine._leave_if_idle()
        client.join(60)
        assert outcome in (["answered"], ["engine.absent"])
        if running.engine.leaving.is_set():
            return


def test_calls_to_an_engine_that_is_told_to_leave_are_answered_or_safe_to_ask_again(running: Running) -> None:
    peers = [running.connect() for _ in range(4)]
    outcomes: list[str] = []

    def ask(peer: Peer) -> None:
        code = "answered"
        while code == "answered":
            code = _code(lambda: peer.call(GetStatus(), timeout_s=30))
            outcomes.append(code)

    threads = [threading.Thread(target=ask, args=(peer,)) for peer in peers]
    for thread in threads:
        thread.start()
    assert until(lambda: len(outcomes) > 20, 60)
    running.engine.end()
    for thread in threads:
        thread.join(60)
    assert running.gone()
    assert set(outcomes) == {"answered", "link.leaving"}


def test_command_that_comes_as_an_engine_leaves_is_answered_by_the_next_one(home: Home) -> None:
    live = Live(home)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(3):
        leaving = live.peer.start(Drain())
        done = subprocess.run(
            [sys.executable, "-P", "-m", "app", "--home", str(home.root), "folders", "list"], env=environment,
            capture_output=True, text=True, timeout=150, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        leaving.result(timeout_s=30)
    live.stop()


@pytest.mark.expects_warnings
def test_call_that_hangs_holds_up_no_leaving(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.engine.engine, "CALLS_END_S", 0.5)
    monkeypatch.setattr(app.engine.engine, "THREADS_END_S", 0.5)
    hanging, go_on = threading.Event(), threading.Event()

    def hang(*_: object) -> Preferences:
        hanging.set()
        go_on.wait(120)
        return Preferences()

    running.engine._handlers[SetPreferences] = hang
    peer = running.connect()
    call = peer.start(SetPreferences())
    assert hanging.wait(30)
    running.engine.end()
    assert running.gone()
    assert _code(lambda: call.result(timeout_s=30)) == "link.closed"
    go_on.set()
    peer.close()


def test_call_that_can_end_early_has_its_outcome_though_the_engine_leaves(running: Running) -> None:
    begun = threading.Event()

    def end_early(_call: SetPreferences, incoming: Incoming) -> Preferences:
        begun.set()
        incoming.wait_cancelled(60)
        return Preferences(theme="dark")

    running.engine._handlers[SetPreferences] = end_early
    peer = running.connect()
    call = peer.start(SetPreferences())
    assert begun.wait(30)
    running.engine.end()
    assert call.result(timeout_s=30).theme == "dark"
    assert running.gone()
    peer.close()


def test_engine_that_cannot_close_what_it_has_open_ends_all_the_same(home: Home, tmp_path: Path) -> None:
    script = tmp_path / "hanging_engine.py"
    script.write_text(
        "import sys, threading\nsys.path.insert(0, sys.argv[1])\n"
        "from app.engine import main\nfrom app.store.user import UserStore\n"
        "main.LEAVE_S = 1.0\nUserStore.close = lambda self: threading.Event().wait()\n"
        "sys.exit(main.main(['--home', sys.argv[2]]))\n"
    )
    process = subprocess.Popen([sys.executable, "-P", str(script), str(ROOT), str(home.root)])
    assert until(home.engine_json.exists, 60)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert "leaves as it is" in (home.logs / "engine.log").read_text(encoding="utf-8")
    live = Live(home)
    assert live.status().pids.engine != process.pid
    live.stop()


@pytest.mark.expects_warnings
def test_file_that_is_read_as_engines_leave_is_not_blamed(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "big.txt").write_text("much to read")
    reader = tmp_path / "reader.py"
    reader.write_text(READER)
    home.create()
    home.settings_toml.write_text(f'folders = ["{folder}"]\n')
    for _ in range(3):  # twice would be enough to be left alone for good
        made = Running(home, extract=[sys.executable, "-P", str(reader), str(ROOT)])
        assert until(made.reads, 60)
        made.end()
    index = IndexStore(home.index_db, chunker=str(CHUNKER))
    file = index.by_path(str(folder / "big.txt"))
    index.close()
    assert file is not None
    assert (file.state, file.deaths) == ("waiting", 0)


@pytest.mark.expects_warnings
def test_engine_that_cannot_write_its_address_says_so_and_leaves_nothing_running(home: Home) -> None:
    home.create()
    home.engine_json.mkdir()
    made = Running(home)
    assert made.gone()
    assert made.failure is not None
    assert made.failure.code == "home.unwritable"
    assert psutil.Process().children() == []


def test_engine_that_cannot_listen_says_so(home: Home) -> None:
    home.create()
    Path(home.socket).mkdir()
    made = Running(home)
    assert made.gone()
    assert made.failure is not None
    assert made.failure.code == "runtime.unwritable"
    Path(home.socket).rmdir()


def test_full_disk_as_an_engine_begins_is_told_to_its_client(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2) as disk:
        home = Home(disk / "home")
        home.create()
        with open(disk / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass
        with pytest.raises(Problem) as problem:
            connect(home, role="cli")
    assert problem.value.code in ("home.unwritable", "store.full", "engine.failed")
    assert problem.value.hint
