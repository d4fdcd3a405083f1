"""One end of a connection, and what the other end can do to it: break off, babble, send too much, hang, leave."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection, Pipe

import pytest

import app.link.peer
from app.base.calls import GetPreferences, Preferences
from app.base.errors import Cancelled, Problem
from app.base.worker_calls import Embed
from app.link.call_threads import CallThreads
from app.link.frames import PROTOCOL, Cancel, Event, Hello, Leaving, Reply, Request, decode, encode, raw
from app.link.outgoing import Outgoing
from app.link.peer import Handlers, Incoming, Peer
from tests.support.live import until


class Ends:
    """A peer that answers preferences, and the bare other end of its connection."""

    def __init__(self, handlers: Handlers | None = None) -> None:
        self.closed = threading.Event()
        self.threads = CallThreads(4)
        ours, self.other = Pipe()
        self.peer = Peer(
            ours, role="engine", handlers=handlers or {GetPreferences: lambda *_: Preferences(theme="dark")},
            executor=self.threads, on_close=lambda _: self.closed.set(),
        )  # fmt: skip
        assert isinstance(self.receive(), Hello)

    def receive(self) -> object:
        """The next frame that comes out at the other end."""
        assert self.other.poll(10)
        return decode(self.other.recv_bytes())

    def ask(self, ident: int) -> None:
        """Ask for the preferences."""
        self.other.send_bytes(encode(Request(ident, "GetPreferences", raw({}))))


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Both ends, ended after the test."""
    made = Ends()
    yield made
    made.peer.close()
    made.other.close()
    assert made.closed.wait(10)
    assert made.threads.finish(10)


def _framed(data: bytes) -> bytes:
    return struct.pack("!i", len(data)) + data


REQUEST = _framed(encode(Request(1, "GetPreferences", raw({}))))


@pytest.mark.parametrize("length", range(len(REQUEST)))
def test_connection_that_breaks_at_any_byte_ends_and_answers_nothing(length: int) -> None:
    answered: list[int] = []
    ends = Ends({GetPreferences: lambda *_: answered.append(length)})
    _write(ends.other, REQUEST[:length])
    ends.other.close()
    assert ends.closed.wait(10)
    assert ends.peer.closed
    assert ends.threads.finish(10)
    assert answered == []


def test_request_that_comes_byte_by_byte_is_answered(ends: Ends) -> None:
    for byte in REQUEST:
        _write(ends.other, bytes([byte]))
    reply = ends.receive()
    assert isinstance(reply, Reply)
    assert reply.id == 1


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("!i", 0x7FFFFFFF),  # a frame of 2 GB, which nobody waits for
        struct.pack("!i", -1) + struct.pack("!Q", 2**62),
        struct.pack("!i", -1) + struct.pack("!Q", 0),
        _framed(b""),
        _framed(b"\x80\x04pickle"),
        _framed(b"\xff\xfe\x00"),
        _framed(b"{}"),
        _framed(b"[1]"),
        _framed(b'{"t":"Unheard"}'),
        _framed(b'{"t":"Request","id":"one","method":"GetPreferences","params":{}}'),
        _framed(b'{"t":"Request","id":1,"method":"GetPreferences","params":{}'),
        _framed(b"[" * 100_000),
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_garbage_ends_that_connection_and_nothing_else(data: bytes, ends: Ends) -> None:
    other = Ends()
    _write(other.other, data)
    assert other.closed.wait(10)
    other.other.close()
    assert other.threads.finish(10)
    ends.ask(1)
    assert isinstance(ends.receive(), Reply)


def test_half_a_frame_holds_up_nobody_who_ends_the_connection(ends: Ends) -> None:
    _write(ends.other, REQUEST[:-1])
    ends.peer.close()
    assert ends.closed.wait(10)


def test_frames_for_calls_that_nobody_made_are_passed_over(ends: Ends) -> None:
    for frame in (Reply(7, raw(1)), Event(7, "x", raw(None)), Cancel(7), Hello(PROTOCOL, "cli", 1)):
        ends.other.send_bytes(encode(frame))
    ends.ask(8)
    assert isinstance(ends.receive(), Reply)


def test_reply_of_another_version_is_a_problem_of_that_call_alone(ends: Ends) -> None:
    call = ends.peer.start(GetPreferences())
    request = ends.receive()
    assert isinstance(request, Request)
    ends.other.send_bytes(encode(Reply(request.id, raw({"theme": ["none"]}))))
    with pytest.raises(Problem) as problem:
        call.result(timeout_s=10)
    assert problem.value.code == "link.invalid"
    assert not ends.peer.closed


