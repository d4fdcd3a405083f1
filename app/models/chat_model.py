"""A chat model of this machine as the assistant uses it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import msgspec

from app.base.aptitude import Profile
from app.base.chat import (
    ChatMessage,
    CountTokens,
    Generate,
    Generated,
    Prefill,
    ToolSpec,
    Warm,
)
from app.base.errors import Cancelled
from app.base.prefill_cost import PrefillCost
from app.base.values import Usage
from app.models.chat_process import ChatProcess
from app.models.generation import Generation, WorkerChat
from app.models.local_model import LocalModel
from app.store.measurements import Measurements, Pace, identify

log = logging.getLogger("familiar.engine")


class LoadedChat(WorkerChat):
    """A model that is ready to write; it is loaded (again) whenever the process does not have it.

    may_warm: whether the machine has something to spare for reading ahead. profile: what is asked of it.
    """

    local = True
    host = ""

    def __init__(
        self,
        model: LocalModel,
        process: ChatProcess,
        measurements: Measurements,
        may_warm: Callable[[], bool],
        profile: Profile = "full",
    ) -> None:
        self.name = model.name
        self.profile = profile
        self._model = model
        self._process = process
        self._measurements = measurements
        self._may_warm = may_warm
        self._loaded = process.load(model)
        self._identity = identify(model.path)

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""
        return self._loaded.context

    @property
    def cost(self) -> PrefillCost:
        """What reading a prompt costs it here, as measured so far."""
        return self._pace.cost

    @property
    def decode_rate(self) -> float:
        """Tokens a second that it writes here, as measured so far; 0 if not known."""
        return self._pace.decode

    def count(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens."""
        return self._process.call(self._model, CountTokens(texts=list(texts)))

    def _send(self, call: Generate, generation: Generation) -> Generated:
        return self._process.call(
            self._model, call, on_event=generation.hear, on_started=generation.started,
            cancelled=lambda: generation.cancelled, again=lambda: generation.may_repeat,
        )  # fmt: skip

    def warm(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], conversation: int) -> None:
        """Read the beginning of a prompt to come, if the machine has time; returns at once."""
        self._process.note_read_ahead(self._model, conversation, 0)
        if not self._may_warm():
            return
        call = Warm(messages=list(messages), tools=tuple(tools), conversation=conversation)

        def hear(event: str, body: msgspec.Raw) -> None:
            if event == "prefill":
                done = msgspec.json.decode(body, type=Prefill).done
                self._process.note_read_ahead(self._model, conversation, done)

        def read_ahead() -> None:
            warmed = self._process.aside(self._model, call, hear)
            if warmed is not None:
                self._process.note_read_ahead(self._model, conversation, warmed.tokens)

        threading.Thread(target=read_ahead, name="warm", daemon=True).start()

    def warmed(self, conversation: int) -> int:
        """Tokens of what `warm` was last given for a conversation that have been read by now."""
        return self._process.read_ahead(self._model, conversation)

    @property
    def _pace(self) -> Pace:
        return self._measurements.pace(self._identity, self._loaded.backend, self._loaded.threads)

    def _learn(self, _call: Generate, result: Generated) -> None:
        """Keep what this answer showed of the model's speed, and that its process lived."""
        self._process.finished(self._model)
        usage = result.usage
        aside_ms = None
        if usage.generated_tokens and usage.decode_ms > 0:  # what comes before and after the prefill, to the first word
            rest_ms = usage.total_ms - usage.prefill_ms - usage.decode_ms
            aside_ms = max(rest_ms, 0.0) + usage.decode_ms / usage.generated_tokens
        pace = self._pace.after_writing(usage.generated_tokens, usage.decode_ms)
        pace = msgspec.structs.replace(pace, cost=pace.cost.after(result.slices, aside_ms))
        self._measurements.keep_pace(self._identity, pace)


class YieldingChat(LoadedChat):
    """The same for what nobody waits for: it ends as soon as anything else is asked of the model."""

    def _send(self, call: Generate, generation: Generation) -> Generated:
        if generation.cancelled:
            raise Cancelled
        generated = self._process.give_way(self._model, call, generation.hear, generation.started)
        return generated if generated is not None else Generated(reason="stop", usage=Usage())
