"""Files in another order than by how well they match: the newest first, those of a time first, those alike as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from app.base.values import ChunkId, FileId, Filter
from app.library.alike import Wording
from app.library.fusion import Ranked
from app.library.limits import span_of
from app.library.weighing import Weighed
from app.store.index import IndexedPassage

AS_WELL = 0.95
"""Of the share of words that the best file holds: what holds as much matches as well, and is put in order by date."""
AS_NEAR = 0.05
_DAY_MS = 24 * 3600 * 1000


def by_date(
    files: Sequence[Ranked], weighed: Weighed, similarity: Mapping[ChunkId, float],
    read: Mapping[ChunkId, IndexedPassage], filters: Sequence[Filter],
) -> tuple[list[Ranked], list[Filter]]:  # fmt: skip
    """Files with those first that match as well as the best and are the newest, or of the time that was named.

    read: the passages of the first few chunks of each file. Returns the files, and the filters that made a difference.
    """
    shares = weighed.shares()
    best = max(shares.values(), default=0.0)
    if best > 0:
        group = [file for file in files if shares.get(file.file_id, 0.0) >= AS_WELL * best]
    else:
        nearest = max((_near(file, similarity) for file in files), default=0.0)
        group = [file for file in files if _near(file, similarity) >= nearest - AS_NEAR]
    if len(group) < 2:
        return list(files), []
    order = next((one.value for one in filters if one.kind == "order"), "")
    group = [_chunks_by_date(file, weighed, read, order) for file in group]
    days = {file.file_id: _dated(file, read) // _DAY_MS for file in group}
    applied: list[Filter] = []
    if order and len(set(days.values())) > 1:
        way = 1 if order == "oldest" else -1
        group.sort(key=lambda file: (not days[file.file_id], way * days[file.file_id]))
        applied += [one for one in filters if one.kind == "order"]
    spans = [one for one in filters if one.kind in ("after", "before")]
    after, before = span_of(spans)
    of_then = {file.file_id for file in group if _lies_in(_dated(file, read), after, before)} if spans else set()
    if of_then:
        group.sort(key=lambda file: file.file_id not in of_then)
        applied += spans
    if not applied:
        return list(files), []
    return _rescored(group, files), applied


def _rescored(group: Sequence[Ranked], files: Sequence[Ranked]) -> list[Ranked]:
    """The group in its order, then the others; scores fall."""
    top = max(file.score for file in group)
    first = [
        msgspec.structs.replace(file, score=round(top * (1 - number / (2 * len(group))), 6))
        for number, file in enumerate(group)
    ]
    inside = {file.file_id for file in group}
    rest = [
        msgspec.structs.replace(file, score=min(file.score, round(top / 2, 6)))
        for file in files
        if file.file_id not in inside
    ]
    return [*first, *rest]


def _chunks_by_date(file: Ranked, weighed: Weighed, read: Mapping[ChunkId, IndexedPassage], order: str) -> Ranked:
    """A file's chunks with the newest first of those that hold as much as its best: of a mailbox, the newest mail."""
    judged = [chunk for chunk in file.chunks if chunk in read]
    if not order or len({read[chunk].dated for chunk in judged}) < 2:
        return file
    shares = {chunk: weighed.share(weighed.held_by_chunk(chunk)) for chunk in judged}
    best = max(shares.values())
    way = 1 if order == "oldest" else -1
    as_well = sorted(
        (chunk for chunk in judged if shares[chunk] >= AS_WELL * best), key=lambda chunk: way * read[chunk].dated
    )
    rest = [chunk for chunk in file.chunks if chunk not in as_well]
    return msgspec.structs.replace(file, chunks=(*as_well, *rest))


def _near(file: Ranked, similarity: Mapping[ChunkId, float]) -> float:
    return max((similarity.get(chunk, 0.0) for chunk in file.chunks), default=0.0)


def _dated(file: Ranked, read: Mapping[ChunkId, IndexedPassage]) -> int:
    passage = read.get(file.chunks[0])
    return passage.dated if passage is not None else 0


def _lies_in(moment: int, after: int, before: int) -> bool:
    return bool(moment) and moment >= after and (not before or moment < before)


class Gathered(msgspec.Struct, frozen=True):
    """A file, and the paths of those behind it that say the same."""

    file: Ranked
    passage: IndexedPassage
    alike: tuple[str, ...]


class Gathering:
    """Files one after another, those that say the same as an earlier one behind it."""

    def __init__(self, weighed: Weighed, limit: int) -> None:
        """limit: of files that are not behind another."""
        self._weighed = weighed
        self._limit = limit
        self._leaders: list[tuple[Ranked, IndexedPassage, Wording]] = []
        self._alike: dict[FileId, list[str]] = {}

    def add(self, file: Ranked, passage: IndexedPassage) -> None:
        """Take a file and its best passage; a file that comes when there are enough only joins those alike."""
        wording = Wording(passage.text, passage.path)
        for leader, _, said in self._leaders:
            if wording.says_the_same(said) and self._weighed.held(file.file_id) <= self._weighed.held(leader.file_id):
                self._alike.setdefault(leader.file_id, []).append(passage.path)
                return
        if not self.full:
            self._leaders.append((file, passage, wording))

    @property
    def full(self) -> bool:
        """Whether there are as many files as wanted."""
        return len(self._leaders) >= self._limit

    @property
    def files(self) -> list[Gathered]:
        """What was taken."""
        return [Gathered(file, passage, tuple(self._alike.get(file.file_id, ()))) for file, passage, _ in self._leaders]
