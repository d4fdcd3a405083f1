"""The engine's ear: keys, silent clients, wrong keys, malformed frames, and no room for another client."""

from __future__ import annotations

import resource
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Pipe

import pytest

from app.base.calls import GetPreferences, Preferences, Search
from app.base.errors import Problem
from app.link.frames import PROTOCOL, Hello, Request, raw
from app.link.peer import Peer
from app.link.server import Server
from tests.support.live import until

KEY = b"k" * 32


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server listens that knows its preferences."""
    path = str(tmp_path_factory.mktemp("s") / "s")
    executor = ThreadPoolExecutor(4)

    def welcome(connection: Connection) -> None:
        Peer(
            connection, role="engine", executor=executor,
            handlers={GetPreferences: lambda _call, _incoming: Preferences(theme="dark")},
        )  # fmt: skip

    server = Server(path, KEY, welcome)
    yield path
    server.close()
    executor.shutdown()


def test_client_with_the_key_is_answered(address: str) -> None:
    peer = Peer(Client(address, authkey=KEY), role="cli")
    hello = peer.wait_hello(5)
    assert (hello.protocol, hello.role) == (PROTOCOL, "engine")
    assert peer.call(GetPreferences(), timeout_s=5).theme == "dark"
    peer.close()


@pytest.mark.expects_warnings
def test_wrong_key_is_turned_away(address: str) -> None:
    with pytest.raises((AuthenticationError, EOFError, OSError)):
        Client(address, authkey=b"wrong")


@pytest.mark.expects_warnings
def test_silent_client_blocks_nobody_and_is_dropped(address: str) -> None:
    silent = Client(address)  # never answers the challenge
    peer = Peer(Client(address, authkey=KEY), role="cli")
    assert peer.call(GetPreferences(), timeout_s=5).theme == "dark"
    silent.recv_bytes()  # the challenge
    assert silent.poll(5)
    with pytest.raises(EOFError):
        silent.recv_bytes()
    peer.close()


def test_unknown_request_is_refused_and_the_connection_lives(address: str) -> None:
    peer = Peer(Client(address, authkey=KEY), role="cli")
    with pytest.raises(Problem) as problem:
        peer.call(Search(query="x"), timeout_s=5)
    assert problem.value.code == "link.unknown"
    assert peer.call(GetPreferences(), timeout_s=5).theme == "dark"
    peer.close()


def test_bytes_that_are_no_frame_end_that_connection_alone(address: str) -> None:
    bad = Client(address, authkey=KEY)
    bad.send_bytes(b"\x80\x04pickle")
    assert bad.poll(5)
    with pytest.raises(EOFError):
        while True:
            bad.recv_bytes()
    peer = Peer(Client(address, authkey=KEY), role="cli")
    assert peer.call(GetPreferences(), timeout_s=5).theme == "dark"
    peer.close()


def test_hello_after_hello_and_stray_frames_do_no_harm(address: str) -> None:
    peer = Peer(Client(address, authkey=KEY), role="cli")
    peer.send(Hello(PROTOCOL, "cli", 1))
    peer.send(Request(77, "GetPreferences", raw({"unknown": 1})))
    assert peer.call(GetPreferences(), timeout_s=5).theme == "dark"
    peer.close()


def test_calls_that_wait_fail_when_the_other_side_goes(address: str) -> None:
    ours, theirs = Pipe()
    peer = Peer(ours, role="cli")
    failed: list[str] = []

    def wait() -> None:
        try:
            peer.call(GetPreferences())
        except Problem as problem:
            failed.append(problem.code)

    thread = threading.Thread(target=wait)
    thread.start()
    theirs.recv_bytes()
    theirs.recv_bytes()
    theirs.close()
    thread.join(5)
    assert failed == ["link.closed"]


def test_client_is_let_in_once_there_are_files_again(address: str, caplog: pytest.LogCaptureFixture) -> None:
    first = Peer(Client(address, authkey=KEY), role="cli")
    first.wait_hello(5)
    waiting = socket.socket(socket.AF_UNIX)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        waiting.connect(address)
        assert until(lambda: "no client can be let in for now" in caplog.text)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    waiting.close()
    second = Peer(Client(address, authkey=KEY), role="cli")
    assert second.call(GetPreferences(), timeout_s=10).theme == "dark"
    assert caplog.text.count("no client can be let in for now") == 1
    first.close()
    second.close()


def test_client_is_let_in_once_there_are_threads_again(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start = threading.Thread.start
    refused: list[str] = []

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "link-greet" and len(refused) < 3:
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    for _ in range(3):
        with pytest.raises((EOFError, OSError)):
            Client(address, authkey=KEY)
    peer = Peer(Client(address, authkey=KEY), role="cli")
    assert peer.call(GetPreferences(), timeout_s=10).theme == "dark"
    assert len(refused) == 3
    assert "can't start new thread" in caplog.text
    peer.close()


def test_clients_that_go_between_key_and_hello_are_forgotten(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = str(tmp_path_factory.mktemp("s") / "s")
    lock, gone = threading.Lock(), threading.Semaphore(0)

    def leave(_peer: Peer) -> None:
        with lock:  # as the engine does, which also welcomes with its lock held
            gone.release()

    def welcome(connection: Connection) -> None:
        with lock:
            Peer(connection, role="engine", on_close=leave)

    server = Server(path, KEY, welcome)
    for _ in range(100):
        Client(path, authkey=KEY).close()
    for _ in range(100):
        assert gone.acquire(timeout=10)
    server.close()


def test_server_that_closed_turns_away_who_waits_and_ends_its_thread(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = str(tmp_path_factory.mktemp("s") / "s")
    before = {thread.ident for thread in threading.enumerate()}
    server = Server(path, KEY, lambda connection: connection.close())
    (accepting,) = [
        thread for thread in threading.enumerate() if thread.name == "link-accept" and thread.ident not in before
    ]
    server.close()
    accepting.join(10)
    assert not accepting.is_alive()
    with pytest.raises(OSError, match="No such file"):
        Client(path, authkey=KEY)


def test_nobody_can_listen_in_a_folder_that_is_not_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(OSError, match="No such file"):
        Server(str(tmp_path_factory.mktemp("s") / "absent" / "s"), KEY, lambda connection: connection.close())
