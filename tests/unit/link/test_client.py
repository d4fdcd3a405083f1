"""How a client finds an engine: silent, hung, leaving, older, failing or no engine at all."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge

import msgspec
import pytest

import app.link.client
from app.base.calls import GetPreferences, Preferences
from app.base.errors import Problem
from app.base.paths import Home
from app.link.call_threads import CallThreads
from app.link.client import EngineAddress, connect, read_address, report_failure, spawn_engine
from app.link.frames import PROTOCOL, Hello, decode, encode
from app.link.peer import Peer
from app.link.server import Server

KEY = b"k" * 32


def tell_address(home: Home, key: bytes = KEY) -> None:
    """Write where an engine of `home` is said to listen."""
    home.create()
    address = EngineAddress(address=home.socket, pid=1, key=key.hex(), protocol=PROTOCOL)
    home.engine_json.write_bytes(msgspec.json.encode(address))


class Engines:
    """Engines of make-believe, in this process."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.threads = CallThreads(4)
        self.peers: list[Peer] = []
        self._ends: list[Callable[[], object]] = []

    def serve(self) -> None:
        """Answer from now on."""
        self.welcome(
            lambda connection: self.peers.append(
                Peer(
                    connection, role="engine", executor=self.threads,
                    handlers={GetPreferences: lambda *_: Preferences(theme="dark")},
                )
            )
        )  # fmt: skip

    def welcome(self, welcome: Callable[[Connection], None]) -> Server:
        """Listen, and hand over who comes."""
        self.home.create()
        server = Server(self.home.socket, KEY, welcome)
        self._ends.append(server.close)
        tell_address(self.home)
        return server

    def listen(self, meet: Callable[[Connection], object]) -> None:
        """Accept who comes, and do with it what an engine would not."""
        self.home.create()
        listener = Listener(self.home.socket, family="AF_UNIX")
        self._ends.append(listener.close)
        tell_address(self.home)

        def accept() -> None:
            try:
                while True:
                    meet(listener.accept())
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()

    def end(self) -> None:
        """End them all."""
        for end in self._ends:
            end()
        for peer in self.peers:
            peer.close()
        self.threads.finish(10)


@pytest.fixture
def engines(home: Home) -> Iterator[Engines]:
    """Engines of make-believe, ended after the test."""
    made = Engines(home)
    yield made
    made.end()


@pytest.mark.parametrize("meeting", [Engines.listen, Engines.welcome], ids=["says nothing", "knows the key only"])
def test_engine_that_greets_nobody_is_no_engine(
    meeting: Callable[[Engines, Callable[[Connection], None]], object],
    home: Home,
    engines: Engines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.link.client, "ANSWER_S", 0.3)
    kept: list[Connection] = []
    meeting(engines, kept.append)
    with pytest.raises(Problem) as problem:
        connect(home, role="cli", spawn=False)
    assert problem.value.code == "engine.absent"
    assert len(kept) == 1


def test_engine_that_lets_nobody_in_holds_nobody_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.link.client, "ANSWER_S", 0.3)
    home.create()
    with Listener(home.socket, family="AF_UNIX", backlog=1):
        tell_address(home)
        for _ in range(6):  # more than wait there
            with pytest.raises(Problem) as problem:
                connect(home, role="cli", spawn=False)
            assert problem.value.code == "engine.absent"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"address":"x"}', b"\xff\x00", b"null", b"{" * 10_000])
def test_address_that_is_none_is_no_engine(home: Home, content: bytes) -> None:
    home.create()
    home.engine_json.write_bytes(content)
    assert read_address(home) is None
    with pytest.raises(Problem) as problem:
        connect(home, role="cli", spawn=False)
    assert problem.value.code == "engine.absent"


def test_address_with_a_key_that_is_none_is_no_engine(home: Home) -> None:
    home.create()
    home.engine_json.write_bytes(b'{"address":"/nowhere","pid":1,"key":"no key","protocol":1}')
    with pytest.raises(Problem) as problem:
        connect(home, role="cli", spawn=False)
    assert problem.value.code == "engine.absent"


