"""The frames on the wire: UTF-8 JSON by `send_bytes` and `recv_bytes(limit)`; nothing is ever unpickled."""

from __future__ import annotations

import msgspec

from app.base.problem_data import ProblemData

PROTOCOL = 3
FRAME_BYTES = 256 * 1024 * 1024


class Frame(msgspec.Struct, frozen=True, tag=True, tag_field="t"):
    """Base of all frames."""


class Hello(Frame):
    """First frame of each side. role: "engine", "window", "cli" or a worker's name. environment: the client's display,
    D-Bus and activation variables."""

    protocol: int
    role: str
    pid: int
    environment: dict[str, str] = {}


class Request(Frame):
    """A call; `method` is the name of its class, a `Call`."""

    id: int
    method: str
    params: msgspec.Raw


class Reply(Frame):
    """The result of a request."""

    id: int
    ok: msgspec.Raw


class Failure(Frame):
    """A request failed. code "cancelled" if its caller took it back, "internal" if it is our bug. data: see Problem."""

    id: int
    code: str
    title: str
    hint: str
    data: ProblemData | None = None


class Event(Frame):
    """Something that happened during a request, before its reply."""

    id: int
    name: str
    body: msgspec.Raw


class Cancel(Frame):
    """The caller of a request wants it to end."""

    id: int


class Logged(Frame):
    """What a worker, which has no log of its own, would have written into one. level: as of `logging`."""

    level: int
    name: str
    text: str


class Leaving(Frame):
    """This side goes soon. Of the other side's requests those after `last` were not begun, and none is any more: asking
    its successor is safe. Outcomes of the others still come until the connection ends."""

    last: int


AnyFrame = Hello | Request | Reply | Failure | Event | Cancel | Leaving | Logged

_decoder: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(AnyFrame)
_encoder = msgspec.json.Encoder()


def encode(frame: AnyFrame) -> bytes:
    """The bytes of a frame."""
    return _encoder.encode(frame)


def decode(data: bytes) -> AnyFrame:
    """The frame in `data`. Raises msgspec.DecodeError if it is none."""
    return _decoder.decode(data)


def raw(value: object) -> msgspec.Raw:
    """A value as JSON, to go into a frame."""
    return msgspec.Raw(_encoder.encode(value))
