"""How a model writes tool calls and reasoning, as values: derived from its template, or chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

SyntaxKind = Literal["json", "tag_json", "tagged", "harmony", "generic"]
ValueStyle = Literal["text", "quoted", "python", "elements"]
"""How a tagged argument's value is written. text: strings bare up to the closing literal, others as JSON or Python;
quoted: strings between two marks, keys of objects bare; python: literals of that language; elements: nested tags."""
Schema = Mapping[str, Any]

_MARK = re.compile(r"<[^<>\s]+>?|\[/?[A-Z][A-Z_]*\]")


class Slot(Enum):
    """A place in a call that differs from call to call."""

    NAME = "name"
    ID = "id"
    INDEX = "index"
    ARGUMENTS = "arguments"
    KEY = "key"


Parts = tuple[str | Slot, ...]


@dataclass(frozen=True)
class Markers:
    """The texts that open and close a model's reasoning."""

    start: str
    end: str

    def opened_by(self, prompt: str) -> bool:
        """Whether the prompt itself ends with the opening one, so that the model begins by reasoning."""
        return prompt.rstrip().endswith(self.start)


DEFAULT_MARKERS = Markers("<think>", "</think>")


@dataclass(frozen=True)
class Tagged:
    """How arguments are spelled out one by one.

    between: what stands between key and value, by JSON type of the value. quote: around strings (of "quoted" style).
    after: closes a value; it may hold Slot.KEY. python: whether the template writes True and None.
    """

    before: str
    between: Mapping[str, str]
    after: Parts
    separator: str
    style: ValueStyle = "text"
    quote: tuple[str, str] = ("", "")
    python: bool = False


@dataclass(frozen=True)
class CallSyntax:
    """How calls are written: `open`, one or several of `call` with `separator` between them, `close`.

    lead: of a call, its literals and slots. name_path, arguments_path: where these stand in the object, if it is JSON;
    `name_path` () means that the name is the key. text_arguments: arguments are JSON within a string.
    parallel: several in one message. plain_lead: what the template writes before an answer that is no call. triggers:
    texts that begin a call wherever they come; if there are none, a call can only begin a message.
    """

    kind: SyntaxKind
    call: Parts
    open: str = ""
    close: str = ""
    separator: str = ""
    parallel: bool = False
    name_path: tuple[str, ...] = ()
    arguments_path: tuple[str, ...] = ()
    text_arguments: bool = False
    tagged: Tagged | None = None
    plain_lead: str = ""
    triggers: tuple[str, ...] = ()

    @property
    def lead(self) -> str:
        """The literal text of a call before its first slot."""
        first = self.call[0] if self.call else ""
        return first if isinstance(first, str) else ""

    def literals(self) -> Iterator[str]:
        """All literal text."""
        yield from (self.open, self.close, self.separator)
        yield from (part for part in self.call if isinstance(part, str))
        if self.tagged is not None:
            yield from (self.tagged.before, *self.tagged.between.values(), *self.tagged.quote)
            yield from (part for part in self.tagged.after if isinstance(part, str))


def marks(text: str) -> list[str]:
    """The marker-like pieces of a literal: “<tool_call>”, “[ARGS]”, “<function=”."""
    return [found for found in _MARK.findall(text) if len(found) > 2]


def mark_ends(text: str) -> list[int]:
    """Where its markers end."""
    return [found.end() for found in _MARK.finditer(text) if len(found[0]) > 2]


def mark_starts(text: str) -> list[int]:
    """Where its markers start."""
    return [found.start() for found in _MARK.finditer(text) if len(found[0]) > 2]


def shield(text: str, marked: Sequence[str]) -> str:
    """The text with each of `marked` broken up by a zero-width space, so that it cannot pass for syntax."""
    for mark in marked:
        if mark in text:
            text = text.replace(mark, f"{mark[0]}\u200b{mark[1:]}")
    return text


GENERIC = CallSyntax(
    kind="generic",
    call=('<tool_call>\n{"name": "', Slot.NAME, '", "arguments": ', Slot.ARGUMENTS, "}\n</tool_call>"),
    separator="\n",
    parallel=True,
    name_path=("name",),
    arguments_path=("arguments",),
    triggers=("<tool_call>",),
)
"""For models whose template brings no syntax of its own."""


def _listed(opening: str, closing: str) -> CallSyntax:
    return CallSyntax(
        kind="json",
        call=('{"name": "', Slot.NAME, '", "arguments": ', Slot.ARGUMENTS, "}"),
        open=f"{opening}[",
        close=f"]{closing}",
        separator=", ",
        parallel=True,
        name_path=("name",),
        arguments_path=("arguments",),
        triggers=(f"{opening}[",),
    )


PHI = _listed("<|tool_call|>", "<|/tool_call|>")
"""Phi-4-mini's: its tokens say so, but its template prints definitions alone."""
FUNCTOOLS = _listed("functools", "")
"""What Phi-4-mini writes as well, by Microsoft's template for vLLM (examples/tool_chat_template_phi4_mini.jinja)."""


def unprinted_syntax(template: str) -> CallSyntax | None:
    """The syntax of a model whose template does not print calls, known by what else it prints; None if unknown."""
    return PHI if "<|tool|>" in template and "<|/tool|>" in template else None