@pytest.mark.expects_warnings
def test_engine_with_another_key_is_no_engine(home: Home, engines: Engines) -> None:
    engines.serve()
    tell_address(home, b"x" * 32)
    with pytest.raises(Problem) as problem:
        connect(home, role="cli", spawn=False)
    assert problem.value.code == "engine.absent"


def test_client_that_comes_as_an_engine_leaves_is_served_by_the_next_one(
    home: Home, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = engines.welcome(lambda connection: connection.close())  # it knows the key, and greets nobody any more
    spawned: list[int] = []

    def spawn(_home: Home) -> subprocess.Popen[bytes]:
        spawned.append(0)
        if len(spawned) == 3:
            leaving.close()
            engines.serve()
        return subprocess.Popen([sys.executable, "-c", ""])  # it finds the lock held, and leaves

    monkeypatch.setattr(app.link.client, "spawn_engine", spawn)
    peer = connect(home, role="cli")
    assert peer.call(GetPreferences(), timeout_s=10).theme == "dark"
    assert len(spawned) >= 3
    peer.close()


def test_older_engine_that_leaves_without_a_word_is_replaced(
    home: Home, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def be_older(connection: Connection) -> None:
        deliver_challenge(connection, KEY)
        answer_challenge(connection, KEY)
        connection.send_bytes(encode(Hello(PROTOCOL - 1, "engine", 1)))
        asked.extend(decode(connection.recv_bytes()) for _ in range(2))
        connection.close()

    engines.listen(be_older)

    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])

    def spawn(_home: Home) -> subprocess.Popen[bytes]:
        engines.serve()
        return sleeper

    monkeypatch.setattr(app.link.client, "spawn_engine", spawn)
    peer = connect(home, role="cli")
    assert peer.wait_hello(10).protocol == PROTOCOL
    assert getattr(asked[1], "method", "") == "Drain"
    peer.close()
    sleeper.kill()
    sleeper.wait(10)


def test_newer_engine_is_left_alone(home: Home, engines: Engines) -> None:
    kept: list[Connection] = []

    def be_newer(connection: Connection) -> None:
        kept.append(connection)
        deliver_challenge(connection, KEY)
        answer_challenge(connection, KEY)
        connection.send_bytes(encode(Hello(PROTOCOL + 1, "engine", 1)))

    engines.listen(be_newer)
    with pytest.raises(Problem) as problem:
        connect(home, role="cli")
    assert problem.value.code == "engine.newer"


def test_engine_that_cannot_be_started_is_said(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(home.root / "no-python"))
    with pytest.raises(Problem) as problem:
        spawn_engine(home)
    assert problem.value.code == "engine.failed"
    assert "No such file" in problem.value.title


def test_engine_that_ends_as_it_starts_tells_its_own_reason(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def spawn(home: Home) -> subprocess.Popen[bytes]:
        report_failure(home, Problem("store.full", "The disk is full.", "Free some space."))
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])

    monkeypatch.setattr(app.link.client, "spawn_engine", spawn)
    with pytest.raises(Problem) as problem:
        connect(home, role="cli")
    assert (problem.value.code, problem.value.hint) == ("store.full", "Free some space.")


def test_reason_that_cannot_be_written_ends_nothing(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    home.root.mkdir()
    home.run.write_text("in the way")
    report_failure(home, Problem("store.full", "The disk is full.", "Free some space."))
    assert "no word could be left" in caplog.text


def test_engine_that_never_answers_is_given_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.link.client, "START_S", 0.5)
    monkeypatch.setattr(app.link.client, "LEAVE_S", 0.5)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(app.link.client, "spawn_engine", lambda _home: sleeper)
    began = time.monotonic()
    with pytest.raises(Problem) as problem:
        connect(home, role="cli")
    assert problem.value.code == "engine.failed"
    assert time.monotonic() - began < 20
    sleeper.kill()
    sleeper.wait(10)
