"""A language model as whoever asks it sees it: it counts, writes, reads ahead, and stops when it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from app.base.aptitude import Profile
from app.base.chat import ChatMessage, Generate, Generated, Prefill, ToolSpec
from app.base.prefill_cost import PrefillCost
from app.base.values import Value


class Cancellation(Protocol):
    """How a turn learns that the person stopped it. An `Incoming` of the link is one."""

    @property
    def cancelled(self) -> bool:
        """Whether it was stopped."""

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Run `callback` when it is stopped, from any thread; at once if it already is."""


class Thought(Value, frozen=True, kw_only=True):
    """More of what a model thinks before it answers; no part of the answer."""

    text: str


ModelEvent = Prefill | Thought | str
"""What a model tells while it works: prompt read so far, thoughts, pieces of its answer."""


class ChatModel(Protocol):
    """A language model that is ready to write."""

    @property
    def name(self) -> str:
        """The name the person knows it by."""

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""

    @property
    def local(self) -> bool:
        """Whether it runs on this machine. If not, a conversation needs the person's consent to `host`."""

    @property
    def host(self) -> str:
        """Where what it is sent goes; "" for a local one."""

    @property
    def profile(self) -> Profile:
        """What is asked of it: as it was measured, or as the person wishes."""

    @property
    def cost(self) -> PrefillCost:
        """What reading a prompt costs it here, as measured so far."""

    @property
    def decode_rate(self) -> float:
        """Tokens a second that it writes here, as measured so far; 0 if not known."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens."""

    def generate(
        self, call: Generate, *, on_event: Callable[[ModelEvent], None], cancellation: Cancellation
    ) -> Generated:
        """Write the next message; on_event gets progress, thoughts and pieces of text, in the calling thread.

        The calls that it makes are in the result, none of them made yet. Raises Problem. When cancelled it returns,
        soon, with reason "stop".
        """

    def warm(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], conversation: int) -> None:
        """Read the beginning of a prompt to come, in idle time; returns at once. Nothing for a remote model."""

    def warmed(self, conversation: int) -> int:
        """Tokens of what `warm` was last given for a conversation that have been read by now; 0 for a remote model."""


class ModelProvider(Protocol):
    """Gives the chat model to answer with."""

    def __call__(self, name: str | None) -> ChatModel | None:
        """The model of that name, None for the one in use; None if there is none, so: quotes. Loads it if need be.

        Raises Problem if it is unknown or cannot run.
        """
