"""An OpenAI-like server on loopback that says what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

EVENT_STREAM = "text/event-stream"
JSON = "application/json"
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Reply:
    """One answer. parts: bytes, or an event that is waited for first. cut: the connection is reset at the end."""

    parts: Sequence[bytes | threading.Event] = ()
    status: int = 200
    type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False


@dataclass
class Asked:
    """One request. gone: set once the client has closed the connection of an answer that waits."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    gone: threading.Event = field(default_factory=threading.Event)


def event(value: object) -> bytes:
    """One event of a stream."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def delta(finish: str | None = None, **fields: object) -> bytes:
    """A chunk with these fields in its delta."""
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def calls(*deltas: dict[str, Any]) -> bytes:
    """A chunk with these fragments of tool calls."""
    return delta(tool_calls=list(deltas))


def streamed(*parts: bytes | threading.Event, **fields: Any) -> Reply:
    """A stream of events."""
    return Reply(parts=parts, type=EVENT_STREAM, **fields)


def told(text: str, finish: str = "stop") -> Reply:
    """A whole streamed answer, a word an event, with its counts."""
    words = [delta(content=word) for word in re.findall(r"\S+\s*", text)]
    counts = {"prompt_tokens": 40, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 8}}
    return streamed(*words, delta(finish), event({"choices": [], "usage": counts}), DONE)


def error(status: int, message: str, code: str = "", **headers: str) -> Reply:
    """An error as OpenAI words it."""
    body = {"error": {"message": message, "type": "invalid_request_error", "code": code or None}}
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(parts=[json.dumps(body).encode()], status=status, headers=named)


def listed(*models: str | dict[str, Any]) -> Reply:
    """A list of models."""
    data = [{"id": model, "object": "model"} if isinstance(model, str) else model for model in models]
    return Reply(parts=[json.dumps({"object": "list", "data": data}).encode()])


class FakeOpenAI:
    """The server. Requests are answered by `pages` (by path), else by `replies` in turn, the last one for ever.

    reader: makes the reply to a request for an answer instead.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.replies: list[Reply] = []
        self.reader: Callable[[Asked], Reply] | None = None
        self.pages: dict[str, Reply] = {"/v1/models": listed("one")}
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                fake._answer(self)

            def do_POST(self) -> None:
                fake._answer(self)

            def log_request(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.port: int = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'http' if certificate is None else 'https'}://{self.host}/v1"

    @property
    def chats(self) -> list[Asked]:
        """The requests for an answer so far."""
        return [asked for asked in self.asked if asked.path.endswith("/chat/completions")]

    def close(self) -> None:
        """End it."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, handler.path, headers, json.loads(body) if body else None)
        with self._lock:
            self.asked.append(asked)
            reply = self.pages.get(handler.path) or self._next(asked)
        handler.close_connection = True
        with contextlib.suppress(OSError):
            self._send(handler, reply, asked)

    def _next(self, asked: Asked) -> Reply:
        for_answer = asked.path.endswith("/chat/completions")
        if for_answer and self.reader is not None:
            return self.reader(asked)
        if not for_answer or not self.replies:
            return Reply(parts=[b"404 page not found"], status=404, type="text/plain")
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply, asked: Asked) -> None:
        handler.send_response(reply.status)
        if reply.type:
            handler.send_header("Content-Type", reply.type)
        for name, value in reply.headers:
            handler.send_header(name, value)
        handler.send_header("Connection", "close")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in reply.parts:
            if isinstance(part, threading.Event):
                self._wait(part, handler.connection, asked)
            elif part:
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if reply.cut:
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
        else:
            handler.wfile.write(b"0\r\n\r\n")

    def _wait(self, until: threading.Event, connection: socket.socket, asked: Asked) -> None:
        """Wait for an event; notice a client that hangs up meanwhile."""
        connection.settimeout(0.02)
        for _ in range(int(_PATIENCE_S / 0.02)):
            if until.is_set() or self._over.is_set():
                break
            try:
                if connection.recv(1) == b"":
                    asked.gone.set()
                    break
            except TimeoutError:
                continue
            except OSError:
                asked.gone.set()
                break
        connection.settimeout(None)


def write_certificate(path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    x509 = pytest.importorskip("cryptography.x509", reason="needs cryptography to make a certificate")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


@contextlib.contextmanager
def fake_openai(certificate: Path | None = None) -> Iterator[FakeOpenAI]:
    """A server for one test. certificate: with its key, for https."""
    server = FakeOpenAI(certificate)
    try:
        yield server
    finally:
        server.close()