def test_reply_that_is_too_large_is_told_to_its_caller(monkeypatch: pytest.MonkeyPatch, ends: Ends) -> None:
    monkeypatch.setattr(app.link.peer, "FRAME_BYTES", 500)
    large = Ends({GetPreferences: lambda *_: "x" * 500})
    caller = Peer(large.other, role="cli")
    with pytest.raises(Problem) as problem:
        caller.call(GetPreferences(), timeout_s=10)
    assert problem.value.code == "link.too_large"
    caller.close()
    assert large.closed.wait(10)


def test_call_that_is_too_large_is_never_sent(monkeypatch: pytest.MonkeyPatch, ends: Ends) -> None:
    monkeypatch.setattr(app.link.peer, "FRAME_BYTES", 500)
    with pytest.raises(Problem) as problem:
        ends.peer.start(Embed(texts=["x" * 500]))
    assert problem.value.code == "link.too_large"
    ends.ask(1)
    assert isinstance(ends.receive(), Reply)


def test_other_side_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.link.peer, "SEND_S", 0.2)
    ends = Ends()
    for _ in range(20):  # far more than a socket holds, and nobody reads it
        ends.peer.send(Event(1, "delta", raw("x" * 1_000_000)))
    assert ends.closed.wait(10)
    ends.other.close()


def test_leaving_waits_for_no_client_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends()
    talking = threading.Thread(target=lambda: ends.peer.send(Event(1, "delta", raw("x" * 10_000_000))))
    talking.start()
    leaving = threading.Thread(target=ends.peer.leave)
    leaving.start()
    leaving.join(20)
    assert not leaving.is_alive()
    ends.peer.close()
    talking.join(20)
    assert not talking.is_alive()
    assert ends.closed.wait(10)
    ends.other.close()


def test_connection_that_ended_before_the_greeting_is_told_of_in_the_reading_thread() -> None:
    lock, done = threading.Lock(), threading.Semaphore(0)

    def leave(_peer: Peer) -> None:
        with lock:
            done.release()

    for _ in range(50):
        ours, theirs = Pipe()
        theirs.close()
        with lock:
            Peer(ours, role="engine", on_close=leave)
            assert not done.acquire(timeout=0)
        assert done.acquire(timeout=10)


