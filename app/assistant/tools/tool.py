"""What a tool is: what its module declares, what the model is told of it, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from app.assistant.ports import AttachmentReader, FileTree, Passage, Retriever
from app.base.chat import ToolSpec
from app.base.memory import Memory

if TYPE_CHECKING:
    from app.assistant.file_access import Reach

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

    passages: in the order of their worth. lines: what there is that is no passage, as a list of files. after: what to
    say below what fits of them, which is no finding. done: how a person sees the call when it has ended.
    """

    done: str
    passages: Sequence[Passage] = ()
    lines: Sequence[str] = ()
    after: str = ""


@dataclass(frozen=True)
class ToolContext:
    """What the tools of one question work with.

    reach: what they may look at; every path that a model names goes through it. seen: paths of the files that the model
    knows something of by now. propose: has something wait until the person says whether it is remembered.
    """

    retriever: Retriever
    reader: AttachmentReader
    files: FileTree
    reach: Reach
    seen: Callable[[], Iterable[str]]
    propose: Callable[[str], Memory]


@dataclass(frozen=True)
class Tool:
    """Something that a model may use, as its module in `app/assistant/tools` declares it under the name TOOL.

    spec: how a model sees it. effect: what it does to the world; all that there are so far only read. order: where it
    stands in the list that a model reads, low numbers first. icon: of its calls in the window. title: how a person sees
    a call while it runs, from whatever arguments the model gave. run: does it; raises ToolFailed if the model asked for
    what cannot be had, Problem if the world fails. private: only for models of this computer.
    """

    spec: ToolSpec
    effect: Literal["read"]
    order: int
    icon: str
    title: Callable[[Mapping[str, Any]], str]
    run: Callable[[ToolContext, Mapping[str, Any]], Result]
    private: bool = False


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
