"""Passages as a model sees them: numbered, named, and with nothing in them that could speak for anyone else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import msgspec

from app.assistant.ports import Passage
from app.assistant.quoting.sentences import spans
from app.assistant.template_marks import INSTEAD, MARKS
from app.base.foreign_text import harmless
from app.base.places import narrow

_SHORTEST_PART = 40


def defused(text: str) -> str:
    """A stranger's text with nothing in it that reads as a chat template's or this prompt's own marks, and nothing that
    a person would not see there; of the same length."""
    return MARKS.sub(lambda mark: INSTEAD[mark.group()], harmless(text))


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
