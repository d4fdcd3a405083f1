"""Search by words and by meaning, fused (`fusion.py`): files best first."""

from __future__ import annotations

from typing import Protocol

import msgspec

from app.base.values import ChunkId, FileId, Weight
from app.base.worker_calls import Nearest
from app.library.fusion import Ranked, fuse
from app.library.words_weight import weigh
from app.store.index import IndexStore
from app.store.lexical import (
    chunks_of_texts,
    count_holding,
    count_waiting,
    match_words,
)  # fmt: skip
from app.store.query_words import QueryWords, query_words
from app.store.scope import Scope
from app.store.scope_ids import scope_ids

CHUNK_CANDIDATES = 300
QUERY_CHARS = 2000
NEAR = 0.35
NEAR_ALONE = 0.4
"""Cosines of the bundled embedder. Of 48 words that stand nowhere none comes nearer than 0.34 to any of 210
passages; of 600 questions 594 stay below that among notes about something else, while of the 400 questions of
xquad-en 380 have their own paragraph above it. Where no word was found at all, 0.40, which 40 of the 400 would
not reach."""


class Meaning(Protocol):
    """Asks the vectors worker."""

    def begin(self, text: str, limit: int, among: str | None) -> Waiting | None:
        """Start asking; None if vectors cannot be asked now. among: packed text ids to stay among; None for all."""
        ...


class Waiting(Protocol):
    """A question to the vectors worker under way."""

    def result(self) -> Nearest | None:
        """What is near; None if it came to nothing."""
        ...


class Ranking(msgspec.Struct, frozen=True):
    """Files best first, each of which holds one of the words or is near in meaning: what is merely nearest is no match.

    matching: how many such files there are. by_meaning: vectors took part.

    words: the query's, as the index knows them. similarity: cosine to the query of the chunks that vectors found.
    weight: of words against meaning; None where only one of them found something.
    """

    files: tuple[Ranked, ...]
    matching: int
    waiting: int
    by_meaning: bool
    words: QueryWords
    similarity: dict[ChunkId, float]
    weight: Weight | None = None


def rank(index: IndexStore, meaning: Meaning | None, query: str, scope: Scope, *, sense: str = "") -> Ranking:
    """The files that a question finds, by words and, where vectors are there, by meaning. sense: to embed instead."""
    query, sense = query[:QUERY_CHARS], (sense or query)[:QUERY_CHARS]
    among = scope_ids(index, scope)
    under_way = None
    if meaning is not None and sense.strip() and (among is None or among):
        under_way = meaning.begin(sense, CHUNK_CANDIDATES, None if among is None else among.texts)
    asked = query_words(index, query)
    matches = match_words(index, asked, scope, CHUNK_CANDIDATES)
    by_words = {match.chunk_id: (match.file_id, match.score) for match in matches}
    holding = count_holding(index, asked, scope) if len(by_words) >= CHUNK_CANDIDATES else 0
    near = under_way.result() if under_way is not None else None
    by_meaning: dict[ChunkId, tuple[FileId, float]] = {}
    if near is not None and near.texts:
        holders = chunks_of_texts(index, [text_id for text_id, _ in near.texts], scope)
        for text_id, cosine in near.texts:
            for chunk_id, file_id in holders.get(text_id, ()):
                by_meaning[chunk_id] = (file_id, cosine)
    weight = weigh(by_words, by_meaning, near.letters_a_token) if near and by_words and by_meaning else None
    unembedded = {match.chunk_id for match in matches if not match.embedded}
    near_enough = NEAR if by_words else NEAR_ALONE
    files = [
        file
        for file in fuse(by_words, by_meaning, weight.words if weight else 0.5, unembedded)
        if any(chunk in by_words or by_meaning[chunk][1] >= near_enough for chunk in file.chunks)
    ]
    similarity = {chunk_id: cosine for chunk_id, (_, cosine) in by_meaning.items()}
    return Ranking(
        tuple(files), max(holding, len(files)), count_waiting(index, scope), near is not None, asked, similarity, weight
    )
