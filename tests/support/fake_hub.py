"""A Hugging Face site on loopback: its listing, its redirects to a server of large files, and all that goes wrong."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

_BLOCK = 64 << 10
_COMMIT = "c" * 40
HTML = b"<!DOCTYPE html><html><body>Please log in to the hotel's network.</body></html>"


@dataclass
class Faults:
    """What goes wrong, until a test changes it. Sizes in bytes.

    site, files: statuses (with headers) that the next requests to the site, to the server of files, are answered with.
    cuts: after how many bytes of a body each next answer ends. stall_after: then nothing comes any more. rate: bytes a
    second, 0 for all at once. corrupt_at: position of a byte that is changed. told_size: what site and listing say
    instead of the size. told_lengths: are added to those of the next bodies. html: who answers with a web page. gated:
    who has not agreed may not have it. token: the one that is needed. no_checksum: the site keeps checksums to itself.
    no_redirect: the site sends the bytes itself. silent: the site takes requests and never answers.
    """

    site: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    files: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    stall_after: int = -1
    rate: int = 0
    corrupt_at: int = -1
    told_size: int = 0
    told_lengths: list[int] = field(default_factory=list)
    no_ranges: bool = False
    html: Literal["", "site", "files"] = ""
    gated: bool = False
    token: str = ""
    no_checksum: bool = False
    no_redirect: bool = False
    silent: bool = False


@dataclass(frozen=True)
class Seen:
    """One request. where: "site" or "files"."""

    where: str
    method: str
    path: str
    headers: dict[str, str]


class FakeHub:
    """A context manager. `repositories`: bytes by file name by repository. `sent`: bytes of bodies that left."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.faults = Faults()
        self.seen: list[Seen] = []
        self.sent = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._site = _Server(self, "site")
        self._files = _Server(self, "files")

    @property
    def url(self) -> str:
        """The site's base address."""
        return f"http://127.0.0.1:{self._site.server_address[1]}"

    @property
    def files_url(self) -> str:
        """The base address of the server of large files."""
        return f"http://127.0.0.1:{self._files.server_address[1]}"

    def add(self, repository: str, name: str, data: bytes) -> str:
        """Keep a file; returns its SHA-256."""
        self.repositories.setdefault(repository, {})[name] = data
        return hashlib.sha256(data).hexdigest()

    def requests(self, where: str, method: str = "GET") -> list[Seen]:
        """Those seen so far."""
        with self.lock:
            return [one for one in self.seen if (one.where, one.method) == (where, method)]

    def __enter__(self) -> FakeHub:
        for server in (self._site, self._files):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for server in (self._site, self._files):
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, hub: FakeHub, where: str) -> None:
        self.hub = hub
        self.where = where
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, where = self.server.hub, self.server.where
        headers = {name.lower(): value for name, value in self.headers.items()}
        with hub.lock:
            hub.seen.append(Seen(where, self.command, self.path, headers))
            queue = hub.faults.site if where == "site" else hub.faults.files
            trouble = queue.pop(0) if queue else None
        if where == "site" and hub.faults.silent:
            hub.closing.wait()
        elif trouble is not None:
            self._reply(trouble[0], trouble[1], b'{"error": "so it is"}')
        elif hub.faults.html == where:
            self._reply(200, {"Content-Type": "text/html; charset=utf-8", "ETag": '"page"'}, HTML)
        elif where == "files":
            digest = self.path.strip("/")
            for files in hub.repositories.values():
                for data in files.values():
                    if hashlib.sha256(data).hexdigest() == digest:
                        self._body(data, f'"{digest[:8]}-files"')
                        return
            self._reply(404, {}, b"")
        else:
            self._site(headers)

    def _site(self, headers: dict[str, str]) -> None:
        hub = self.server.hub
        path = unquote(urlsplit(self.path).path)
        listing = re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/([^/]+)", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        found = listing or file
        files = hub.repositories.get(found[1]) if found else None
        given = headers.get("authorization", "")
        if hub.faults.token and given not in ("", f"Bearer {hub.faults.token}"):
            self._reply(401, {"X-Error-Message": "Invalid credentials in Authorization header"}, b"{}")
        elif files is None or (hub.faults.token and not given):
            self._reply(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}, b"{}")
        elif found is not None and found[2] != "main":
            self._reply(404, {"X-Error-Code": "RevisionNotFound"}, b"{}")
        elif listing:
            self._listing(files)
        elif file is None or file[3] not in files:
            self._reply(404, {"X-Error-Code": "EntryNotFound"}, b"{}")
        elif hub.faults.gated:
            self._reply(403 if given else 401, {"X-Error-Code": "GatedRepo"}, b'{"error": "Access is restricted."}')
        else:
            self._resolve(files[file[3]])

    def _listing(self, files: dict[str, bytes]) -> None:
        faults = self.server.hub.faults
        siblings: list[dict[str, Any]] = [{"rfilename": "README.md", "size": 12, "blobId": "b" * 40}]
        for name, data in files.items():
            size = faults.told_size or len(data)
            sibling: dict[str, Any] = {"rfilename": name, "size": size, "blobId": "b" * 40}
            if not faults.no_checksum:
                sibling["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": size, "pointerSize": 135}
            siblings.append(sibling)
        body = json.dumps({"id": "x", "sha": _COMMIT, "siblings": siblings}).encode()
        self._reply(200, {"Content-Type": "application/json"}, body)

    def _resolve(self, data: bytes) -> None:
        hub = self.server.hub
        digest = hashlib.sha256(data).hexdigest()
        headers = {"X-Repo-Commit": _COMMIT}
        if hub.faults.no_redirect:
            etag = '"' + hashlib.sha1(data).hexdigest() + '"' if hub.faults.no_checksum else f'"{digest}"'
            self._body(data, etag, headers)
            return
        etag = hashlib.sha1(data).hexdigest() if hub.faults.no_checksum else digest
        headers |= {
            "X-Linked-ETag": f'"{etag}"', "X-Linked-Size": str(hub.faults.told_size or len(data)),
            "Location": f"{hub.files_url}/{digest}",
        }  # fmt: skip
        self._reply(302, headers, b"")

    def _body(self, data: bytes, etag: str, more: dict[str, str] | None = None) -> None:
        """A file, from where the request wants it."""
        faults = self.server.hub.faults
        headers = {"ETag": etag, "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"} | (more or {})
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start, status = 0, 200
        if wanted and not faults.no_ranges and self.headers.get("If-Range", etag) == etag:
            start, status = int(wanted[1]), 206
            if start >= len(data):
                self._reply(416, {"Content-Range": f"bytes */{len(data)}"}, b"")
                return
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if self.command == "HEAD" and faults.told_size:
            headers["X-Linked-Size"] = str(faults.told_size)
        more_length = faults.told_lengths.pop(0) if self.command == "GET" and faults.told_lengths else 0
        length = len(data) - start + more_length
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(length)}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._send(data, start, start + length)

    def _send(self, data: bytes, start: int, end: int) -> None:
        hub = self.server.hub
        with hub.lock:
            cut = hub.faults.cuts.pop(0) if hub.faults.cuts else -1
        began, at = time.monotonic(), start
        stop = min(end, len(data), start + cut if cut >= 0 else len(data))
        self.close_connection = True
        while at < stop:
            block = bytearray(data[at : min(stop, at + _BLOCK)])
            if at <= hub.faults.corrupt_at < at + len(block):
                block[hub.faults.corrupt_at - at] ^= 0xFF
            if 0 <= hub.faults.stall_after <= at - start:
                hub.closing.wait()
                return
            try:
                self.wfile.write(block)
            except OSError:
                return
            at += len(block)
            with hub.lock:
                hub.sent += len(block)
            if hub.faults.rate:
                hub.closing.wait(max(0.0, (at - start) / hub.faults.rate - (time.monotonic() - began)))

    def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@contextmanager
def fake_proxy() -> Iterator[tuple[str, list[str]]]:
    """A forward proxy for plain HTTP on loopback: its address, and the addresses that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

        def do_HEAD(self) -> None:
            self._forward()

        def do_GET(self) -> None:
            self._forward()

        def _forward(self) -> None:
            asked.append(self.path)
            target = urlsplit(self.path)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "proxy-connection"}
            connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=10)
            connection.request(self.command, f"{target.path}?{target.query}".rstrip("?"), headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            connection.close()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
