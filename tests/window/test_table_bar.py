"""The form below a grid: counting, summing and grouping rows without a model; the rows of a result are marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.base.errors import Problem
from app.base.preview import Column, Grid, Lines, Preview
from app.base.tables import Condition, TableColumn, TableForm, TableInfo, TableResult, Trace
from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.source.preview_pane import PreviewPane
from app.window.source.shown_file import ShownFile
from app.window.source.table_bar import MOST_CONDITIONS, TableBar
from tests.support.hands import press, write

INFO = TableInfo(
    name="data", sheet="", number=1, rows=3, totals=(5,),
    columns=(
        TableColumn(name="client", title="Client", kind="text"),
        TableColumn(name="amount", title="Amount", kind="number", unit="€", odd=(7,), odds=1),
        TableColumn(name="date", title="Date", kind="date"),
    ),
)  # fmt: skip
GRID = Preview(view=Grid(columns=(Column(name="Client"), Column(name="Amount")), rows=30, first_number=2), unit="sheet")


@pytest.fixture
def pane(themes: ThemeSource, qtbot: QtBot) -> Iterator[PreviewPane]:
    """A pane that shows a sheet."""
    assert themes.theme is LIGHT
    made = PreviewPane(LIGHT)
    qtbot.addWidget(made)
    made.resize(500, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.show_subject(ShownFile("/docs/invoices.csv"))
    made.set_preview(GRID)
    yield made


@pytest.fixture
def asked(pane: PreviewPane) -> list[TableForm | None]:
    """What the form has asked for, its tables known already."""
    heard: list[TableForm | None] = []
    pane.table_asked.connect(heard.append)
    pane.table.toggle.click()
    assert heard == [None]
    pane.table.show_result(TableResult(tables=(INFO,)))
    heard.clear()
    return heard


def texts(bar: TableBar) -> list[str]:
    return [one.text().replace("\u200b", "") for one in bar.findChildren(QLabel) if one.isVisible() and one.text()]


def result(*rows: Sequence[str | None], traces: Sequence[Sequence[int]], total: int = 0) -> TableResult:
    return TableResult(
        tables=(INFO,), sql="SELECT", columns=("x",), rows=tuple(tuple(row) for row in rows), total=total or len(rows),
        traces=tuple((Trace(number=1, rows=tuple(one), total=len(one)),) for one in traces),
    )  # fmt: skip


def test_sum_under_conditions_is_asked_and_its_rows_are_marked(
    pane: PreviewPane, asked: list[TableForm | None]
) -> None:
    bar = pane.table
    bar.measure.setCurrentIndex(bar.measure.findData("sum"))
    assert [bar.column.itemText(n) for n in range(bar.column.count())] == ["Amount (€)"]
    bar.more.click()
    write(bar.conditions[0].value, "fuchs")
    press(bar.conditions[0].value, Qt.Key.Key_Return)
    assert asked == [
        TableForm(
            table="data", measure="sum", column="amount",
            conditions=(Condition(column="client", operator="is", value="fuchs"),),
        )
    ]  # fmt: skip
    assert "Computing…" in texts(bar)
    bar.show_result(result(["1314.50"], traces=[[2, 3]]))
    said = texts(bar)
    assert "1,314.50 €" in said
    assert "Row 5 sums up others and is left out. No number, and so not counted: 1 cell of Amount (€), row 7." in said
    assert pane.body.grid.rows.marked == {0, 1}


def test_groups_stand_below_each_other_and_each_shows_its_rows(
    pane: PreviewPane, asked: list[TableForm | None]
) -> None:
    bar = pane.table
    bar.group.setCurrentIndex(1)
    bar.compute.click()
    assert asked == [TableForm(table="data", measure="count", group="client")]
    bar.show_result(result(["Fuchs", "1234"], [None, "1"], traces=[[2, 3], [4]]))
    assert [one for one in texts(bar) if ":" in one][:2] == ["Fuchs: 1,234", "(empty): 1"]
    assert pane.body.grid.rows.marked == set()
    links = [one for one in bar.findChildren(QPushButton) if one.text().startswith("from ")]
    links[1].click()
    assert pane.body.grid.rows.marked == {2}
    bar.show_result(result(*[[f"Client {n}", "1"] for n in range(60)], traces=[[n + 2] for n in range(60)], total=90))
    assert any(one.startswith("50 more lines not shown.") for one in texts(bar))
    assert bar.height() < pane.height() / 2


def test_what_cannot_be_computed_says_why_and_the_form_stays(pane: PreviewPane, asked: list[TableForm | None]) -> None:
    bar = pane.table
    bar.compute.click()
    bar.show_problem(Problem("table.form", "“much” is no figure.", ""))
    assert "“much” is no figure." in texts(bar) and bar.compute.isEnabled()
    bar.show_result(result([None], traces=[[]]))
    assert "nothing" in texts(bar)
    assert len(asked) == 1


def test_conditions_come_and_go(pane: PreviewPane, asked: list[TableForm | None]) -> None:
    bar = pane.table
    for _ in range(MOST_CONDITIONS + 2):
        bar.more.click()
    assert len(bar.conditions) == MOST_CONDITIONS and not bar.more.isVisible()
    row = bar.conditions[0]
    row.operator.setCurrentIndex(row.operator.findData("empty"))
    assert not row.value.isVisible()
    bar.conditions[1].remove.click()
    assert len(bar.conditions) == MOST_CONDITIONS - 1 and bar.more.isVisible()
    bar.compute.click()
    sent = asked[0]
    assert sent is not None and sent.conditions[0] == Condition(column="client", operator="empty")
    pane.set_theme(DARK)


def test_form_is_there_for_sheets_alone_and_begins_anew_with_another(
    pane: PreviewPane, asked: list[TableForm | None]
) -> None:
    bar = pane.table
    bar.show_result(result(["5"], traces=[[2]]))
    pane.set_preview(Preview(view=GRID.view, unit="sheet", number=2, count=2))
    assert asked == [None] and "5" not in texts(bar)
    bar.show_result(TableResult(tables=(INFO,)))  # of sheet 1 alone
    assert not bar.compute.isEnabled()
    assert "This sheet has no table that can be computed with." in texts(bar)
    pane.set_preview(Preview(view=Lines(text="Words")))
    assert not bar.isVisible()