def test_end_is_told_once_however_often_it_comes(ends: Ends) -> None:
    told: list[str] = []
    ours, theirs = Pipe()
    peer = Peer(ours, role="cli", on_close=lambda _: told.append("end"))
    threads = [threading.Thread(target=peer.close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    theirs.close()
    peer.close()
    assert until(lambda: told == ["end"])


def test_calls_of_a_client_that_goes_are_taken_back() -> None:
    begun, ended = threading.Event(), threading.Event()

    def wait(_call: GetPreferences, incoming: Incoming) -> None:
        begun.set()
        incoming.wait_cancelled()
        ended.set()
        incoming.check()

    ends = Ends({GetPreferences: wait})
    ends.ask(1)
    assert begun.wait(10)
    ends.other.close()
    assert ended.wait(10)


def test_bug_in_taking_back_a_call_keeps_no_connection_open(caplog: pytest.LogCaptureFixture) -> None:
    begun, going_on = threading.Event(), threading.Event()

    def wait(_call: GetPreferences, incoming: Incoming) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        incoming.on_cancel(fail)
        begun.set()
        going_on.wait(10)

    ends = Ends({GetPreferences: wait})
    ends.ask(1)
    assert begun.wait(10)
    ends.other.send_bytes(encode(Cancel(1)))
    assert ends.closed.wait(10)
    going_on.set()
    assert "bug while reading a connection" in caplog.text


def test_bug_in_an_answer_is_told_plainly(caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    ends = Ends({GetPreferences: fail})
    caller = Peer(ends.other, role="cli")
    with pytest.raises(Problem) as problem:
        caller.call(GetPreferences(), timeout_s=10)
    assert problem.value.code == "internal"
    assert "bug while answering GetPreferences" in caplog.text
    caller.close()


# ---- leaving --------------------------------------------------------------------------------------------------------


def _two(handlers: Handlers) -> tuple[Peer, Peer, CallThreads]:
    ours, theirs = Pipe()
    threads = CallThreads(4)
    engine = Peer(ours, role="engine", handlers=handlers, executor=threads)
    client = Peer(theirs, role="cli")
    client.wait_hello(10)
    return engine, client, threads


def _code(call: Outgoing) -> str:
    try:
        call.result(timeout_s=10)
    except Problem as problem:
        return problem.code
    except Cancelled:
        return "cancelled"
    return "answered"


def test_call_after_word_of_leaving_was_not_begun() -> None:
    engine, client, _ = _two({GetPreferences: lambda *_: Preferences()})
    engine.leave()
    assert _code(client.start(GetPreferences())) == "link.leaving"
    engine.close()
    assert client.wait_closed(10)
    assert _code(client.start(GetPreferences())) == "link.leaving"


def test_call_that_was_begun_before_leaving_still_has_its_outcome() -> None:
    begun = threading.Event()

    def end_early(_call: GetPreferences, incoming: Incoming) -> Preferences:
        begun.set()
        incoming.wait_cancelled(10)
        return Preferences(theme="dark")

    engine, client, threads = _two({GetPreferences: end_early})
    call = client.start(GetPreferences())
    assert begun.wait(10)
    engine.leave()
    assert call.result(timeout_s=10).theme == "dark"
    assert threads.finish(10)
    engine.close()


def test_call_that_leaving_takes_back_was_not_taken_back_by_its_caller() -> None:
    begun = threading.Event()

    def wait(_call: GetPreferences, incoming: Incoming) -> None:
        begun.set()
        incoming.wait_cancelled(10)
        incoming.check()

    engine, client, threads = _two({GetPreferences: wait})
    call = client.start(GetPreferences())
    assert begun.wait(10)
    engine.leave()
    assert _code(call) == "link.closed"
    assert threads.finish(10)
    engine.close()


def test_leaving_says_which_calls_were_begun() -> None:
    began, go_on = threading.Semaphore(0), threading.Event()

    def hold(*_: object) -> Preferences:
        began.release()
        go_on.wait(10)
        return Preferences()

    ends = Ends({GetPreferences: hold})
    for ident in (4, 5):
        ends.ask(ident)
        assert began.acquire(timeout=10)
    ends.peer.leave()
    assert ends.receive() == Leaving(5)
    ends.ask(6)
    go_on.set()
    assert {getattr(ends.receive(), "id", 0) for _ in range(2)} == {4, 5}
    assert ends.threads.finish(10)
    ends.peer.close()
    assert ends.closed.wait(10)
    with pytest.raises(EOFError):
        ends.other.recv_bytes()


def test_call_that_waited_for_a_thread_as_the_engine_left_was_not_begun() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(*_: object) -> Preferences:
        begun.set()
        go_on.wait(10)
        return Preferences()

    ours, theirs = Pipe()
    threads = CallThreads(1)
    engine = Peer(ours, role="engine", handlers={GetPreferences: hold}, executor=threads)
    client = Peer(theirs, role="cli")
    first, second = client.start(GetPreferences()), client.start(GetPreferences())
    assert begun.wait(10)
    engine.leave()
    go_on.set()
    assert _code(second) == "link.leaving"
    assert _code(first) == "answered"
    assert threads.finish(10)
    engine.close()


def test_call_refused_by_leaving_was_never_begun() -> None:
    for _ in range(20):
        begun: set[str] = set()

        def take(call: Embed, _incoming: Incoming, begun: set[str] = begun) -> list[str]:
            begun.update(call.texts)
            return []

        engine, client, threads = _two({Embed: take})
        calls = {str(n): client.start(Embed(texts=[str(n)])) for n in range(100)}
        engine.leave()
        codes = {text: _code(call) for text, call in calls.items()}
        assert threads.finish(10)
        engine.close()
        assert set(codes.values()) <= {"answered", "link.closed", "link.leaving"}
        assert begun.isdisjoint(text for text, code in codes.items() if code == "link.leaving")


def test_end_without_word_of_leaving_tells_nothing_of_what_was_begun() -> None:
    engine, client, threads = _two({GetPreferences: lambda _call, incoming: incoming.wait_cancelled(10)})
    call = client.start(GetPreferences())
    engine.close()
    assert _code(call) == "link.closed"
    assert threads.finish(10)


def test_word_of_leaving_refuses_only_what_came_after(ends: Ends) -> None:
    first, second = ends.peer.start(GetPreferences()), ends.peer.start(GetPreferences())
    ends.other.send_bytes(encode(Leaving(1)))
    assert _code(second) == "link.leaving"
    ends.other.send_bytes(encode(Reply(1, raw(Preferences(theme="light")))))
    assert first.result(timeout_s=10).theme == "light"


def _write(connection: Connection, data: bytes) -> None:
    """Bytes onto the wire as they are."""
    view = memoryview(data)
    while view:
        view = view[connection._write(connection.fileno(), view) :]  # type: ignore[attr-defined]
