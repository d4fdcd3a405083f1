"""Tool calls, put together from the fragments that a server streams, then checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema
import msgspec

from app.base.chat import ToolCall, ToolSpec
from app.workers.remote.chunks import CallDelta

ARGUMENT_BYTES = 64 * 1024
CALLS = 8
_ID_CHARS = 128
_REASON_CHARS = 300


@dataclass
class _Draft:
    """A call as far as it has come. too_long: its arguments were cut, so it is refused."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    size: int = 0
    too_long: bool = False
    index: int | None = field(default=None)

    def append(self, text: str) -> None:
        self.size += len(text.encode("utf-8", "replace"))
        if self.size > ARGUMENT_BYTES:
            self.arguments, self.too_long = "", True
        elif not self.too_long:
            self.arguments += text


class CallAssembly:
    """The calls of one answer. Fragments belong together by index; by id, name or order where servers leave it out."""

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._too_many = False

    @property
    def last_name(self) -> str:
        """The tool of the call that came last; "" if there is none, or it has no name yet."""
        return self._drafts[-1].name[:_ID_CHARS] if self._drafts else ""

    @property
    def begun(self) -> bool:
        """Whether any call has come."""
        return bool(self._drafts)

    @property
    def text(self) -> str:
        """All that came, for estimating its tokens."""
        return "".join(draft.name + draft.arguments for draft in self._drafts)

    def feed(self, deltas: Sequence[CallDelta]) -> None:
        """Take the fragments of one event."""
        for delta in deltas:
            draft = self._find(delta)
            if draft is None:
                continue
            name = _printable((delta.function.name if delta.function else None) or "")
            arguments = delta.function.arguments if delta.function else None
            draft.id = draft.id or delta.id or ""
            if name and name != draft.name and len(draft.name) < _ID_CHARS:
                draft.name += name  # some send the name in pieces, some whole with every fragment
            if isinstance(arguments, dict):
                draft.append(msgspec.json.encode(arguments).decode())
            elif arguments:
                draft.append(arguments)

    def finish(self, tools: Mapping[str, ToolSpec]) -> tuple[tuple[ToolCall, ...], tuple[str, ...]]:
        """(calls that may be made, reasons why others may not): after the answer has ended by itself."""
        calls: list[ToolCall] = []
        refused: list[str] = []
        used: set[str] = set()
        for number, draft in enumerate(self._drafts, 1):
            fit = draft.id.isprintable() and 0 < len(draft.id) <= _ID_CHARS and draft.id not in used
            ident = draft.id if fit else f"call_{number}"
            used.add(ident)
            reason, arguments = _check(draft, tools)
            if reason:
                refused.append(f"{draft.name[:_ID_CHARS] or 'A call without a name'}: {reason[:_REASON_CHARS]}")
            else:
                calls.append(ToolCall(id=ident, name=draft.name, arguments=arguments))
        if self._too_many:
            refused.append(f"Only the first {CALLS} calls were looked at.")
        return tuple(calls), tuple(refused)

    def _find(self, delta: CallDelta) -> _Draft | None:
        """The draft that a fragment goes on with, or a new one; None where there are too many."""
        named = bool(delta.function and delta.function.name)
        last = self._drafts[-1] if self._drafts else None
        if delta.index is not None:
            same = next((draft for draft in reversed(self._drafts) if draft.index == delta.index), None)
            if same is not None and not _another(delta, same, named=named):
                return same
        elif last is not None:
            known = next((draft for draft in self._drafts if delta.id and draft.id == delta.id), None)
            if known is not None:
                return known
            if not named and not _another(delta, last, named=named):
                return last
        if len(self._drafts) == CALLS:
            self._too_many = True
            return None
        self._drafts.append(_Draft(index=delta.index))
        return self._drafts[-1]


def _printable(text: str) -> str:
    """A server's name for something, with nothing in it that could not be handed on or shown."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _another(delta: CallDelta, draft: _Draft, *, named: bool) -> bool:
    """Whether a fragment begins another call although its index does not say so: some servers number all of them 0."""
    if not delta.id or not draft.id:
        return False
    return delta.id != draft.id and (named or delta.index is None)


def _check(draft: _Draft, tools: Mapping[str, ToolSpec]) -> tuple[str, dict[str, Any]]:
    """(why the call is refused or "", its arguments)."""
    if draft.too_long:
        return "its arguments are too long.", {}
    tool = tools.get(draft.name)
    if tool is None:
        return f"there is no such tool; there are {', '.join(tools) or 'none'}.", {}
    try:
        arguments: object = msgspec.json.decode(draft.arguments.strip() or "{}")
    except (msgspec.DecodeError, RecursionError, ValueError):
        return "its arguments are not valid JSON.", {}
    if not isinstance(arguments, dict):
        return "its arguments must be one JSON object.", {}
    validator = jsonschema.Draft202012Validator(tool.parameters)
    error = jsonschema.exceptions.best_match(validator.iter_errors(arguments))
    if error is not None:
        where = "".join(f" in “{step}”" for step in list(error.absolute_path)[:4])
        return f"its arguments are not as the tool wants them{where}: {error.message}", {}
    return "", arguments
