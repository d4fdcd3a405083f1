"""What a model writes, sorted as it comes: reasoning, text to show, calls.

Calls never reach the text. What may be the beginning of a mark is held back until it is one or is none.
"""

from __future__ import annotations

import codecs
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Literal

from app.base.chat import ToolCall, ToolSpec
from app.workers.chat.tool_calls.codec import MOST_CALLS, CallChecker, Reading, WrittenCall, read_calls
from app.workers.chat.tool_calls.harmony import (
    ENDS,
    MESSAGE,
    RECIPIENT,
    HarmonyHeader,
    may_be_header,
    read_body,
    read_header,
)
from app.workers.chat.tool_calls.syntax import FUNCTOOLS, GENERIC, PHI, CallSyntax, Markers, Slot
from app.workers.chat.tool_calls.written_values import Incomplete, Unreadable

Channel = Literal["reasoning", "text"]
Piece = tuple[Channel, str]
_LONGEST_CALLS = 100_000
_LONGEST_HEADER = 300
_MAY_CLOSE = frozenset("}])>|`\n")


class OutputParser(ABC):
    """Sorts the bytes of one answer.

    calls: whole and valid. refused: why others were not accepted, for the model to read. cut_call: the tool whose call
    was not whole at the end. ended: the turn is over, whatever the model goes on with. answering: what comes is no
    reasoning.
    """

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self.calls: list[ToolCall] = []
        self.refused: list[str] = []
        self.cut_call = ""
        self._checker = CallChecker(tools)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")  # garbage is shown as U+FFFD
        self._held = ""
        self._fresh = ""  # what was fed last

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether the turn is over."""

    @property
    @abstractmethod
    def answering(self) -> bool:
        """Whether what comes is no reasoning."""

    @property
    @abstractmethod
    def call_begun(self) -> bytes | None:
        """What was written of calls since the first one began; None while there is none."""

    def feed(self, data: bytes) -> list[Piece]:
        """What can be shown now that these bytes are there; the rest is held back."""
        self._fresh = self._decoder.decode(data)
        self._held += self._fresh
        return [piece for piece in self._sort(final=False) if piece[1]]

    def finish(self) -> list[Piece]:
        """What was held back, once nothing more comes; half a character is dropped, and half a call."""
        return [piece for piece in self._sort(final=True) if piece[1]]

    @abstractmethod
    def _sort(self, *, final: bool) -> Iterator[Piece]:
        """Sort the held text as far as it can be."""

    def _so_far(self, text: str) -> bytes:
        return text.encode() + self._decoder.getstate()[0]

    def _accept(self, written: WrittenCall) -> None:
        if len(self.calls) + len(self.refused) >= MOST_CALLS:
            return
        checked = self._checker.check(written)
        if isinstance(checked, str):
            self.refused.append(checked)
        else:
            self.calls.append(checked)

    def _refuse(self, name: str, problem: str) -> None:
        self.refused.append(f"The call of {name or 'a tool'} was not made: {problem}.")

    def _until(self, ends: Sequence[str], *, final: bool) -> tuple[str, str | None]:
        """The held text before the first of `ends`, and that end; else all that cannot be part of one, and None."""
        found = min(((at, -len(end), end) for end in ends if (at := self._held.find(end)) >= 0), default=None)
        if found is not None:
            at, _, end = found
            longer = [other for other in ends if other != end and other.startswith(self._held[at:])]
            if not longer or final:
                text, self._held = self._held[:at], self._held[at + len(end) :]
                return text, end
            cut = at
        else:
            cut = len(self._held) - (0 if final else max((_overlap(self._held, end) for end in ends), default=0))
        text, self._held = self._held[:cut], self._held[cut:]
        return text, None


class MarkedParser(OutputParser):
    """For models that mark reasoning and calls within one text. The answer begins at its first letter.

    reasoning: whether it has begun already. stops: texts at which the answer ends; they are not part of it.
    """

    def __init__(
        self,
        syntax: CallSyntax,
        markers: Markers,
        tools: Sequence[ToolSpec] = (),
        *,
        reasoning: bool = False,
        stops: Sequence[str] = (),
    ) -> None:
        super().__init__(tools)
        self._syntax = syntax
        self._markers = markers
        self._tools = tools
        self._stops = stops
        self._forms = (syntax, FUNCTOOLS) if syntax is PHI else (syntax,)
        self._triggers = tuple(trigger for form in self._forms for trigger in _triggers(form, tools))
        self._starts = _starts(syntax, tools)
        self._state: Literal["start", "reasoning", "lead", "text", "call", "ended"] = (
            "reasoning" if reasoning else "start"
        )

    @property
    def ended(self) -> bool:
        """Whether the turn is over."""
        return self._state == "ended"

    @property
    def answering(self) -> bool:
        """Whether what comes is no reasoning."""
        return self._state != "reasoning"

    @property
    def call_begun(self) -> bytes | None:
        """What was written of calls since the first one began."""
        return self._so_far(self._held) if self._state == "call" else None

    def _sort(self, *, final: bool) -> Iterator[Piece]:
        if self._state == "start":
            self._begin(final=final)
        if self._state == "reasoning":
            thought, end = self._until((self._markers.end,), final=final)
            yield "reasoning", thought
            if end is not None:
                self._state = "lead"
        if self._state == "lead":
            self._lead(final=final)
        while self._state in ("text", "call"):
            if self._state == "call":
                released = self._read(final=final)
                if released is None:
                    return
                yield "text", released
                self._state = "text"
            text, end = self._until((*self._triggers, *self._stops), final=final)
            yield "text", text
            if end is None:
                return
            self._state = "ended" if end in self._stops else "call"
            if self._state == "call":
                self._held = end + self._held

    def _begin(self, *, final: bool) -> None:
        """Decide by the first letters whether the model reasons; keep waiting while they may become a marker."""
        lead, start, end = self._held.lstrip(), self._markers.start, self._markers.end
        if lead.startswith(start):
            self._held, self._state = lead[len(start) :], "reasoning"
        elif lead.startswith(end):  # it says that it does not reason
            self._held, self._state = lead[len(end) :], "lead"
        elif final or not (start.startswith(lead) or end.startswith(lead)):
            self._state = "lead"

    def _lead(self, *, final: bool) -> None:
        """Decide by the first letters of the answer whether it is a call; what only introduces text is dropped."""
        self._held = self._held.lstrip()
        squeezed, plain = _squeezed(self._held), self._syntax.plain_lead
        if any(squeezed.startswith(start) for start in self._starts):
            self._state = "call"
        elif plain and self._held.startswith(plain):
            self._held = self._held[len(plain) :].lstrip()
            self._state = "text" if self._held or final else "lead"
        elif self._held and (final or not self._may_be_lead(squeezed)):
            self._state = "text"

    def _may_be_lead(self, squeezed: str) -> bool:
        plain = self._syntax.plain_lead
        return any(start.startswith(squeezed) for start in self._starts) or plain.startswith(self._held)

    def _read(self, *, final: bool) -> str | None:
        """Read the calls that are held. Returns what turned out to be text, if it is no call at all."""
        if not final and not _MAY_CLOSE.intersection(self._fresh):
            return None
        reading = self._reading()
        if reading.state == "none":
            begun = next((len(one) for one in self._triggers if self._held.startswith(one)), 1)
            released, self._held = self._held[:begun], self._held[begun:]
            return released
        over = len(self._held) > _LONGEST_CALLS or len(reading.calls) >= MOST_CALLS
        if not (final or over or reading.state in ("done", "broken")):
            return None
        for written in reading.calls:
            self._accept(written)
        if reading.state == "broken":
            self._refuse(reading.name, reading.problem)
        elif reading.state == "more" and reading.name:
            self.cut_call = reading.name
        self._state = "ended"
        return None

    def _reading(self) -> Reading:
        form = next((one for one in self._forms if one.triggers and self._held.startswith(one.triggers)), self._syntax)
        reading = read_calls(form, self._held, self._tools)
        if reading.state == "none" and self._held.startswith(GENERIC.triggers):  # many have learnt this form too
            other = read_calls(GENERIC, self._held, self._tools)
            if other.state != "broken":
                return other
        return reading


class HarmonyParser(OutputParser):
    """For the harmony format. The prompt ends within the header of a message."""

    def __init__(self, tools: Sequence[ToolSpec] = ()) -> None:
        super().__init__(tools)
        self._header: HarmonyHeader | None = None  # of the message whose body comes; None while a header comes
        self._body = ""
        self._written = ""
        self._over = False

    @property
    def ended(self) -> bool:
        """Whether the turn is over."""
        return self._over

    @property
    def answering(self) -> bool:
        """Whether what comes is no reasoning."""
        return self._header is None or self._header.kind != "reasoning"

    @property
    def call_begun(self) -> bytes | None:
        """What was written of a call since its recipient was named."""
        if self._header is None:
            at = self._held.find(RECIPIENT)
            return self._so_far(self._held[at:]) if at >= 0 else None
        if self._header.kind != "call":
            return None
        return self._so_far(self._written + self._body + self._held)

    def _sort(self, *, final: bool) -> Iterator[Piece]:
        while not self._over:
            if self._header is None:
                if not self._read_header(final=final):
                    return
                continue
            text, end = self._until(ENDS, final=final)
            if self._header.kind == "call":
                self._body += text
                if end is not None or final:
                    self._end_call(self._header.tool, whole=end is not None)
            else:
                yield self._header.kind, text
            if end is None:
                return
            self._header = None
            if end == "<|channel|>":  # a header without its beginning
                self._held = end + self._held
            self._over = self._over or end == "<|return|>"

    def _read_header(self, *, final: bool) -> bool:
        """Read the header of the next message. Returns False while it is not whole."""
        lead = self._held.lstrip()
        head, mark, rest = lead.partition(MESSAGE)
        plain = not may_be_header(lead.partition("<")[0], whole="<" in lead)
        long = len(head) > _LONGEST_HEADER and (mark or len(head) > _LONGEST_HEADER + len(MESSAGE))
        if plain or long or (final and not mark and lead and "<" not in lead and RECIPIENT not in lead):
            self._header, self._held = HarmonyHeader("text"), lead  # it does not keep to the format
            return True
        if mark:
            self._header = read_header(head)
            self._written = head[max(0, head.find(RECIPIENT)) :] + mark
            self._body, self._held = "", rest
            return True
        if final and RECIPIENT in head:
            self.cut_call = head.partition(RECIPIENT)[2].split("<")[0].strip() or "?"
        return False

    def _end_call(self, tool: str, *, whole: bool) -> None:
        self._over = True
        try:
            self._accept(WrittenCall(tool, read_body(self._body)))
        except Incomplete:
            if whole:
                self._refuse(tool, "the arguments are not whole")
            else:
                self.cut_call = tool
        except Unreadable as error:
            self._refuse(tool, str(error))


def _triggers(syntax: CallSyntax, tools: Sequence[ToolSpec]) -> tuple[str, ...]:
    """Texts at which a call begins within an answer."""
    separator = syntax.separator.strip()
    if syntax.triggers or not separator:
        return syntax.triggers
    return tuple(separator + tool.name for tool in tools)


def _starts(syntax: CallSyntax, tools: Sequence[ToolSpec]) -> tuple[str, ...]:
    """Texts, without white space, that make the beginning of an answer a call."""
    if syntax.triggers or not tools:
        return ()
    lead = _squeezed(syntax.open + syntax.lead)
    if lead.startswith("{"):
        return (lead, '{"type":"function"')
    position = syntax.call.index(Slot.NAME) + 1
    following = syntax.call[position] if position < len(syntax.call) else ""
    after = following.split()[:1] if isinstance(following, str) else []
    return tuple(lead + tool.name + "".join(after) for tool in tools)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _overlap(text: str, end: str) -> int:
    """How many of the last letters of `text` may be the beginning of `end`."""
    for length in range(min(len(text), len(end) - 1), 0, -1):
        if text.endswith(end[:length]):
            return length
    return 0
