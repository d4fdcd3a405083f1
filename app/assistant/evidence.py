"""What there is to answer from: passages of the index, or of the files that were attached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import msgspec

from app.assistant.ports import AttachmentReader, Passage, Retriever
from app.assistant.terms import Weights, telling, terms
from app.base.values import READABLE_STATES, Attachment, ChunkId, Document

PASSAGES = 24
QUERY_CHARS = 2000
_SHORT_QUESTION = 3
_POINTING_QUESTION = 8
_POINTING = frozenset(
    [
        "he", "her", "him", "his", "it", "its", "she", "that", "their", "them", "these", "they", "this", "those",
        "dies", "diese", "er", "es", "sie", "ihr", "cela", "elle", "il", "ils", "eso", "esto", "ella",
    ]
)  # fmt: skip
_LOWERED = frozenset({"A", "An", "It", "Its", "No", "Nothing", "Reading", "That", "The", "There", "This"})
"""First words of reasons that are no names: those keep their capital within a sentence."""
_GOING_ON = frozenset(["and", "but", "or", "und", "aber", "oder", "et", "mais", "ou", "y", "pero", "o"])


class Evidence(msgspec.Struct, frozen=True):
    """Passages, best first, and what they were chosen from.

    matching, searched, waiting: files. attached: whether they are of attached files alone. unread: files that the
    person named and that could not be read, each with its reason. replaced: attachments that are other files by now.
    """

    passages: tuple[Passage, ...]
    matching: int
    searched: int
    waiting: int = 0
    by_meaning: bool = False
    attached: bool = False
    unread: tuple[tuple[str, str], ...] = ()
    replaced: tuple[Attachment, ...] = ()


def query_of(question: str, before: str) -> str:
    """What to search for: the question or, if it leans on the one before it, both. At most 2,000 characters.

    A question leans if it has at most three words ("the deposit?"), begins by going on ("and who signed?"), or is short
    and points at something ("when does it end?").
    """
    words = [word.strip("?!.,;:'\"¿").casefold() for word in question.split()]
    points = len(words) <= _POINTING_QUESTION and not _POINTING.isdisjoint(words)
    leans = len(words) <= _SHORT_QUESTION or words[0] in _GOING_ON or points
    return (f"{before[: QUERY_CHARS // 2]}\n{question}" if before and leans else question)[:QUERY_CHARS]


def gather(
    query: str,
    *,
    retriever: Retriever,
    reader: AttachmentReader,
    scope: Sequence[str],
    attachments: Sequence[Attachment],
) -> Evidence:
    """The passages to answer a query from. Raises Problem.

    Attached files are what the question is about: with them the index is asked only if a scope was named as well.
    """
    if not attachments:
        return _indexed(query, retriever, scope)
    replaced = reader.replaced(attachments)
    documents = [(one.path, document) for one, document in zip(attachments, reader.read(attachments), strict=True)]
    read = [(p, d) for p, d in documents if d.state in READABLE_STATES and d.chunks]
    unread = tuple(
        (p, d.reason or "It has no text.") for p, d in documents if d.state not in READABLE_STATES or not d.chunks
    )
    own = rank(query, [passage for path, document in read for passage in passages_of(path, document)])
    indexed = _indexed(query, retriever, scope) if scope else Evidence((), 0, 0)
    return Evidence(
        passages=(*own[: PASSAGES // 2], *indexed.passages[: PASSAGES // 2]) if scope else tuple(own[:PASSAGES]),
        matching=len(read) + indexed.matching,
        searched=len(read) + indexed.searched,
        waiting=indexed.waiting,
        by_meaning=indexed.by_meaning,
        attached=not scope,
        unread=(*unread, *indexed.unread),
        replaced=tuple(replaced),
    )


def rank(query: str, passages: Sequence[Passage]) -> list[Passage]:
    """Passages by how much of the query's words they hold, those of equal worth in the order given; scores 0 to 1."""
    wanted = telling(query)
    words = [frozenset(terms(f"{passage.heading} {passage.text}")) for passage in passages]
    weights = Weights(words)
    scored = [
        msgspec.structs.replace(passage, score=weights.share(wanted, there))
        for passage, there in zip(passages, words, strict=True)
    ]
    return sorted(scored, key=lambda passage: -passage.score)


def _indexed(query: str, retriever: Retriever, scope: Sequence[str]) -> Evidence:
    found = retriever.passages(query, scope, PASSAGES)
    return Evidence(
        found.passages, found.matching, found.searched, found.waiting, found.by_meaning, unread=found.unread
    )


def passages_of(path: str, document: Document) -> list[Passage]:
    """What was read of a file as passages, in order."""
    length = sum(len(chunk.text) for chunk in document.chunks)
    return [
        Passage(
            path=path,
            sha256=document.sha256,
            place=chunk.place,
            text=chunk.text,
            heading=chunk.heading,
            title=document.title,
            chunk_id=ChunkId(0),
            file_chars=length,
        )
        for chunk in document.chunks
    ]


def nothing_found(evidence: Evidence, *, scoped: bool) -> str:
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
    return " ".join(filter(None, [*sentences, notes(evidence), *after]))


def notes(evidence: Evidence) -> str:
    """Which of the files that the person named could not be read, and why, and which are others by now; or ""."""
    unread = [f"{PurePath(path).name} was not read: {_inner(reason)}" for path, reason in evidence.unread]
    replaced = [
        f"{PurePath(one.path).name} was replaced by another file since you attached it; that one was read."
        for one in evidence.replaced
    ]
    return " ".join([*unread, *replaced])


def _inner(reason: str) -> str:
    """A reason's sentence as the second half of another."""
    plain = reason.rstrip(".")
    first = plain.partition(" ")[0]
    return f"{first.lower() if first in _LOWERED else first}{plain[len(first) :]}."
