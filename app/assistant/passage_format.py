"""Passages as a model sees them: numbered, named, and with nothing in them that could speak for anyone else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

import msgspec

from app.assistant.ports import Passage
from app.assistant.sentences import spans
from app.base.places import narrow

# What chat templates use to say who speaks and which tool is called. In a file's text it must not look like that.
_CONTROL = re.compile(
    r"<(?=[|｜][^>\n]{1,60}[|｜]>"
    r"|/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|tools?|tool_calls?|tool_response|function|think|passages?)"
    r"(?![\w-])[^>\n]{0,80}>"
    r"|<(?:/?SYS)>>)"
    r"|\[(?=/?(?:INST|TOOL_CALLS|TOOL_CONTENT|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT)\])",
    re.IGNORECASE,
)
_SHORTEST_PART = 40


def defused(text: str) -> str:
    """A stranger's text with nothing in it that reads as a chat template's or this prompt's own marks."""
    return _CONTROL.sub(lambda mark: "‹" if mark.group() == "<" else "⁅", text)


def framed(n: int, passage: Passage) -> str:
    """A passage as the model sees it."""
    heading = f' under="{_attribute(passage.heading)}"' if passage.heading else ""
    place = "" if passage.place.kind == "whole" else f' place="{_attribute(passage.place.label)}"'
    name = _attribute(PurePath(passage.path).name)
    return f'<passage n="{n}" file="{name}"{place}{heading}>\n{defused(passage.text.strip())}\n</passage>'


def cut(passage: Passage, size: int, room: int) -> Passage | None:
    """The beginning of a passage of `size` tokens that fits into `room`, up to a sentence's end if one is there.

    None if there is no room for a useful part.
    """
    length = len(passage.text) * room // (size + 1) * 9 // 10
    ends = [end for _, end in spans(passage.text[:length]) if end < length]
    length = ends[-1] if ends else length
    if length < min(_SHORTEST_PART, len(passage.text)):
        return None
    place = narrow(passage.place, passage.text, 0, length)
    return msgspec.structs.replace(passage, text=passage.text[:length], place=place)


def of_documents(passages: Sequence[Passage]) -> list[Passage]:
    """Passages as they stand in their files, file by file."""
    return sorted(passages, key=lambda passage: (passage.path, passage.place.start))


def _attribute(text: str) -> str:
    return defused(text).replace('"', "'").replace("\n", " ")
