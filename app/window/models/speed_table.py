"""What a measurement gave: our rates beside those of llama.cpp's bare loop."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.base.chat import BenchReport
from app.base.wording import count
from app.window.controls.theme import SPACE
from app.window.controls.widgets import label

HEADS = ("Prompt", "Reads", "llama.cpp", "Writes", "llama.cpp")


class SpeedTable(QWidget):
    """The table; hidden as long as there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._report: BenchReport | None = None
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE[4])
        self._grid.setVerticalSpacing(SPACE[1])
        self._cells: list[QLabel] = []
        self.caption = label("", "caption", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addLayout(self._grid)
        column.addWidget(self.caption)
        self.hide()

    @property
    def rows(self) -> list[list[str]]:
        """What the table says, row by row, without its head."""
        texts = [cell.text() for cell in self._cells]
        return [texts[at : at + len(HEADS)] for at in range(len(HEADS), len(texts), len(HEADS))]

    def show_report(self, report: BenchReport | None) -> None:
        """Show a report, or nothing."""
        if report == self._report:
            return
        self._report = report
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self._cells = []
        self.setVisible(report is not None)
        if report is None:
            return
        self._add(0, HEADS, "caption")
        for number, line in enumerate(report.lines, 1):
            rates = (line.prefill, line.bare_prefill, line.decode, line.bare_decode)
            self._add(number, (f"{line.tokens:,}", *(f"{rate:,.1f}" for rate in rates)), "small")
        rounds = max((line.rounds for line in report.lines), default=0)
        where = "on the processor" if report.backend.lower() == "cpu" else f"on the graphics card ({report.backend})"
        self.caption.setText(
            f"In tokens a second (a token is about three quarters of a word), the middle of {count(rounds, 'round')}. "
            f"“llama.cpp” is its own bare loop. Measured {where}, {count(report.threads, 'thread')}."
        )

    def _add(self, row: int, texts: tuple[str, ...], kind: str) -> None:
        for column, text in enumerate(texts):
            cell = label(text, kind)
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            cell.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self._cells.append(cell)
            self._grid.addWidget(cell, row, column)
            cell.show()
