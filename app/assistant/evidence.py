"""What there is to answer from: passages of the index, or of the files that were attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from app.assistant.ports import AskedWord, AttachmentReader, Passage, Retriever
from app.assistant.terms import Weights, telling, terms
from app.base.values import READABLE_STATES, Attachment, ChunkId, Citation, Correction, Document, Filter, Weight

PASSAGES = 24


class Evidence(msgspec.Struct, frozen=True):
    """Passages, best first, and what they were chosen from.

    matching, searched, waiting: files. attached: whether they are of attached files alone. unread: files that were
    meant and that could not be read, each with its reason. replaced: attachments that are other files by now.
    filters: what was understood of the query as limits. words: what of it is to be looked for in the passages, None for
    all of it, "" where the limits said it all. certain: whether something holds what was asked for or comes near it.
    said: sentences on what was not searched as it was asked. asked, corrections, weight: as
    `Retrieved` has them. texts: of the attached files, by path.
    """

    passages: tuple[Passage, ...]
    matching: int
    searched: int
    waiting: int = 0
    by_meaning: bool = False
    attached: bool = False
    unread: tuple[tuple[str, str], ...] = ()
    replaced: tuple[Attachment, ...] = ()
    filters: tuple[Filter, ...] = ()
    words: str | None = None
    certain: bool = True
    said: tuple[str, ...] = ()
    asked: tuple[AskedWord, ...] = ()
    corrections: tuple[Correction, ...] = ()
    texts: Mapping[str, str] = {}
    weight: Weight | None = None


def gather(
    query: str,
    *,
    retriever: Retriever,
    reader: AttachmentReader,
    scope: Sequence[str],
    attachments: Sequence[Attachment],
    without: Sequence[str] = (),
    file: str = "",
) -> Evidence:
    """The passages to answer a query from. Raises Problem.

    Attached files are what the question is about: with them the index is asked only if a scope was named as well.
    without: keys of filters that are not to be understood. file: the only one to look in, attached or not.
    """
    if file:
        attachments = [one for one in attachments if one.path == file]
        scope = [] if attachments else [file]
    if not attachments:
        return _indexed(query, retriever, scope, without)
    replaced = reader.replaced(attachments)
    documents = [(one.path, document) for one, document in zip(attachments, reader.read(attachments), strict=True)]
    read = [(p, d) for p, d in documents if d.state in READABLE_STATES and d.chunks]
    unread = tuple(
        (p, d.reason or "It has no text.") for p, d in documents if d.state not in READABLE_STATES or not d.chunks
    )
    own = rank(query, [passage for path, document in read for passage in passages_of(path, document)])
    indexed = _indexed(query, retriever, scope, without) if scope else Evidence((), 0, 0)
    return Evidence(
        passages=(*own[: PASSAGES // 2], *indexed.passages[: PASSAGES // 2]) if scope else tuple(own[:PASSAGES]),
        matching=len(read) + indexed.matching,
        searched=len(read) + indexed.searched,
        waiting=indexed.waiting,
        by_meaning=indexed.by_meaning,
        attached=not scope,
        unread=(*unread, *indexed.unread),
        replaced=tuple(replaced),
        filters=indexed.filters,
        said=indexed.said,
        asked=indexed.asked,
        corrections=indexed.corrections,
        texts={path: "".join(chunk.text for chunk in document.chunks) for path, document in read},
        weight=indexed.weight,
    )


def unseen_first(evidence: Evidence, seen: Sequence[Citation]) -> Evidence:
    """Evidence without the passages that were cited already, as long as there are others."""
    cited = [(one.path, one.place.start) for one in seen]
    fresh = tuple(
        one
        for one in evidence.passages
        if not any(path == one.path and one.place.start <= start < one.place.end for path, start in cited)
    )
    return msgspec.structs.replace(evidence, passages=fresh) if fresh else evidence


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


def _indexed(query: str, retriever: Retriever, scope: Sequence[str], without: Sequence[str]) -> Evidence:
    found = retriever.passages(query, scope, PASSAGES, without=without)
    return Evidence(
        found.passages, found.matching, found.searched, found.waiting, found.by_meaning, unread=found.unread,
        filters=found.filters, words=found.words, certain=found.certain, said=found.said,
        asked=found.asked, corrections=found.corrections, weight=found.weight,
    )  # fmt: skip


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
            sender=chunk.sender,
            sent_at=chunk.dated,
            dated=chunk.dated,
        )
        for chunk in document.chunks
    ]
