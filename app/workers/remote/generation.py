"""One answer of a server: asked for with patience, handed on as it comes, stopped when asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from openai import AsyncStream

from app.base.chat import Endpoint, Generate, Generated, Prefill, Slice
from app.base.errors import Problem
from app.base.token_estimate import estimated_prompt
from app.base.values import Usage
from app.link.peer import Incoming
from app.workers.remote.calls import CallAssembly
from app.workers.remote.chunks import Chunk, Counts, Delta, chunk_of
from app.workers.remote.connection import Server, is_done
from app.workers.remote.failures import BROKEN, bad_answer, failure_of, nothing_said, silent, too_long
from app.workers.remote.patience import Patience
from app.workers.remote.request import Fashion
from app.workers.remote.thoughts import Piece, ThoughtSplitter

_CHARS_A_TOKEN = 32  # more than any vocabulary's ordinary tokens have
_SPARE_CHARS = 2000
_SILENCES = 10  # so many times the endpoint's silence may pass between two events that only keep the line open
_AFTER_S = 2.0  # how long the server may take to tell the counts once its answer has ended
_LARGEST = 1 << 24  # tokens
_MOST_EMPTY = 20_000  # events one after another that bring nothing


async def generate(server: Server, fashion: Fashion, call: Generate, incoming: Incoming) -> Generated:
    """Continue a conversation; emits "prefill", "reasoning" and "text". A cancelled call ends with reason "stop".

    Raises Problem remote.*; what was emitted before stands.
    """
    answer = _Answer(server, call, incoming)
    try:
        await answer.run(fashion)
    except asyncio.CancelledError:
        return answer.generated(stopped=True)
    return answer.generated()


class _Answer:
    """One answer while it comes."""

    def __init__(self, server: Server, call: Generate, incoming: Incoming) -> None:
        self._server = server
        self._call = call
        self._incoming = incoming
        self._thoughts = ThoughtSplitter()
        self._calls = CallAssembly()
        self._counts = Counts()
        self._finish = ""
        self._estimate = estimated_prompt(call.messages, call.tools)
        self._started = time.perf_counter()
        self._asked = self._first = self._last = self._first_text = 0.0
        self._chars = 0
        self._tokens = 0
        self._empty = 0
        self._chars_left = max(call.max_tokens, 1) * _CHARS_A_TOKEN + _SPARE_CHARS

    async def run(self, fashion: Fashion) -> None:
        """Ask, and take what comes until the answer ends."""
        self._incoming.emit("prefill", Prefill(done=0, total=self._estimate, reused=0))
        stream, event = await self._ask(fashion)
        try:
            while event is not None and not self._over(chunk_of(event)):
                event = await self._next(stream, self._server.endpoint.silence_s * _SILENCES)
            await self._hear_counts(stream)
        except TimeoutError as error:
            raise silent(self._server.host) from error
        except BROKEN as error:
            raise failure_of(error, self._server.host, self._secrets()).problem from error
        finally:
            await stream.close()
        if not self._finish and not is_done(stream.response):
            raise bad_answer(self._server.host, "broke off before its end")
        self._emit(self._thoughts.finish())

    def generated(self, *, stopped: bool = False) -> Generated:
        """How it ended."""
        usage = self._usage()
        slices = self._slices(usage)
        if stopped:
            return Generated(reason="stop", usage=usage, slices=slices)
        if self._finish in ("length", "content_filter"):
            return Generated(reason="length", usage=usage, cut_call=self._calls.last_name, slices=slices)
        calls, refused = self._calls.finish({tool.name: tool for tool in self._call.tools})
        return Generated(reason="call" if calls else "end", usage=usage, calls=calls, refused=refused, slices=slices)

    # ---- asking ----------------------------------------------------------------------------------------------------

    async def _ask(self, fashion: Fashion) -> tuple[AsyncStream[object], object | None]:
        """The stream and its first event, tried again while that is worth it: nothing has come yet."""
        patience = Patience()
        while True:
            body = fashion.body(self._call, self._server.endpoint.model)
            self._asked = time.perf_counter()
            stream: AsyncStream[object] | None = None
            try:
                async with asyncio.timeout(self._server.endpoint.silence_s * _SILENCES):
                    stream = await self._open(body)
                    event = await anext(stream, None)
                if event is None:
                    raise self._nothing()
                return stream, event
            except TimeoutError as error:
                await _close(stream)
                raise silent(self._server.host) from error
            except BROKEN as error:
                await _close(stream)
                failure = failure_of(error, self._server.host, self._secrets())
                if fashion.learn(failure, body, self._call):
                    continue
                pause_s = patience.pause_s(failure)
                if pause_s is None:
                    raise failure.problem from error
                await asyncio.sleep(pause_s)
            except (Problem, asyncio.CancelledError):
                await _close(stream)
                raise

    def _nothing(self) -> Problem:
        """Why a stream may end without an event: llama_cpp.server does so where the prompt is too long."""
        if self._estimate + self._call.max_tokens > self._server.endpoint.context:
            return too_long(self._server.host)
        return nothing_said(self._server.host)

    async def _open(self, body: dict[str, Any]) -> AsyncStream[object]:
        return await self._server.client.post(
            "/chat/completions", cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
        )

    async def _next(self, stream: AsyncIterator[object], within_s: float) -> object | None:
        """The next event; None at the stream's end. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            return await anext(stream, None)

    # ---- taking ----------------------------------------------------------------------------------------------------

    def _over(self, chunk: Chunk) -> bool:
        """Take one event; whether the answer has ended with it."""
        self._counts = chunk.usage or self._counts
        self._empty += 1
        if self._empty > _MOST_EMPTY:
            raise bad_answer(self._server.host, "its answer does not end")
        for choice in (chunk.choices or [])[:1]:
            if choice.delta is not None:
                self._take(choice.delta)
            self._finish = choice.finish_reason or self._finish
        if not self._finish and self._chars > self._chars_left:
            self._finish = "length"  # the server forgot its limit
        return bool(self._finish)

    def _take(self, delta: Delta) -> None:
        thought = delta.reasoning_content or delta.reasoning or ""
        text = (delta.content or "") + (delta.refusal or "")
        calls = delta.tool_calls or []
        if not (thought or text or calls):
            return
        self._empty = 0
        self._note_progress(len(thought) + len(text))
        if thought:
            self._emit([("reasoning", thought)])
        if text:
            self._emit(self._thoughts.feed(text))
        if calls:
            self._calls.feed(calls)
            self._chars += sum(len(str(one.function.arguments or "")) for one in calls if one.function)

    def _note_progress(self, chars: int) -> None:
        self._last = time.perf_counter()
        self._chars += chars
        self._tokens += 1
        if not self._first:
            self._first = self._last
            self._incoming.emit("prefill", Prefill(done=self._estimate, total=self._estimate, reused=0))

    def _emit(self, pieces: list[Piece]) -> None:
        for channel, text in pieces:
            if channel == "text" and not self._first_text:
                self._first_text = time.perf_counter()
            self._incoming.emit(channel, text)

    async def _hear_counts(self, stream: AsyncIterator[object]) -> None:
        """After the end: the server may still tell how many tokens there were; it need not."""
        try:
            async with asyncio.timeout(_AFTER_S):
                while (event := await anext(stream, None)) is not None:
                    self._counts = chunk_of(event).usage or self._counts
        except (TimeoutError, *BROKEN, Problem):
            return

    # ---- telling ---------------------------------------------------------------------------------------------------

    def _usage(self) -> Usage:
        now = time.perf_counter()
        first = self._first or now
        details = self._counts.prompt_tokens_details
        prompt = _plausible(self._counts.prompt_tokens) or self._estimate
        return Usage(
            prompt_tokens=prompt,
            reused_tokens=min(_plausible(details.cached_tokens if details else None), prompt),
            generated_tokens=_plausible(self._counts.completion_tokens) or self._tokens,
            prefill_ms=(first - (self._asked or self._started)) * 1000,
            decode_ms=max(self._last - first, 0.0) * 1000,
            total_ms=(now - self._started) * 1000,
            first_text_ms=(self._first_text - self._started) * 1000 if self._first_text else 0.0,
        )

    def _slices(self, usage: Usage) -> tuple[Slice, ...]:
        """The prompt as one stretch, the way to the server and back included."""
        new = usage.prompt_tokens - usage.reused_tokens
        if not self._first or new <= 0:
            return ()
        return (Slice(position=usage.reused_tokens, tokens=new, ms=usage.prefill_ms),)

    def _secrets(self) -> list[str]:
        return [self._server.endpoint.key, *(message.content for message in self._call.messages)]


def _plausible(count: int | None) -> int:
    """A server's count of tokens; 0 where there is none, or none that can be true."""
    return count if count is not None and 0 <= count <= _LARGEST else 0


async def _close(stream: AsyncStream[object] | None) -> None:
    if stream is not None:
        await stream.close()


def endpoint_of(call: Generate) -> Endpoint:
    """The server that a call names. Raises Problem remote.address."""
    if call.endpoint is None:
        raise Problem("remote.address", "No server was named for this model.", "Connect it again.")
    return call.endpoint
