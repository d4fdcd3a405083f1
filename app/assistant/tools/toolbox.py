"""The tools of one turn: what they may still do, and what the model reads of what they found."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

import msgspec

from app.assistant.acting.hands import Actor
from app.assistant.cancellation import Stop, abandonable, begun
from app.assistant.citation_numbers import CitationNumbers
from app.assistant.passage_format import cut, defused, framed
from app.assistant.ports import Passage
from app.assistant.tools.refusal import OutOfBounds, ToolFailed
from app.assistant.tools.tool import Result, Tool, ToolContext
from app.base.action_wording import outcome, summary
from app.base.chat import ToolCall, ToolSpec
from app.base.chat_model import ChatModel
from app.base.errors import Problem
from app.base.registry import declared
from app.base.values import ToolStep
from app.base.wording import count

MOST_CALLS, MOST_S = 12, 600.0
"""Calls and seconds of one question, waiting for the person apart; each as many again if they say so."""

LIMIT = (
    "This call was not made: no more calls are allowed for this question. Answer now from what you have, "
    "or say that you did not find it."
)
REPEATED = "This call was not made again: it was made before for this question, and its result stands above."
NO_ROOM = "This call was not made: there is no room for its result. Answer now from what you have."
_LEAST_ROOM = 96
_DEEPEST = 16


def find_tools() -> tuple[Tool, ...]:
    """Every tool that a module of this package declares, in the order in which a model reads of them."""
    return tuple(sorted(declared(__package__, "TOOL", Tool), key=lambda tool: (tool.order, tool.spec.name)))


class Toolbox:
    """Runs the calls of one turn, within its limits, and tells none of them twice.

    tools: what the model may use; none if it is to answer without.
    """

    def __init__(
        self,
        tools: Sequence[Tool],
        context: ToolContext,
        *,
        model: ChatModel,
        numbers: CitationNumbers,
        hands: Actor,
        stop: Stop,
    ) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        self._context = context
        self._model = model
        self._numbers = numbers
        self._hands = hands
        self._stop = stop
        self._asked = 0
        self._ahead: dict[int, Callable[[], Result]] = {}  # by the call itself: a model may name two alike
        self._most_calls, self._most_s = MOST_CALLS, MOST_S
        self._began, self._waited_s = time.monotonic(), 0.0
        self._done: list[tuple[str, Mapping[str, Any]]] = []

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """How a model sees the tools."""
        return tuple(tool.spec for tool in self._tools.values())

    @property
    def spent(self) -> bool:
        """Whether no more calls can be made, unless `extend` allows them."""
        return self._asked >= self._most_calls or self._spent_s >= self._most_s

    @property
    def _spent_s(self) -> float:
        return time.monotonic() - self._began - self._waited_s

    def extend(self, call: ToolCall) -> bool:
        """Whether the person has it go on. Raises Cancelled, Problem."""
        spent = f"It has made {count(self._asked, 'call')} in {self._spent_s:.0f} s, and wants to look further."
        began = time.monotonic()
        more = self._hands.more(call.id, spent)
        self._waited_s += time.monotonic() - began
        if more:
            self._most_calls, self._most_s = self._asked + MOST_CALLS, self._spent_s + MOST_S
        return more

    def begin(self, call: ToolCall) -> ToolStep:
        """The call as a person sees it while it runs."""
        tool = self._tools.get(call.name)
        plain = tool is not None and not _is_deep(call.arguments)
        title = tool.title(call.arguments) if tool is not None and plain else f"Calling {call.name[:40]}"
        icon = tool.icon if tool is not None else ""
        effect = tool.effect if tool is not None else "read"
        return ToolStep(
            call=call.id, name=call.name, arguments=call.arguments, title=title, icon=icon, effect=effect
        )  # fmt: skip

    def run(self, call: ToolCall, step: ToolStep, room: int) -> ToolStep:
        """Make the call; returns its step with what the model is to read, at most `room` tokens of it.

        Raises Problem if the world fails, Cancelled if the turn is stopped meanwhile.
        """
        began = time.monotonic()
        self._asked += 1
        try:
            result = self._result(call, room)
            text, passages = self._written(result, room)
            ended = msgspec.structs.replace(
                step, title=result.done, state="done", result=text, passages=passages,
                lists=bool(result.lines) and result.sure, action=result.action,
            )  # fmt: skip
        except ToolFailed as failed:
            ended = msgspec.structs.replace(step, state="failed", result=failed.text)
        return msgspec.structs.replace(ended, ms=round((time.monotonic() - began) * 1000, 1))

    def _result(self, call: ToolCall, room: int) -> Result:
        tool = self._tools.get(call.name)
        if tool is None:
            raise ToolFailed(f"There is no tool of that name. There are: {', '.join(self._tools)}.")
        if _is_deep(call.arguments):
            raise ToolFailed("The arguments are nested too deep.")
        if (call.name, call.arguments) in self._done:
            raise ToolFailed(REPEATED)
        if room < _LEAST_ROOM:
            raise ToolFailed(NO_ROOM)
        if tool.run is None:
            return self._act(tool, call)
        wait = self._ahead.pop(id(call), None) or self._begun(tool, call)
        result = self._allowed(call, wait())
        self._done.append((call.name, call.arguments))
        return result

    def begin_together(self, calls: Sequence[ToolCall]) -> None:
        """Have those of several calls that only read run side by side; `run` then finds what they brought.

        All have ended when this returns: what one of them looks at does not change meanwhile. Raises Cancelled.
        """
        known = list(self._done)
        waits: list[tuple[int, Callable[[], Result]]] = []
        for call in calls[: self._most_calls - self._asked] if len(calls) > 1 else ():
            tool = self._tools.get(call.name)
            reads = tool is not None and tool.run is not None and not _is_deep(call.arguments)
            if tool is not None and reads and (call.name, call.arguments) not in known:
                known.append((call.name, call.arguments))
                waits.append((id(call), self._begun(tool, call)))
        for ident, wait in waits:
            self._ahead[ident] = _held(wait)

    def _begun(self, tool: Tool, call: ToolCall) -> Callable[[], Result]:
        assert tool.run is not None
        run = tool.run
        return begun(lambda: run(self._context, call.arguments), self._stop)

    def _act(self, tool: Tool, call: ToolCall) -> Result:
        """Have done what a call would do, if it is allowed. Raises ToolFailed if nothing of it was done."""
        assert tool.plan is not None
        plan = tool.plan
        try:
            planned = abandonable(lambda: plan(self._context, call.arguments), self._stop)
        except OutOfBounds as refused:
            self._hands.refused(tool.spec.name, tool.effect, call, refused.text)
            raise
        known = [*(one.passage for one in self._numbers.older), *(one.passage for one in self._numbers.own)]
        foreign = bool(known or self._done)
        self._done.append((call.name, call.arguments))  # whatever comes of it: nobody is asked the same twice
        began = time.monotonic()
        try:
            action, told = self._hands.act(tool.spec.name, tool.effect, call, planned, read=known, foreign=foreign)
        finally:
            self._waited_s += time.monotonic() - began
        lines = [defused(outcome(effect)) for effect in action.effects]
        if all(effect.state != "done" for effect in action.effects):
            raise ToolFailed(" ".join(lines))
        return Result(done=summary(action), lines=[*lines, *([defused(told)] if told else ())], action=action.id)

    def _allowed(self, call: ToolCall, result: Result) -> Result:
        """A result less what the person's rules keep from the model."""
        paths = {one.path for one in result.passages} | ({result.source} if result.source else set())
        readable = self._hands.readable(call.name, call.id, paths) if paths else frozenset[str]()
        if result.source and result.source not in readable:
            raise ToolFailed("The person's rules do not allow this file to be read.")
        allowed = [one for one in result.passages if one.path in readable]
        withheld = len(result.passages) - len(allowed)
        if not withheld:
            return result
        told = f"{count(withheld, 'passage')} may not be read, as the person's rules say."
        return msgspec.structs.replace(result, passages=allowed, after=f"{result.after} {told}".strip())

    def _written(self, result: Result, room: int) -> tuple[str, int]:
        """What the model reads of a result, and how many passages it has; new ones get their numbers."""
        before = [n for one in result.passages if (n := self._numbers.find(one)) is not None]
        fresh = [one for one in result.passages if self._numbers.find(one) is None]
        parts: list[str] = []
        if before:
            which = ", ".join(f"[{n}]" for n in dict.fromkeys(before))
            parts.append(f"These stand above already: {which}.")
        lines, left_out = self._lines(result.lines, room)
        parts += lines
        if left_out:
            parts.append(f"There was no room for {count(left_out, 'more line')}.")
        spent = sum(self._model.count([*parts, result.after]))
        chosen = self._fitting(fresh, room - spent)
        parts += [framed(self._numbers.add(one), one) for one in chosen]
        if len(chosen) < len(fresh):
            label = fresh[len(chosen)].place.label
            parts.append(
                f"There was no room for {count(len(fresh) - len(chosen), 'more passage')}"
                f"{f', the next of them at {label}' if label else ''}."
            )
        if result.after:
            parts.append(result.after)
        return "\n".join(parts), len(before) + len(chosen)

    def _lines(self, lines: Sequence[str], room: int) -> tuple[Sequence[str], int]:
        """The first lines that have room, and how many have not."""
        left, kept = room, 0
        for size in self._model.count(lines) if lines else []:
            left -= size + 1
            if left < 0:
                break
            kept += 1
        return lines[:kept], len(lines) - kept

    def _fitting(self, passages: Sequence[Passage], room: int) -> list[Passage]:
        """The first passages that have room; of the very first at least its beginning."""
        sizes = self._model.count([framed(self._numbers.upcoming + n, one) for n, one in enumerate(passages)])
        chosen: list[Passage] = []
        for passage, size in zip(passages, sizes, strict=True):
            if size + 1 > room:
                part = None if chosen else cut(passage, size, room)
                return [part] if part is not None else chosen
            room -= size + 1
            chosen.append(passage)
        return chosen


def _is_deep(arguments: object) -> bool:
    """Whether arguments are nested deeper than those of any tool."""
    level: list[object] = [arguments]
    for _ in range(_DEEPEST):
        level = [
            inner
            for part in level
            if isinstance(part, dict | list | tuple)
            for inner in (part.values() if isinstance(part, dict) else part)
        ]
        if not level:
            return False
    return True


def _held(wait: Callable[[], Result]) -> Callable[[], Result]:
    """What a call brought, or what it failed with, when it has ended. Raises Cancelled."""
    try:
        result = wait()
    except (ToolFailed, Problem) as error:
        return partial(_raise, error)
    return lambda: result


def _raise(error: Exception) -> NoReturn:
    raise error
