"""What a tool is: what its module declares, what the model is told of it, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from app.assistant.ports import AttachmentReader, FileTree, Passage, Retriever
from app.assistant.tools.refusal import ToolFailed
from app.base.chat import ToolSpec
from app.base.memory import Memory
from app.base.tables import TableResult
from app.store.said_before import Said

if TYPE_CHECKING:
    from app.assistant.acting.plans import Plan
    from app.assistant.acting.targets import Targets
    from app.assistant.file_access import Reach

A = TypeVar("A", bound="Arguments")


class Arguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of a tool's arguments; their bounds become its JSON Schema."""


class Result(msgspec.Struct, frozen=True):
    """What a tool found.

    passages: in the order of their worth. lines: what there is that is no passage, as a list of files. after: what to
    say below what fits of them, which is no finding. done: how a person sees the call when it has ended. action: the id
    of what was done, 0 where nothing was. source: the file whose text stands in `lines`, "" if none does.
    sure: whether a statement may rest on `lines`.
    """

    done: str
    passages: Sequence[Passage] = ()
    lines: Sequence[str] = ()
    after: str = ""
    action: int = 0
    source: str = ""
    sure: bool = True


@dataclass(frozen=True)
class ToolContext:
    """What the tools of one question work with.

    reach: what they may look at; every path that a model names goes through it. targets: what they may change, in the
    same way. seen: paths of the files that the model knows something of by now. propose: has something wait until the
    person says whether it is remembered. tables: asks the tables of a file. recall: what was said in other
    conversations, by its words; so many turns at most.
    """

    retriever: Retriever
    reader: AttachmentReader
    files: FileTree
    reach: Reach
    targets: Targets
    seen: Callable[[], Iterable[str]]
    propose: Callable[[str], Memory]
    tables: Callable[[str, str], TableResult]
    recall: Callable[[str, int], Sequence[Said]]


@dataclass(frozen=True)
class Tool:
    """Something that a model may use, as its module in `app/assistant/tools` declares it under the name TOOL.

    spec: how a model sees it. effect: what it does to the world. order: where it stands in the list that a model reads,
    low numbers first. icon: of its calls in the window. title: how a person sees a call while it runs, from whatever
    arguments the model gave. private: only for models of this computer.

    run: of one that reads, does it. plan: of any other, says what it would do, and changes nothing: what is planned is
    done by whoever asks the person. Both raise ToolFailed if the model asked for what cannot be had, Problem if the
    world fails.
    """

    spec: ToolSpec
    effect: Literal["read", "write", "network"]
    order: int
    icon: str
    title: Callable[[Mapping[str, Any]], str]
    run: Callable[[ToolContext, Mapping[str, Any]], Result] | None = None
    plan: Callable[[ToolContext, Mapping[str, Any]], Plan] | None = None
    private: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for one that could have an effect unasked."""
        if (self.run is None) == (self.plan is None) or (self.effect == "read") != (self.run is not None):
            raise ValueError(f"{self.spec.name}: a tool that reads has `run`, any other has `plan`")


def spec_of(name: str, description: str, arguments: type[Arguments]) -> ToolSpec:
    """A tool's description with the JSON Schema of its arguments, references resolved."""
    schema = msgspec.json.schema(arguments)
    body = _resolved(schema["$defs"][arguments.__name__], schema["$defs"])
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


def _resolved(part: Any, definitions: Mapping[str, Any]) -> Any:
    """A part of a schema with what its references name in their place, without the names and docstrings of classes."""
    if isinstance(part, dict):
        if "$ref" in part:
            return _resolved(definitions[part["$ref"].rpartition("/")[2]], definitions)
        dropped = ("title", "description") if part.get("type") == "object" else ()
        return {key: _resolved(value, definitions) for key, value in part.items() if key not in dropped}
    return [_resolved(one, definitions) for one in part] if isinstance(part, list) else part


def parsed(arguments: Mapping[str, Any], kind: type[A]) -> A:
    """The arguments, checked. Raises ToolFailed."""
    try:
        msgspec.json.encode(arguments)  # half a letter is none
        return msgspec.convert(dict(arguments), kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise ToolFailed(f"The arguments are not valid: {error}.") from error


def shown(arguments: Mapping[str, Any], key: str, limit: int = 80) -> str:
    """An argument as part of a title, on one line."""
    text = " ".join(str(arguments.get(key, "")).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
