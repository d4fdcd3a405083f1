"""Requests to servers: bounded, unadorned, to the address that was named and nowhere else; any can be cancelled."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
import openai

from app.base.addresses import server_address
from app.base.chat import Endpoint
from app.base.errors import Cancelled, Problem
from app.link.peer import Incoming
from app.workers.remote.failures import bad_answer, elsewhere, not_an_api

R = TypeVar("R")
LINE_BYTES = 1 << 20
ANSWER_BYTES = 64 << 20
_TAIL_BYTES = 64
_KEPT_CLIENTS = 4
_KEY_CHARS = 4096
_OURS = ("host", "content-length", "content-type", "transfer-encoding")


class Loop:
    """An event loop in a thread of its own, for as long as the process lives; so connections can be kept open."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="requests", daemon=True).start()

    def run(self, work: Callable[[], Coroutine[Any, Any, R]], incoming: Incoming) -> R:
        """The result of `work`, waited for; cancelling the call cancels it wherever it waits.

        Raises what `work` raises; Cancelled if it let itself be cancelled.
        """

        async def whole() -> R:
            task = asyncio.current_task()
            assert task is not None
            incoming.on_cancel(lambda: _unless_closed(self._loop, task))
            try:
                return await work()
            except asyncio.CancelledError as error:
                raise Cancelled from error

        return asyncio.run_coroutine_threadsafe(whole(), self._loop).result()


def _unless_closed(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
    loop.call_soon_threadsafe(task.cancel)


class Server:
    """One server as one endpoint names it."""

    def __init__(self, endpoint: Endpoint, trust: ssl.SSLContext) -> None:
        """Raises Problem remote.address, remote.unauthorized for a key that cannot be one. Sends nothing yet."""
        self.endpoint = endpoint
        self.address = server_address(endpoint.url)
        self._key = _checked_key(endpoint.key, self.address.host)
        self._http = httpx2.AsyncClient(
            verify=trust,
            follow_redirects=False,  # the key and the person's words go where they were meant to go
            trust_env=not self.address.loopback,  # no proxy for this machine
            timeout=httpx2.Timeout(endpoint.silence_s, connect=endpoint.connect_s),
            event_hooks={"request": [self._strip], "response": [self._guard]},
        )
        self.client = openai.AsyncOpenAI(
            api_key="set by the hook", base_url=self.address.url, http_client=self._http, max_retries=0
        )

    @property
    def host(self) -> str:
        """The server's name for a person."""
        return self.address.host

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def get(self, url: str) -> object:
        """The JSON at an address of this server. Raises openai.APIError, ValueError, Problem."""
        return await self.client.get(url, cast_to=object)

    async def _strip(self, request: httpx2.Request) -> None:
        """Send no more than is needed: nothing of this machine, no other account's names, no compressed answer."""
        for name in [name for name in request.headers if name not in _OURS]:
            del request.headers[name]
        request.headers["accept"] = "application/json, text/event-stream"
        request.headers["accept-encoding"] = "identity"
        request.headers["user-agent"] = "Familiar"
        if self._key:
            request.headers["authorization"] = f"Bearer {self._key}"

    async def _guard(self, response: httpx2.Response) -> None:
        """Refuse what is no answer of an API, and bound what is."""
        if 300 <= response.status_code < 400:
            there = urlsplit(response.headers.get("location", "")).netloc
            raise elsewhere(self.host, there if there.isprintable() else "")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise bad_answer(self.host, "it is compressed, which was not asked for")
        if response.status_code < 300 and "html" in response.headers.get("content-type", ""):
            raise not_an_api(self.host, "a web page")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, self.host, sniff=response.status_code < 300)


class _Bounded(httpx2.AsyncByteStream):
    """An answer's bytes as they come. Raises Problem remote.* where a line or the whole grows too long."""

    def __init__(self, stream: httpx2.AsyncByteStream, host: str, *, sniff: bool) -> None:
        self._stream = stream
        self._host = host
        self._sniff = sniff
        self._tail = b""

    @property
    def done(self) -> bool:
        """Whether what came last was the mark of a stream that is whole."""
        return self._tail.rstrip().endswith(b"[DONE]")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        whole = line = 0
        async for data in self._stream:
            if self._sniff and (begin := data.lstrip()):
                self._sniff = False
                if begin.startswith(b"<"):
                    raise not_an_api(self._host, "a web page")
            whole += len(data)
            last = max(data.rfind(b"\n"), data.rfind(b"\r"))
            line = line + len(data) if last < 0 else len(data) - last - 1
            if line > LINE_BYTES or whole > ANSWER_BYTES:
                raise bad_answer(self._host, "its answer does not end")
            self._tail = (self._tail + data)[-_TAIL_BYTES:]
            yield data

    async def aclose(self) -> None:
        await self._stream.aclose()


def is_done(response: httpx2.Response) -> bool:
    """Whether a stream ended with its mark, which says that it is whole."""
    return isinstance(response.stream, _Bounded) and response.stream.done


class Servers:
    """The servers that were asked last, with their open connections. For the loop's thread only."""

    def __init__(self) -> None:
        self._kept: dict[Endpoint, Server] = {}
        self._used: dict[Endpoint, int] = {}
        self._trust: ssl.SSLContext | None = None

    async def use(self, endpoint: Endpoint, work: Callable[[Server], Awaitable[R]]) -> R:
        """Do `work` with a server; idle ones beyond a few are closed. Raises what `work` raises, Problem remote.*."""
        server = self._kept.pop(endpoint, None) or Server(endpoint, self._trusted())
        self._kept[endpoint] = server  # the last one used stands last
        self._used[endpoint] = self._used.get(endpoint, 0) + 1
        try:
            return await work(server)
        finally:
            self._used[endpoint] -= 1
            await self._close_idle()

    def _trusted(self) -> ssl.SSLContext:
        """Whom the system trusts, or what SSL_CERT_FILE and SSL_CERT_DIR name; read once, which takes a while."""
        if self._trust is None:
            try:
                self._trust = httpx2.create_ssl_context()
            except OSError as error:  # ssl.SSLError is one
                raise Problem(
                    "remote.tls",
                    "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read.",
                    "Nothing was sent. Correct or unset that variable, then run `familiar stop` and try again.",
                ) from error
        return self._trust

    async def _close_idle(self) -> None:
        idle = [endpoint for endpoint in self._kept if not self._used[endpoint]]
        for endpoint in idle[: max(0, len(self._kept) - _KEPT_CLIENTS)]:
            server = self._kept.pop(endpoint)
            del self._used[endpoint]
            await server.aclose()


def _checked_key(key: str, host: str) -> str:
    """The key, if a header can hold it: a library's complaint would repeat it."""
    if len(key) > _KEY_CHARS or not key.isascii() or not key.isprintable() or " " in key:
        raise Problem(
            "remote.unauthorized",
            f"That cannot be a key of {host}: it has spaces or letters that keys do not have.",
            "Nothing was changed. Copy the key anew.",
        )
    return key
