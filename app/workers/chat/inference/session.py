"""A context over a loaded model: reads prompts in slices, keeps what it has read, and can be stopped within one."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from app.base.chat import CacheType, Slice
from app.base.errors import Problem
from app.workers.chat.inference.threads import ThreadCount

Outcome = Literal["done", "stopped", "full"]
SLICE_TOKENS = 512
_SMALLEST_SLICE = 64
"""llama.cpp attends to earlier tokens in tiles of 64 questions: after 5,000 tokens, slices of 64 took 20 ms a token and
those of 32 or 54 took 45 to 50 (0.5B, two threads). At the beginning 64, 128 and 384 read 93, 96 and 100 % as fast."""
_SLICE_S = 1.5
_GPU_SLICE_S = 0.2  # a GPU does not look at the stop byte within a slice
_SEQUENCE = 0
_CACHE_TYPES: dict[CacheType, int] = {"f16": 1, "q8_0": 8}  # ggml's numbers
_SPARE_OUTPUTS = 1  # logits of the last token alone; asking for more than this ends the process
_WHOLE, _PARTIAL = 0, 1  # llama.cpp's flags: all of a sequence's state; only what cannot be cut back
_CHECKPOINTS = 6
_CHECKPOINTS_BYTES = 256 << 20


class StopByte:
    """A byte that makes llama.cpp give up what it computes, written from any thread.

    llama.cpp asks a C function between its steps whether to go on. That function is libc's `strlen` over this byte: no
    Python runs, no lock of the interpreter is needed. Each request arms it anew, and a late cry to stop one that has
    ended cannot stop the next.
    """

    def __init__(self, api: ModuleType) -> None:
        libc = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
        self.callback = ctypes.cast(libc.strlen, api.ggml_abort_callback)
        self._buffer = ctypes.create_string_buffer(2)
        self.data = ctypes.cast(self._buffer, ctypes.c_void_p)
        self._lock = threading.Lock()
        self._turn = 0

    @property
    def pressed(self) -> bool:
        """Whether the request that runs was asked to stop."""
        return self._buffer[0] != b"\0"

    @contextmanager
    def armed(self, on_cancel: Callable[[Callable[[], None]], None]) -> Iterator[None]:
        """Within, what `on_cancel` is given presses the byte; before and after, it does nothing."""
        turn = self._begin()
        try:
            on_cancel(lambda: self._press(turn))
            yield
        finally:
            self._begin()

    def _begin(self) -> int:
        with self._lock:
            self._turn += 1
            self._buffer[0] = b"\0"
            return self._turn

    def _press(self, turn: int) -> None:
        with self._lock:
            if turn == self._turn:
                self._buffer[0] = b"\1"


@dataclass(frozen=True)
class _Checkpoint:
    """What cannot be cut back, as it was after the first `count` tokens of the sequence."""

    count: int
    data: bytearray


def context_params(api: ModuleType, *, context: int, threads: int, cache: CacheType, full_window: bool = True) -> Any:
    """llama.cpp's settings of a session, also for one that is only to be measured; see `InferenceSession`."""
    params = api.llama_context_default_params()
    params.n_ctx = context
    params.n_batch = params.n_ubatch = min(SLICE_TOKENS, context)
    params.n_seq_max = 1
    params.n_outputs_max = _SPARE_OUTPUTS
    params.n_threads = params.n_threads_batch = threads
    params.type_k = params.type_v = _CACHE_TYPES[cache]
    params.swa_full = full_window
    params.no_perf = True
    return params


