"""A spreadsheet or a file of separated values: its header row stays in sight, the cited rows are marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView
from typing_extensions import override

from app.base.preview import Grid, Preview
from app.window.controls import theme as look
from app.window.controls.theme import SPACE, Theme
from app.window.source.grid_model import FetchRows, GridModel

_SMALLEST, _LARGEST = 9, 22
_NARROWEST, _WIDEST = 48, 280
_COPIED_CELLS = 100_000


class GridView(QTableView):
    """Shows a grid; what is chosen can be copied."""

    def __init__(self, fetch: FetchRows, theme: Theme) -> None:
        super().__init__()
        self.rows = GridModel(fetch, theme, self)
        self._size = look.TYPE["small"].px
        self._untouched = True
        self.setModel(self.rows)
        self.setProperty("kind", "grid")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(_NARROWEST)
        self.verticalHeader().setHighlightSections(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.verticalScrollBar().actionTriggered.connect(self._on_scrolled)
        self._show_size()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.rows.theme = theme
        self.viewport().update()

    def set_grid(self, preview: Preview, grid: Grid) -> None:
        """Show a grid, scrolled to its first marked row."""
        self.rows.show(preview, grid)
        self._untouched = True
        self._fit_columns()
        self._scroll_to_mark()

    def mark_rows(self, numbers: Sequence[int]) -> None:
        """Mark the rows that the sheet calls by these numbers, and show the first."""
        self.rows.mark({number - self.rows.grid.first_number for number in numbers})
        self._scroll_to_mark()

    def zoom_by(self, steps: int) -> None:
        """Larger (positive) or smaller letters; a marked row that is seen stays in sight."""
        first = min(self.rows.marked, default=-1)
        top, bottom = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        seen = first >= 0 and top <= first and (bottom < 0 or first <= bottom)
        self._size = min(max(self._size + steps, _SMALLEST), _LARGEST)
        self._show_size()
        self._fit_columns()
        if seen:
            self._scroll_to_mark()
        elif top >= 0:
            self.scrollTo(self.rows.index(top, 0), QAbstractItemView.ScrollHint.PositionAtTop)

    def zoom_to_default(self) -> None:
        """Letters of the usual size."""
        self.zoom_by(look.TYPE["small"].px - self._size)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.chosen_text())
        else:
            super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._untouched:
            self._scroll_to_mark()

    def chosen_text(self) -> str:
        """The chosen cells, parted by tabs and lines; of rows that were not seen yet nothing is known."""
        lines: dict[int, list[str]] = {}
        for index in sorted(self.selectedIndexes()[:_COPIED_CELLS], key=lambda each: (each.row(), each.column())):
            lines.setdefault(index.row(), []).append(str(index.data() or ""))
        return "\n".join("\t".join(cells) for cells in lines.values())

    # ---- inner

    def _show_size(self) -> None:
        font = QFont(look.font("small"))
        font.setPixelSize(self._size)
        self.setFont(font)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setFont(font)
        self.verticalHeader().setDefaultSectionSize(QFontMetrics(font).height() + SPACE[2])

    def _fit_columns(self) -> None:
        metrics = QFontMetrics(self.font())
        each = metrics.averageCharWidth()
        for number, column in enumerate(self.rows.grid.columns):
            named = metrics.horizontalAdvance(column.name) + SPACE[5]
            wanted = max(round(column.letters * each * 1.1) + SPACE[5], named)
            self.setColumnWidth(number, min(max(wanted, _NARROWEST), _WIDEST))
        digits = len(str(self.rows.grid.rows + self.rows.grid.first_number))
        self.verticalHeader().setFixedWidth(metrics.horizontalAdvance("0") * max(digits, 2) + SPACE[4])

    def _scroll_to_mark(self) -> None:
        first = min(self.rows.marked, default=0)
        if self.rows.rowCount() and self.rows.columnCount():
            self.scrollTo(self.rows.index(first, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
            self.horizontalScrollBar().setValue(0)

    def _on_scrolled(self) -> None:
        self._untouched = False
