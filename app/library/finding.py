"""Finding, honest about itself: limits that a question sets, what is certain, what is alike, what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import PurePath

import msgspec

from app.base.values import ChunkId, Filter
from app.language.question.question import Question, understand
from app.language.question.tokens import words_in
from app.library.fusion import Ranked
from app.library.known_names import KnownNames
from app.library.limits import scope_of
from app.library.ordering import Gathered, Gathering, by_date
from app.library.search import QUERY_CHARS, Meaning, Ranking, rank
from app.library.weighing import EACH, Weighed
from app.store.held_words import files_by_date
from app.store.index import IndexedPassage, IndexStore
from app.store.lexical import count_waiting, passages
from app.store.query_words import query_words
from app.store.scope import Scope
from app.store.unread import UnreadFile, unread_named

JUDGED = 30
SPARE = 5
"""Files that are read beyond those wanted, before it is known which of them say the same."""
LISTED = 200
SURE_WORDS = 0.35
SURE_MEANING = 0.4
"""Something is certain where a file holds so much of what the question's words tell, or the rarest of them, or where
its meaning is so near: of the 400 questions of xquad-en 80 of 100 have their own paragraph above it, none of them comes
so near to notes about something else (99 of 100 stay below 0.34), and no word that stands nowhere does."""
_UNREAD = 0.5
"""Of what the words tell: a name that holds so much of it is what was asked for."""
_SHORTEST = 3
_MOST_MISSING = 4


class UnreadHit(msgspec.Struct, frozen=True):
    """A file without text whose name says what was asked for. share: of what the words tell, 0 to 1."""

    file: UnreadFile
    share: float


class Finding(msgspec.Struct, frozen=True):
    """What a question finds.

    question: as it was understood in the end. files: best first, at most as many as wanted. shares: of what the words
    tell, for each, where there are unread ones. unread: files without text that were meant, best first. certain:
    whether something holds what was asked or comes near it; else the files are merely the nearest. filters: those that
    held. notes: sentences on what was not done as it was asked. missing: that of them which says what stands in no
    file, or "".
    """

    question: Question
    files: tuple[Gathered, ...]
    shares: tuple[float, ...]
    unread: tuple[UnreadHit, ...]
    certain: bool
    filters: tuple[Filter, ...]
    notes: tuple[str, ...]
    ranking: Ranking
    missing: str = ""

    @property
    def matching(self) -> int:
        """How many files match, those without text by their names."""
        return self.ranking.matching + len(self.unread)


class _Try(msgspec.Struct, frozen=True):
    """A question ranked within its own limits."""

    question: Question
    scope: Scope
    ranking: Ranking
    weighed: Weighed

    @property
    def certain(self) -> bool:
        """Whether a file holds what was asked; of a question that is all limits, whether there is one."""
        if not self.question.words:
            return bool(self.ranking.files)
        if max(self.ranking.similarity.values(), default=0.0) >= SURE_MEANING:
            return True
        held = [self.weighed.held(file.file_id) for file in self.ranking.files[:JUDGED]]
        return any(self.weighed.share(some) >= SURE_WORDS or self.weighed.holds_the_rarest(some) for some in held)


class Finder:
    """Finds in one index. Thread-safe."""

    def __init__(self, index: IndexStore, meaning: Meaning | None) -> None:
        self._index = index
        self._meaning = meaning
        self._names = KnownNames(index)

    def find(self, text: str, paths: Sequence[str], limit: int, *, today: date, without: Sequence[str] = ()) -> Finding:
        """What a question finds in some files and folders, [] for all. limit: files, those alike counted once.

        without: keys of filters that are not to be understood. Limits that plain words set are dropped, and that is
        said, where nothing certain is found with them.
        """
        text = text[:QUERY_CHARS]
        folders, senders = self._names.now()
        question = understand(text, today=today, folders=folders, senders=senders, without=without)
        notes = list(question.notes)
        tried = self._try(question, paths)
        if question.understood and not tried.certain:
            keys = [*without, *(one.key for one in question.understood)]
            wide = self._try(
                understand(text, today=today, folders=folders, senders=senders, without=keys), paths
            )  # fmt: skip
            if wide.certain or not tried.ranking.files:
                said = ", ".join(dict.fromkeys(one.label for one in question.understood))
                notes.append(f"Nothing was found with these limits, so they were left out: {said}.")
                tried = wide
        return self._finding(tried, notes, limit)

    def _try(self, question: Question, paths: Sequence[str]) -> _Try:
        scope = scope_of(question, paths)
        if question.words or not question.filters:
            ranking = rank(self._index, self._meaning, question.words, scope, sense=question.meaning)
        else:
            ranking = self._listed(question, scope)
        weighed = Weighed(self._index, ranking.words, ranking.files[:JUDGED], without=_of_filters(question))
        return _Try(question, scope, ranking, weighed)

    def _listed(self, question: Question, scope: Scope) -> Ranking:
        """What the limits hold, newest first."""
        oldest = any(one.value == "oldest" for one in question.of("order"))
        total, files = files_by_date(self._index, scope, LISTED, oldest=oldest)
        ranked = [
            Ranked(file_id, round(1 - number / (2 * len(files)), 6), tuple(chunks))
            for number, (file_id, chunks) in enumerate(files)
        ]
        waiting = count_waiting(self._index, scope)
        return Ranking(tuple(ranked), total, waiting, False, query_words(self._index, ""), {})

    def _finding(self, tried: _Try, notes: list[str], limit: int) -> Finding:
        question, ranking, weighed = tried.question, tried.ranking, tried.weighed
        files = list(ranking.files)
        filters = [one for one in question.filters if not one.ranks]
        ranking_filters = [one for one in question.filters if one.ranks]
        if ranking_filters and not question.words:
            filters += ranking_filters
        elif ranking_filters:
            read = self._read([chunk for file in files[:JUDGED] for chunk in file.chunks[:EACH]])
            files, applied = by_date(files, weighed, ranking.similarity, read, ranking_filters)
            filters += applied
        gathered = self._gathered(files, weighed, limit)
        unread = self._unread(tried, limit)
        shares = tuple(weighed.share(weighed.held(one.file.file_id)) for one in gathered) if unread else ()
        certain = tried.certain or bool(unread)
        missing = "" if certain else _missing(ranking, unread)
        if missing:
            notes.append(missing)
        return Finding(
            question=question, files=tuple(gathered), shares=shares, unread=unread,
            certain=certain, filters=tuple(sorted(filters, key=lambda one: (one.start, one.kind))),
            notes=tuple(notes), ranking=ranking, missing=missing,
        )  # fmt: skip

    def _gathered(self, files: Sequence[Ranked], weighed: Weighed, limit: int) -> list[Gathered]:
        gathering = Gathering(weighed, limit)
        step = limit + SPARE
        for at in range(0, len(files), step):
            read = self._read([file.chunks[0] for file in files[at : at + step]])
            for file in files[at : at + step]:
                if file.chunks[0] in read:  # else the file changed between two questions to SQLite
                    gathering.add(file, read[file.chunks[0]])
            if gathering.full:
                break
        return gathering.files

    def _unread(self, tried: _Try, limit: int) -> tuple[UnreadHit, ...]:
        """Files without text whose names hold what tells most, or all that the limits hold where there are no words."""
        question, weighed = tried.question, tried.weighed
        if not question.words:
            files = unread_named(self._index, [], tried.scope) if question.filters else []
            return tuple(UnreadHit(file, 1.0) for file in files if _may_be_meant(file, question))[:limit]
        words = [(n, word.text) for n, word in enumerate(weighed.words) if len(word.text) >= _SHORTEST]
        hits = []
        for file in unread_named(self._index, [text for _, text in words], tried.scope) if words else []:
            held = [words[number][0] for number in file.held]
            share = weighed.share(held)
            if (share >= _UNREAD or weighed.names(held)) and _may_be_meant(file, question):
                hits.append(UnreadHit(file, share))
        return tuple(sorted(hits, key=lambda hit: (-hit.share, hit.file.path))[:limit])

    def _read(self, chunks: Sequence[ChunkId]) -> dict[ChunkId, IndexedPassage]:
        return passages(self._index, chunks)


def _may_be_meant(file: UnreadFile, question: Question) -> bool:
    """Whether the name holds the phrases that were typed, and nothing that was left out."""
    name = f" {' '.join(words_in(PurePath(file.path).name))} "
    return all(_in_name(phrase, name) for phrase in question.phrases) and not any(
        _in_name(word, name) for word in question.without
    )


def _in_name(words: str, name: str) -> bool:
    return f" {' '.join(words_in(words))} " in name


def _of_filters(question: Question) -> frozenset[str]:
    """The plain words that say in what order or of what time, which no file need hold."""
    return frozenset(
        word for one in question.filters if one.ranks for word in words_in(question.text[one.start : one.end])
    )


def _missing(ranking: Ranking, unread: Sequence[UnreadHit]) -> str:
    """Which of the words stand in no file, as a sentence; "" if all stand somewhere, or a great many do not."""
    words = [word for word in ranking.words.missing if len(word) >= _SHORTEST]
    if not words or unread or len(words) > _MOST_MISSING:
        return ""
    said = [f"“{word}”" for word in words]
    named = " and ".join([", ".join(said[:-1]), said[-1]]) if said[1:] else said[0]
    return f"{named} {'stand' if said[1:] else 'stands'} in no file."