class InferenceSession:
    """One sequence of tokens with its KV cache. Close it before its model. Not thread-safe but for `stop`.

    model: llama.cpp's handle. context: tokens wanted; what was got is in `self.context`. threads: of the processor,
    fewer while other programs need it.
    gpu: whether it computes on a GPU. cache: how the KV cache is stored. full_window: keep what lies before a sliding
    window too, so that it can be gone back to; costs memory. Raises Problem model.memory if the memory for it is not to
    be had.
    """

    def __init__(
        self,
        api: ModuleType,
        model: int,
        *,
        context: int,
        threads: int,
        gpu: bool,
        cache: CacheType = "f16",
        full_window: bool = True,
    ) -> None:
        self._api = api
        self._model = model
        self._threads, self._cache, self._full_window = threads, cache, full_window
        self.stop = StopByte(api)
        params = context_params(api, context=context, threads=threads, cache=cache, full_window=full_window)
        params.abort_callback = self.stop.callback
        params.abort_callback_data = self.stop.data
        self.handle: int = api.llama_init_from_model(model, params)
        if not self.handle:
            raise Problem(
                "model.memory",
                f"There is not enough memory for a conversation of {context} tokens with this model.",
                "Close other programs, choose a smaller model, or set a smaller context.",
            )
        self.context: int = api.llama_n_ctx(self.handle)
        self._memory = api.llama_get_memory(self.handle)
        self._largest_slice: int = min(api.llama_n_batch(self.handle), api.llama_n_ubatch(self.handle))
        self._window: int = api.llama_model_n_swa(model)
        self._rewinds = not (api.llama_model_is_recurrent(model) or api.llama_model_is_hybrid(model))
        self._checkpointed = not self._rewinds or (self._window > 0 and not full_window)
        self._checkpoints: list[_Checkpoint] = []
        self._thread_count = ThreadCount(threads)
        self._slice_s = _GPU_SLICE_S if gpu else _SLICE_S
        self._rate = _SMALLEST_SLICE / self._slice_s  # tokens a second, until it is measured
        self._tokens: list[int] = []
        self.slices: list[Slice] = []

    @property
    def layout(self) -> str:
        """What of its settings a kept state depends on."""
        return f"{self._cache} {'full' if self._full_window else 'narrow'}"

    def close(self) -> None:
        """Give the memory back."""
        self._api.llama_free(self.handle)

    def bare_context(self, tokens: int) -> int:
        """A context of llama.cpp's with the same settings, to measure against; reads `tokens` in one go.

        Free it by llama_free. Raises Problem model.memory.
        """
        params = context_params(
            self._api, context=tokens, threads=self._threads, cache=self._cache, full_window=self._full_window
        )
        params.n_batch = tokens
        handle: int = self._api.llama_init_from_model(self._model, params)
        if not handle:
            raise Problem("model.memory", "There is not enough memory to measure this.", "Measure shorter prompts.")
        return handle

    @property
    def tokens(self) -> Sequence[int]:
        """What has been read, as the cache holds it."""
        return self._tokens

    @property
    def rewinds(self) -> bool:
        """Whether a restored state can be cut back to any of its tokens."""
        return self._rewinds and not self._window

    def reaches(self, count: int) -> bool:
        """Whether the cache could be cut back to its first `count` tokens."""
        if count == len(self._tokens) or any(one.count == count for one in self._checkpoints):
            return True
        oldest: int = self._api.llama_memory_seq_pos_min(self._memory, _SEQUENCE)
        return self._rewinds and oldest <= max(0, count - self._window)

    def clear(self) -> None:
        """Forget everything."""
        self._api.llama_memory_clear(self._memory, False)
        self._tokens.clear()
        self._checkpoints.clear()

    def reuse(self, tokens: Sequence[int]) -> int:
        """Keep what the cache shares with the beginning of `tokens`, drop the rest. Returns how many tokens are kept.

        The last token is never kept: reading it gives the logits from which to go on.
        """
        keep = common(self._tokens, tokens[:-1])
        if not (keep and (self._cut(keep) or self._go_back(keep))):
            self.clear()
        return len(self._tokens)

    def export(self) -> bytearray:
        """The state of all that has been read, for `restore` in a session like this; empty if there is none."""
        return self._state(_WHOLE) if self._tokens else bytearray()

    def export_bytes(self) -> int:
        """How large `export` would be."""
        size: int = self._api.llama_state_seq_get_size_ext(self.handle, _SEQUENCE, _WHOLE)
        return size

    def restore(self, tokens: Sequence[int], data: bytearray) -> bool:
        """Hold `tokens` as if they had been read, from what `export` gave; False, and nothing held, if it does not fit.

        data: as it was exported; llama.cpp trusts it.
        """
        self.clear()
        if self._load(data, _WHOLE) and self._held() == len(tokens):
            self._tokens.extend(tokens)
            return True
        self.clear()
        return False

    def read(self, tokens: Sequence[int], on_progress: Callable[[int], None]) -> Outcome:
        """Read what follows the tokens that are kept, a slice at a time. on_progress gets the number read so far.

        `slices` then says how long each took.
        """
        self.slices = []
        self._mark()
        while (done := len(self._tokens)) < len(tokens):
            if self.stop.pressed:
                return "stopped"
            part = tokens[done : done + self._slice(len(tokens) - done)]
            started = time.perf_counter()
            outcome = self._decode(part)
            if outcome != "done":
                return outcome
            elapsed_s = time.perf_counter() - started
            self.slices.append(Slice(position=done, tokens=len(part), ms=elapsed_s * 1000))
            if len(part) >= _SMALLEST_SLICE:
                self._rate = len(part) / max(elapsed_s, 1e-6)
            on_progress(len(self._tokens))
        self._mark()
        return "done"

    def append(self, token: int) -> Outcome:
        """Read one token more."""
        return "stopped" if self.stop.pressed else self._decode((token,))

    def _slice(self, left: int) -> int:
        """How many tokens to read next, of so many that are left; at the end no few alone, if it can be helped."""
        wanted = int(self._rate * self._slice_s) // _SMALLEST_SLICE * _SMALLEST_SLICE
        size = min(max(wanted, _SMALLEST_SLICE), self._largest_slice)
        if size < left < size + _SMALLEST_SLICE:
            return left if left <= self._largest_slice else size - _SMALLEST_SLICE
        return min(size, left)

    def _decode(self, part: Sequence[int]) -> Outcome:
        if self._threads > 1:
            threads = self._thread_count.now()
            self._api.llama_set_n_threads(self.handle, threads, threads)
        tokens = (self._api.llama_token * len(part))(*part)
        code = self._api.llama_decode(self.handle, self._api.llama_batch_get_one(tokens, len(part)))
        if code == 0:
            self._tokens.extend(part)
            return "done"
        if code == 1:
            return "full"
        self._recover(part)
        if code == 2:
            return "stopped"
        raise Problem(
            "chat.failed",
            f"llama.cpp could not go on (error {code}).",
            "Try again; if it happens again, use a smaller context or another model.",
        )

    def _recover(self, part: Sequence[int]) -> None:
        """After an aborted slice: know again what the cache holds."""
        if not self._rewinds:  # a recurrent state was overwritten, though its positions look whole
            if not self._go_back(len(self._tokens)):
                self.clear()
            return
        held = max(self._held(), 0)
        self._tokens.extend(part)
        keep = min(held, len(self._tokens))
        if not (self._cut(keep) or self._go_back(keep)):
            self.clear()

    def _held(self) -> int:
        """How many positions llama.cpp says that it holds."""
        last: int = self._api.llama_memory_seq_pos_max(self._memory, _SEQUENCE)
        return last + 1

    def _cut(self, keep: int) -> bool:
        """Forget all but the first `keep` tokens; False if the cache cannot.

        A sliding-window cache says that it can even where it has dropped positions that would be needed again.
        """
        if not self._api.llama_memory_seq_rm(self._memory, _SEQUENCE, keep, -1):
            return False
        oldest = self._api.llama_memory_seq_pos_min(self._memory, _SEQUENCE)
        if oldest > max(0, keep - self._window) or self._held() != keep:
            return False
        self._shorten(keep)
        return True

    def _go_back(self, keep: int) -> bool:
        """Forget all but the tokens of the latest checkpoint within the first `keep`; False if there is none."""
        for checkpoint in sorted(self._checkpoints, key=lambda one: -one.count):
            if checkpoint.count <= keep and self._load(checkpoint.data, _PARTIAL) and self._cut(checkpoint.count):
                return True
        return False

    def _mark(self) -> None:
        """Where the cache cannot simply be cut: keep what it takes to come back to this point."""
        count = len(self._tokens)
        if not self._checkpointed or not count or any(one.count == count for one in self._checkpoints):
            return
        size = self._api.llama_state_seq_get_size_ext(self.handle, _SEQUENCE, _PARTIAL)
        if size > _CHECKPOINTS_BYTES:
            return
        self._checkpoints.append(_Checkpoint(count, self._state(_PARTIAL)))
        while (
            len(self._checkpoints) > _CHECKPOINTS
            or sum(len(one.data) for one in self._checkpoints) > _CHECKPOINTS_BYTES
        ):
            del self._checkpoints[0]

    def _shorten(self, keep: int) -> None:
        del self._tokens[keep:]
        self._checkpoints = [one for one in self._checkpoints if one.count <= keep]

    def _state(self, flags: int) -> bytearray:
        size = self._api.llama_state_seq_get_size_ext(self.handle, _SEQUENCE, flags)
        data = bytearray(size)
        room = (ctypes.c_uint8 * size).from_buffer(data)
        written = self._api.llama_state_seq_get_data_ext(self.handle, room, size, _SEQUENCE, flags)
        del room  # it keeps the bytes from being resized
        del data[written:]
        return data

    def _load(self, data: bytearray, flags: int) -> bool:
        room = (ctypes.c_uint8 * len(data)).from_buffer(data)
        read: int = self._api.llama_state_seq_set_data_ext(self.handle, room, len(data), _SEQUENCE, flags)
        return 0 < len(data) == read  # a state of another kind of model may be taken in part


def common(have: Sequence[int], want: Sequence[int]) -> int:
    """How many tokens two lists begin alike with."""
    length = min(len(have), len(want))
    if have[:length] == want[:length]:
        return length
    return next(at for at in range(length) if have[at] != want[at])
