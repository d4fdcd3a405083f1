"""What is said where the files do not answer, and what is noted beside an answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from app.assistant.evidence import Evidence

_LOWERED = frozenset({"A", "An", "It", "Its", "No", "Nothing", "Reading", "That", "The", "There", "This"})
"""First words of reasons that are no names: those keep their capital within a sentence."""
_MOST_NAMED = 3


def nothing_found(evidence: Evidence, missing: Sequence[str] = (), *, scoped: bool) -> str:
    """An honest sentence or two: what was searched in vain, what could not be, what may still come."""
    after: list[str] = []
    if evidence.attached and not evidence.searched:
        sentences = [] if evidence.unread else ["There is nothing to read in what is attached."]
        after = ["Nothing else was looked at."] if evidence.unread else []
    elif evidence.attached:
        what = "the attached file" if evidence.searched == 1 else f"the {evidence.searched} attached files"
        sentences = [f"Nothing in {what} matches the question."]
    elif evidence.searched:
        files = "one file" if evidence.searched == 1 else f"{evidence.searched:,} files"
        sentences = [f"Nothing in the {files} searched matches the question."] if scoped else [
            f"Nothing in your {files} matches the question."
        ]  # fmt: skip
    elif evidence.waiting:
        sentences = ["No file has been read yet."]
    else:
        where = "There is no readable file where you asked to look." if scoped else "There are no files to search yet."
        sentences = [where, "Add a folder, and ask again."] if not scoped else [where]
        after = ["Nothing else was looked at."] if scoped and evidence.unread else []
    if evidence.waiting:
        waiting = "One file is" if evidence.waiting == 1 else f"{evidence.waiting:,} files are"
        sentences.append(f"{waiting} still waiting to be read: ask again in a while.")
    gone = named(missing) if evidence.searched else ""
    return " ".join(filter(None, [*sentences, gone, notes(evidence), *after]))


def nothing_certain(evidence: Evidence, missing: Sequence[str], *, scoped: bool) -> str:
    """That nothing found is sure to answer, and what of the question stands in no file."""
    count = evidence.searched
    if evidence.attached:
        what = "the attached file" if count == 1 else f"the {count:,} attached files"
    elif scoped:
        what = "the file searched" if count == 1 else f"the {count:,} files searched"
    else:
        what = "your file" if count == 1 else f"your {count:,} files"
    return " ".join(filter(None, [named(missing), f"Nothing certain in {what}."]))


def named(missing: Sequence[str]) -> str:
    """A sentence that names what no file mentions, at most three things; "" if that is nothing."""
    names = [f"“{name}”" for name in missing[:_MOST_NAMED]]
    if not names:
        return ""
    return f"No file mentions {' or '.join([', '.join(names[:-1]), names[-1]] if len(names) > 1 else names)}."


def notes(evidence: Evidence) -> str:
    """What is worth noting: words taken for others, files that were named and not read, and why, files that are others
    by now; or "".
    """
    unread = [f"{PurePath(path).name} was not read: {_inner(reason)}" for path, reason in evidence.unread]
    replaced = [
        f"{PurePath(one.path).name} was replaced by another file since you attached it; that one was read."
        for one in evidence.replaced
    ]
    taken = [f"Searched for “{one.meant}” in place of “{one.word}”." for one in evidence.corrections]
    return " ".join([*taken, *evidence.said, *unread, *replaced])


def _inner(reason: str) -> str:
    """A reason's sentence as the second half of another."""
    plain = reason.rstrip(".")
    first = plain.partition(" ")[0]
    return f"{first.lower() if first in _LOWERED else first}{plain[len(first) :]}."
