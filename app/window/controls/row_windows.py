"""The rows of a long list, fetched in stretches as they are looked at: nothing is asked for that nobody sees."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

T = TypeVar("T")

STRETCH = 100  # rows asked for at once
KEPT = 20  # stretches; those that were looked at longest ago are let go
UNDER_WAY = 2  # at a time
SETTLE_MS = 20  # that a view gets to say what it sees: of what it only flies past, nothing is asked for

Done = Callable[[Sequence[T] | None], None]
Fetch = Callable[[int, int, Done[T]], None]


class _Signals(QObject):
    """Qt's signals cannot be declared in a generic class."""

    arrived = Signal(int, int)


class RowWindows(Generic[T]):
    """Rows by number, as far as they are here.

    fetch(first, count, done): asks for rows and later calls `done` with them, in the window's thread; with None where
    none could be had, and they are asked for again when they are looked at again.
    arrived(first, last): these rows are here now. fetched: how many rows have come in all.
    """

    def __init__(self, fetch: Fetch[T], parent: QObject) -> None:
        self._fetch = fetch
        self._signals = _Signals(parent)
        self.arrived = self._signals.arrived
        self.fetched = 0
        self._kept: OrderedDict[int, Sequence[T]] = OrderedDict()
        self._stale: set[int] = set()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0
        self._settle = QTimer(self._signals, interval=SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._ask)

    def row(self, number: int) -> T | None:
        """A row, or None until it has come; having been asked for, it will."""
        stretch, place = divmod(number, STRETCH)
        held = self._kept.get(stretch)
        if held is None or stretch in self._stale:
            self._want(stretch)
        if held is None or place >= len(held):
            return None
        self._kept.move_to_end(stretch)
        return held[place]

    def held(self) -> list[tuple[int, T]]:
        """The rows that are here, with their numbers."""
        return [
            (stretch * STRETCH + place, row)
            for stretch, rows in sorted(self._kept.items())
            for place, row in enumerate(rows)
        ]

    def clear(self) -> None:
        """Forget all rows: another list is shown."""
        self._generation += 1
        self._kept.clear()
        self._stale.clear()
        self._wanted.clear()
        self._asked.clear()

    def renew(self) -> None:
        """The list has changed: rows that are here stay until the new ones have come, and are asked for when seen."""
        self._generation += 1
        self._asked.clear()
        self._stale = set(self._kept)

    def put(self, first: int, rows: Sequence[T]) -> None:
        """Rows that came another way; `first` begins a stretch."""
        self._take(first // STRETCH, rows)

    def _want(self, stretch: int) -> None:
        self._wanted[stretch] = None
        self._wanted.move_to_end(stretch)
        if stretch not in self._asked and not self._settle.isActive():
            self._settle.start()

    def _ask(self) -> None:
        """Ask for what was looked at last; what was flown past before is not wanted any more."""
        latest = list(self._wanted)[-UNDER_WAY:]
        self._wanted.clear()
        for stretch in latest:
            if len(self._asked) >= UNDER_WAY:
                self._wanted[stretch] = None
            elif stretch not in self._asked:
                self._asked.add(stretch)
                generation = self._generation
                self._fetch(
                    stretch * STRETCH,
                    STRETCH,
                    lambda rows, at=stretch, asked=generation: self._on_rows(asked, at, rows),  # type: ignore[misc]
                )

    def _on_rows(self, generation: int, stretch: int, rows: Sequence[T] | None) -> None:
        if generation != self._generation:
            return
        self._asked.discard(stretch)
        if rows is not None:
            self._take(stretch, rows)
        if self._wanted:
            self._settle.start()

    def _take(self, stretch: int, rows: Sequence[T]) -> None:
        self.fetched += len(rows)
        self._kept[stretch] = rows
        self._kept.move_to_end(stretch)
        self._stale.discard(stretch)
        self._wanted.pop(stretch, None)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if rows:
            self.arrived.emit(stretch * STRETCH, stretch * STRETCH + len(rows) - 1)
