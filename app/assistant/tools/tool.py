"""What a tool is: what the model is told of it, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from app.assistant.ports import Passage
from app.base.chat import ToolSpec

A = TypeVar("A", bound="Arguments")


class ToolFailed(Exception):
    """The model asked for what cannot be had. text: what to tell it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of a tool's arguments; their bounds become its JSON Schema."""


class Result(msgspec.Struct, frozen=True):
    """What a tool found.

    passages: in the order of their worth. lines: text that is no passage, as a list of files. after: what to say below
    what fits of them. done: how a person sees the call when it has ended.
    """

    done: str
    passages: Sequence[Passage] = ()
    lines: Sequence[str] = ()
    after: str = ""


class Tool(Protocol):
    """Something that a model may use. effect: all that there are so far only read."""

    @property
    def spec(self) -> ToolSpec:
        """How a model sees it."""

    @property
    def effect(self) -> Literal["read"]:
        """What it does to the world."""

    def title(self, arguments: Mapping[str, Any]) -> str:
        """How a person sees a call while it runs. arguments: whatever the model gave."""

    def run(self, arguments: Mapping[str, Any]) -> Result:
        """Do it. Raises ToolFailed if the model asked for what cannot be had, Problem if the world fails."""


def spec_of(name: str, description: str, arguments: type[Arguments]) -> ToolSpec:
    """A tool's description with the JSON Schema of its arguments, references resolved."""
    schema = msgspec.json.schema(arguments)
    body = schema["$defs"][arguments.__name__]
    properties = {
        key: {word: value for word, value in one.items() if word != "default"}
        for key, one in body["properties"].items()
    }
    return ToolSpec(
        name=name,
        description=description,
        parameters={
            "type": "object",
            "properties": properties,
            "required": body["required"],
            "additionalProperties": False,
        },
    )


def parsed(arguments: Mapping[str, Any], kind: type[A]) -> A:
    """The arguments, checked. Raises ToolFailed."""
    try:
        return msgspec.convert(dict(arguments), kind)
    except msgspec.ValidationError as error:
        raise ToolFailed(f"The arguments are not valid: {error}.") from error


def shown(arguments: Mapping[str, Any], key: str, limit: int = 80) -> str:
    """An argument as part of a title, on one line."""
    text = " ".join(str(arguments.get(key, "")).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def count(number: int, noun: str) -> str:
    """“one passage”, “3 passages”, “no passages”."""
    return f"one {noun}" if number == 1 else f"{number or 'no'} {noun}s"
