"""The engine's ear: keys, silent clients, wrong keys, malformed frames."""

from __future__ import annotations

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
