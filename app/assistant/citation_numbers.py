"""The numbers of passages: one that the model knows over a whole conversation, one that a person sees in each answer.

What was sent is sent again as it was, so that the model's numbers go on from turn to turn. A person's begin at 1 in
every answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.assistant.ports import Passage
from app.base.values import Value


class Numbered(Value, frozen=True, kw_only=True):
    """A passage under the number that the model knows."""

    n: int
    passage: Passage


class CitationNumbers:
    """The passages that a turn may cite."""

    def __init__(self, older: Mapping[int, Passage]) -> None:
        """older: those that stand in the prompt from before, by the model's number."""
        self._known = dict(older)
        self._next = max(older, default=0) + 1
        self._shown: dict[int, int] = {}
        self.own: list[Numbered] = []

    @property
    def older(self) -> list[Numbered]:
        """The passages that stood in the prompt before."""
        own = {one.n for one in self.own}
        return [Numbered(n=n, passage=passage) for n, passage in self._known.items() if n not in own]

    @property
    def upcoming(self) -> int:
        """The number that the model will know the next passage by."""
        return self._next

    def add(self, passage: Passage) -> int:
        """Give a passage of this turn its numbers; returns the model's."""
        n = self._next
        self._next += 1
        self._known[n] = passage
        self.own.append(Numbered(n=n, passage=passage))
        self._shown[n] = len(self._shown) + 1
        return n

    def shown(self, n: int) -> int | None:
        """The number that a person sees for the model's `n`; an older passage gets the next free one. None: unknown."""
        if n in self._known and n not in self._shown:
            self._shown[n] = len(self._shown) + 1
        return self._shown.get(n)

    def find(self, passage: Passage) -> int | None:
        """The model's number of a stretch that it has before it already."""
        for n, known in self._known.items():
            if (known.path, known.sha256, known.place.start) == (passage.path, passage.sha256, passage.place.start):
                return n if len(known.text) >= len(passage.text) else None
        return None

    @property
    def unshown(self) -> dict[int, Passage]:
        """The older passages that the answer has not cited, by the model's number."""
        return {n: passage for n, passage in self._known.items() if n not in self._shown}

    @property
    def paths(self) -> Iterable[str]:
        """The files that the model has seen something of."""
        return dict.fromkeys(passage.path for passage in self._known.values())

    @property
    def answer(self) -> dict[int, Passage]:
        """This turn's passages, and the older ones that it cited, by the person's number."""
        return {shown: self._known[n] for n, shown in self._shown.items()}
