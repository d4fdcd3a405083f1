"""Spreadsheets in the pane: header and numbers, cited rows, and no row fetched that nobody sees."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.base.preview import Column, Grid, Preview, Rows
from app.window.controls.theme import LIGHT, ThemeSource
from app.window.source.grid_model import letters
from app.window.source.preview_pane import PreviewPane
from tests.support.answers import citation


def _grid(rows: int, marked: tuple[tuple[int, int], ...] = (), **more: object) -> Preview:
    columns = (Column(name="Client", letters=12), Column(name="Amount", letters=6, numeric=True))
    view = Grid(columns=columns, rows=rows, first_number=2, marked=marked, name="Sales")
    return msgspec.structs.replace(
        Preview(view=view, match="exact", unit="sheet", number=2, count=3, has_text=True), **more
    )


class Shelf:
    """Rows that are handed out when they are asked for."""

    def __init__(self, rows: int) -> None:
        self.all = [(f"Client {number}", f"{number * 10}") for number in range(rows)]
        self.asked: list[tuple[int, int]] = []

    def fetch(self, _: Preview, first: int, count: int, done: Callable[[Rows | None], None]) -> None:
        self.asked.append((first, count))
        QTimer.singleShot(0, lambda: done(Rows(first=first, rows=tuple(self.all[first : first + count]))))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(10_000)


@pytest.fixture
def sheet_pane(shelf: Shelf, themes: ThemeSource, qtbot: QtBot) -> PreviewPane:
    made = PreviewPane(LIGHT, shelf.fetch)
    qtbot.addWidget(made)
    made.resize(500, 800)
    with qtbot.waitExposed(made):
        made.show()
    return made


def _cell(pane: PreviewPane, row: int, column: int) -> str:
    return str(pane.body.grid.rows.index(row, column).data())


def test_sheet_shows_its_header_its_numbers_and_the_cited_rows_marked(
    sheet_pane: PreviewPane, shelf: Shelf, qtbot: QtBot
) -> None:
    sheet_pane.show_citation(citation(1, "/srv/a.xlsx", 2, kind="sheet"))
    sheet_pane.set_preview(_grid(10_000, ((7_000, 7_002),)))
    grid = sheet_pane.body.grid
    assert grid.isVisible()
    assert sheet_pane.tools.where.full_text == "Sales · sheet 2 of 3"
    assert sheet_pane.foot.badge.text() == "Exact match on this sheet"
    qtbot.waitUntil(lambda: _cell(sheet_pane, 7_000, 0) == "Client 7000")
    assert grid.rowAt(0) < 7_000 < grid.rowAt(grid.viewport().height() - 1)
    names = [grid.rows.headerData(n, Qt.Orientation.Horizontal) for n in (0, 1)]
    assert names == ["Client", "Amount"]
    assert grid.rows.headerData(7_000, Qt.Orientation.Vertical) == "7002"
    grounds = [grid.rows.index(row, 0).data(Qt.ItemDataRole.BackgroundRole) for row in range(6_999, 7_003)]
    assert grounds == [None, QColor(LIGHT.mark), QColor(LIGHT.mark), None]


def test_rows_that_nobody_sees_are_not_fetched(sheet_pane: PreviewPane, shelf: Shelf, qtbot: QtBot) -> None:
    sheet_pane.show_citation(citation(1, "/srv/a.xlsx", 2, kind="sheet"))
    sheet_pane.set_preview(_grid(10_000))
    qtbot.waitUntil(lambda: _cell(sheet_pane, 0, 0) == "Client 0")
    assert shelf.asked == [(0, 100)]
    bar = sheet_pane.body.grid.verticalScrollBar()
    for share in range(1, 101):  # dragged to the end in one go
        bar.setValue(bar.maximum() * share // 100)
        sheet_pane.body.grid.viewport().repaint()
    qtbot.waitUntil(lambda: _cell(sheet_pane, 9_999, 1) == "99990")
    assert sum(count for _, count in shelf.asked) <= 600


def test_rows_asked_for_of_another_sheet_come_too_late(sheet_pane: PreviewPane, qtbot: QtBot) -> None:
    late: list[Callable[[Rows | None], None]] = []
    sheet_pane.body.grid.rows._fetch = lambda *asked: late.append(asked[3])
    sheet_pane.show_citation(citation(1, "/srv/a.xlsx", 2, kind="sheet"))
    sheet_pane.set_preview(_grid(300))
    qtbot.waitUntil(lambda: len(late) == 1)
    sheet_pane.set_preview(_grid(200))
    late[0](Rows(first=0, rows=(("old", "1"),)))
    assert _cell(sheet_pane, 0, 0) == ""


def test_rows_that_could_not_be_had_are_asked_for_again(sheet_pane: PreviewPane, shelf: Shelf, qtbot: QtBot) -> None:
    answers: list[Callable[[Rows | None], None]] = []
    sheet_pane.body.grid.rows._fetch = lambda *asked: answers.append(asked[3])
    sheet_pane.show_citation(citation(1, "/srv/a.xlsx", 2, kind="sheet"))
    sheet_pane.set_preview(_grid(300))
    qtbot.waitUntil(lambda: len(answers) == 1)
    answers[0](None)
    sheet_pane.body.grid.viewport().update()
    qtbot.waitUntil(lambda: len(answers) == 2)
    answers[1](Rows(first=0, rows=tuple(shelf.all[:100])))
    assert _cell(sheet_pane, 0, 0) == "Client 0"


def test_chosen_cells_are_copied_as_a_table(sheet_pane: PreviewPane, qtbot: QtBot) -> None:
    sheet_pane.show_citation(citation(1, "/srv/a.xlsx", 2, kind="sheet"))
    sheet_pane.set_preview(_grid(10))
    grid = sheet_pane.body.grid
    qtbot.waitUntil(lambda: _cell(sheet_pane, 0, 0) == "Client 0")
    for row, column in ((1, 0), (1, 1), (2, 0)):
        grid.selectionModel().select(grid.rows.index(row, column), QItemSelectionModel.SelectionFlag.Select)
    QTest.keyClick(grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "Client 1\t10\nClient 2"


def test_columns_without_names_have_letters() -> None:
    assert [letters(column) for column in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip
