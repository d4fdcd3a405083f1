"""What a question's filters leave of the index, as a scope of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from app.base.values import Filter
from app.language.question.question import Question
from app.store.full_text import phrase
from app.store.scope import Scope


def scope_of(question: Question, paths: Sequence[str]) -> Scope:
    """The files and folders that were named, less what the question's filters leave out; those that rank leave none."""
    limiting = [one for one in question.filters if not one.ranks]
    after, before = span_of(limiting)
    return Scope(
        paths=tuple(paths),
        folders=_values(limiting, "folder"),
        types=_values(limiting, "type"),
        names=_values(limiting, "name"),
        senders=_values(limiting, "sender"),
        after=after,
        before=before,
        phrases=tuple(match for text in question.phrases if (match := phrase(text))),
        lacking=tuple(match for text in question.without if (match := phrase(text))),
    )


def span_of(filters: Sequence[Filter]) -> tuple[int, int]:
    """From when until when, in Unix ms, of the filters that say so; 0 for open. Days begin where this machine is."""
    after = [moment(one.value) for one in filters if one.kind == "after"]
    before = [moment(one.value) for one in filters if one.kind == "before"]
    return max(after, default=0), min(before, default=0)


def moment(day: str) -> int:
    """When a day, written as ISO says, begins here: Unix ms, never 0."""
    begins = datetime.combine(date.fromisoformat(day), time(), UTC)
    try:
        begins = begins.replace(tzinfo=None).astimezone()
    except (OverflowError, ValueError, OSError):
        pass  # years that the system's clock does not know
    return int(begins.timestamp() * 1000) or 1


def _values(filters: Sequence[Filter], kind: str) -> tuple[str, ...]:
    return tuple(one.value for one in filters if one.kind == kind)
