"""A model on a server is told no secrets: what looks like one is masked in all that it is sent, and the person told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from app.base.aptitude import Profile
from app.base.chat import ChatMessage, Generate, Generated, ToolSpec
from app.base.chat_model import Cancellation, ChatModel, ModelEvent
from app.base.prefill_cost import PrefillCost
from app.base.values import ToolStep
from app.base.wording import count
from app.language.secrets import masked


class MaskingModel:
    """Does as another model does. tell: shows what was masked before anything is sent, and again when it is more."""

    local = False

    def __init__(self, model: ChatModel, tell: Callable[[ToolStep], None]) -> None:
        self._model = model
        self._tell = tell
        self._told = 0
        self.name, self.host = model.name, model.host

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""
        return self._model.context

    @property
    def profile(self) -> Profile:
        """What is asked of it."""
        return self._model.profile

    @property
    def cost(self) -> PrefillCost:
        """What reading a prompt costs it."""
        return self._model.cost

    @property
    def decode_rate(self) -> float:
        """Tokens a second that it writes."""
        return self._model.decode_rate

    def count(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens. It is estimated here, so nothing is sent for it."""
        return self._model.count(texts)

    def generate(
        self, call: Generate, *, on_event: Callable[[ModelEvent], None], cancellation: Cancellation
    ) -> Generated:
        """Write the next message after what is sent without secrets."""
        sorts: Counter[str] = Counter()
        messages = [
            msgspec.structs.replace(message, content=masked(message.content, lambda sort: sorts.update([sort])))
            for message in call.messages
        ]
        if sorts.total() > self._told:
            self._told = sorts.total()
            self._tell(self._step(sorts))
        call = msgspec.structs.replace(call, messages=messages)
        return self._model.generate(call, on_event=on_event, cancellation=cancellation)

    def warm(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], conversation: int) -> None:
        """Nothing: a server reads nothing ahead."""

    def warmed(self, conversation: int) -> int:
        """Tokens that were read ahead: none."""
        return self._model.warmed(conversation)

    def _step(self, sorts: Counter[str]) -> ToolStep:
        which = [count(number, sort) for sort, number in sorted(sorts.items())]
        told = f"{', '.join(which[:-1])} and {which[-1]}" if len(which) > 1 else which[0]
        return ToolStep(
            call=f"masked {sorts.total()}", name="mask", arguments={}, state="done", icon="lock",
            title=f"Masked {told} before anything went to {self.host}",
        )  # fmt: skip
