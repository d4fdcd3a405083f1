"""A table of a file as Qt's views want it: rows come from the engine as they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from typing_extensions import override

from app.base.foreign_text import harmless_line
from app.base.preview import Grid, Preview, Rows
from app.window.controls.row_windows import Done, RowWindows
from app.window.controls.theme import Theme
from app.window.controls.widgets import tip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
FetchRows = Callable[[Preview, int, int, Callable[[Rows | None], None]], None]
Role = Qt.ItemDataRole


class GridModel(QAbstractTableModel):
    """The rows of a grid. fetch: asks the engine for some of a preview's; see OpenPage.fetch_rows."""

    def __init__(self, fetch: FetchRows, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._fetch = fetch
        self._preview = Preview(view=Grid(columns=(), rows=0))
        self._grid = Grid(columns=(), rows=0)
        self._marked: set[int] = set()
        self.rows: RowWindows[tuple[str, ...]] = RowWindows(self._ask, self)
        self.rows.arrived.connect(self._on_arrived)

    def show(self, preview: Preview, grid: Grid) -> None:
        """Show another grid."""
        self.beginResetModel()
        self._preview, self._grid = preview, grid
        self._marked = {row for start, end in grid.marked for row in range(start, end)}
        self.rows.clear()
        self.endResetModel()

    def mark(self, rows: set[int]) -> None:
        """Mark these rows instead."""
        self._marked = {row for row in rows if 0 <= row < self._grid.rows}
        if self._grid.rows and self._grid.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(self._grid.rows - 1, len(self._grid.columns) - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, self._grid.rows - 1)

    @property
    def grid(self) -> Grid:
        """What is shown."""
        return self._grid

    @property
    def marked(self) -> set[int]:
        """The rows that the quote stands in."""
        return self._marked

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else self._grid.rows

    @override
    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._grid.columns)

    @override
    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role == Role.DisplayRole:
            return self._cell(index)
        if role == Role.ToolTipRole:
            return tip(self._cell(index))
        if role == Role.TextAlignmentRole:
            return self._side(index.column())
        if role == Role.BackgroundRole and index.row() in self._marked:
            return self.theme.color("mark")
        if role == Role.AccessibleTextRole:
            name = harmless_line(self._grid.columns[index.column()].name)
            cited = ", cited" if index.row() in self._marked else ""
            return f"{name}: {self._cell(index)}{cited}" if name else f"{self._cell(index)}{cited}"
        return None

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            if role == Role.DisplayRole:
                return f"{section + self._grid.first_number}"
            if role == Role.ForegroundRole and section in self._marked:
                return self.theme.color("accent")
            return None
        if role == Role.DisplayRole and section < len(self._grid.columns):
            return harmless_line(self._grid.columns[section].name) or ("" if self._named else letters(section))
        if role == Role.TextAlignmentRole and section < len(self._grid.columns):
            return self._side(section)
        return None

    @property
    def _named(self) -> bool:
        return any(column.name for column in self._grid.columns)

    def _side(self, column: int) -> Qt.AlignmentFlag:
        """Figures stand under each other."""
        figures = self._grid.columns[column].numeric
        return (Qt.AlignmentFlag.AlignRight if figures else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter

    def _cell(self, index: Index) -> str:
        row = self.rows.row(index.row())
        if row is None:
            return ""
        return harmless_line(row[index.column()]) if index.column() < len(row) else ""

    def _ask(self, first: int, count: int, done: Done[tuple[str, ...]]) -> None:
        def take(rows: Rows | None) -> None:
            done(rows.rows if rows is not None else None)

        self._fetch(self._preview, first, min(count, self._grid.rows - first), take)

    def _on_arrived(self, first: int, last: int) -> None:
        last = min(last, self._grid.rows - 1)
        if first <= last and self._grid.columns:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._grid.columns) - 1))


def letters(column: int) -> str:
    """A column's name in a spreadsheet: "A" to "Z", "AA", "AB"."""
    name = ""
    while column >= 0:
        name = chr(ord("A") + column % 26) + name
        column = column // 26 - 1
    return name
