"""From a model's bytes to text that may be shown: whole characters, reasoning apart, nothing after a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from typing import Literal

from app.workers.chat.syntax import DEFAULT_MARKERS, Markers

Channel = Literal["reasoning", "text"]


_KNOWN_MARKERS = (
    Markers("[THINK]", "[/THINK]"),
    Markers("<seed:think>", "</seed:think>"),
    Markers("<mm:think>", "</mm:think>"),
    Markers("<|START_THINKING|>", "<|END_THINKING|>"),
    Markers("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    Markers("<|channel>thought", "<channel|>"),
    Markers("<|think|>", "<|content|>"),
    Markers("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"),
)


def reasoning_markers(template: str) -> Markers:
    """The markers that a chat template mentions; <think> and </think> if it mentions none."""
    mentioned = (known for known in _KNOWN_MARKERS if known.start in template and known.end in template)
    return next(mentioned, DEFAULT_MARKERS)


class TextStream:
    """Sorts the bytes that a model writes, as they come, into reasoning and answer.

    The answer begins at its first letter that is no white space. markers: of reasoning, which can only stand at the
    beginning. reasoning: whether it has begun already. stops: texts at which the answer ends; they are not part of it.
    """

    def __init__(self, markers: Markers, *, reasoning: bool = False, stops: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")  # garbage is shown as U+FFFD
        self._markers = markers
        self._stops = stops
        self._held = ""
        self._state: Literal["start", "reasoning", "lead", "text", "ended"] = "reasoning" if reasoning else "start"

    @property
    def ended(self) -> bool:
        """Whether a stop string has come."""
        return self._state == "ended"

    @property
    def answering(self) -> bool:
        """Whether what comes is the answer, no reasoning."""
        return self._state != "reasoning"

    def feed(self, data: bytes) -> list[tuple[Channel, str]]:
        """What can be shown now that these bytes are there; the rest is held back."""
        self._held += self._decoder.decode(data)
        return list(self._sort(final=False))

    def finish(self) -> list[tuple[Channel, str]]:
        """What was held back, once nothing more comes; half a character is dropped."""
        return list(self._sort(final=True))

    def _sort(self, *, final: bool) -> Iterator[tuple[Channel, str]]:
        if self._state == "start":
            self._begin(final=final)
        if self._state == "reasoning":
            thought = self._until((self._markers.end,), final=final, then="lead")
            if thought:
                yield "reasoning", thought
        if self._state == "lead":
            self._held = self._held.lstrip()
            if self._held:
                self._state = "text"
        if self._state == "text":
            text = self._until(self._stops, final=final, then="ended")
            if text:
                yield "text", text

    def _begin(self, *, final: bool) -> None:
        """Decide by the first letters whether the model reasons; keep waiting while they may become a marker."""
        lead, start, end = self._held.lstrip(), self._markers.start, self._markers.end
        if lead.startswith(start):
            self._held, self._state = lead[len(start) :], "reasoning"
        elif lead.startswith(end):  # it says that it does not reason
            self._held, self._state = lead[len(end) :], "lead"
        elif final or not (start.startswith(lead) or end.startswith(lead)):
            self._state = "lead"

    def _until(self, ends: Sequence[str], *, final: bool, then: Literal["lead", "ended"]) -> str:
        """The held text before the first of `ends`, which changes the state; else all that cannot be part of one."""
        found = min(((at, end) for end in ends if (at := self._held.find(end)) >= 0), default=None)
        if found is not None:
            at, end = found
            text, self._held = self._held[:at], self._held[at + len(end) :]
            self._state = then
            return text
        keep = 0 if final else max((_overlap(self._held, end) for end in ends), default=0)
        cut = len(self._held) - keep
        text, self._held = self._held[:cut], self._held[cut:]
        return text


def _overlap(text: str, end: str) -> int:
    """How many of the last letters of `text` may be the beginning of `end`."""
    for length in range(min(len(text), len(end) - 1), 0, -1):
        if text.endswith(end[:length]):
            return length
    return 0
