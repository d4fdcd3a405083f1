"""How much of what a question's words tell stands in the files found: rare words tell much, common ones little."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from app.base.values import ChunkId, FileId
from app.library.fusion import Ranked
from app.store.held_words import chunks_holding
from app.store.index import IndexStore
from app.store.query_words import QueryWords

EACH = 3
RARE = 3
COMMON = 2000
"""A word in more chunks than this is taken to stand wherever words matched: to look where costs more than it tells."""


class Weighed:
    """The words of a question, weighed, and what of them the best files hold."""

    def __init__(
        self, index: IndexStore, words: QueryWords, files: Sequence[Ranked], *, without: Collection[str] = ()
    ) -> None:
        """files: best first; of each the best few chunks are looked at. without: plain words that do not count."""
        self.words = tuple(word for word in words.words if word.text not in without)
        self._weights = [math.log1p(words.total / max(word.chunks, 0.5)) for word in self.words]
        self._whole = sum(self._weights)
        self._chunks = {file.file_id: file.chunks[:EACH] for file in files}
        self._index = index

    @cached_property
    def _holders(self) -> list[Collection[ChunkId]]:
        """Of each word, the chunks that hold it; looked up when first wanted, which most searches never do."""
        wanted = [chunk for chunks in self._chunks.values() for chunk in chunks]
        return [
            [] if not word.chunks or not wanted
            else frozenset(wanted) if word.chunks > COMMON
            else chunks_holding(self._index, word, wanted)
            for word in self.words
        ]  # fmt: skip

    def held(self, file_id: FileId) -> frozenset[int]:
        """The numbers of the words that a file holds, as far as it was looked at."""
        chunks = self._chunks.get(file_id, ())
        return frozenset(
            number for number, holders in enumerate(self._holders) if any(chunk in holders for chunk in chunks)
        )

    def held_by_chunk(self, chunk: ChunkId) -> frozenset[int]:
        """The same of a chunk that was looked at."""
        return frozenset(number for number, holders in enumerate(self._holders) if chunk in holders)

    def share(self, held: Collection[int]) -> float:
        """How much of the whole these words tell: 0 to 1."""
        return sum(self._weights[number] for number in held) / self._whole if self._whole else 0.0

    def shares(self) -> Mapping[FileId, float]:
        """The share of every file that was looked at."""
        return {file_id: self.share(self.held(file_id)) for file_id in self._chunks}

    def holds_the_rarest(self, held: Collection[int]) -> bool:
        """Whether the rarest word that stands in a chunk is among these, and stands in few."""
        present = [(word.chunks, number) for number, word in enumerate(self.words) if word.chunks]
        chunks, number = min(present, default=(0, -1))
        return number in held and chunks <= RARE

    def names(self, held: Collection[int]) -> bool:
        """Whether the word that tells most is among these, wherever it stands: in a name alone, too."""
        return bool(self._weights) and self._weights.index(max(self._weights)) in held
