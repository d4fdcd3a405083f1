"""Below a grid: a small form that counts, sums and groups its rows. No model is needed for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.base.errors import Problem
from app.base.foreign_text import harmless_line
from app.base.tables import Condition, Measure, Operator, TableColumn, TableForm, TableInfo, TableResult, Trace
from app.base.wording import count
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import Choice, IconButton, announce, breaking_label, button, label, show_if

MOST_CONDITIONS = 4
_LINES, _AREA_HEIGHT = 40, 168
_MEASURES: dict[Measure, str] = {
    "count": "Count rows", "sum": "Sum of", "average": "Average of", "smallest": "Smallest", "largest": "Largest",
}  # fmt: skip
_BARE = ("empty", "not empty")


class TableBar(QFrame):
    """The form. asked(TableForm | None): what is to be computed; None for what tables there are.

    rows_shown(numbers): from these rows of the sheet a result comes.
    """

    asked = Signal(object)
    rows_shown = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._number = 0
        self._tables: tuple[TableInfo, ...] | None = None
        self._results: list[QWidget] = []
        self.setProperty("kind", "sunken")
        self.setAccessibleName("Compute with this sheet")
        self.toggle = button("Compute…", "link", self._on_toggled)
        self.measure = Choice("What is computed", theme)
        for value, text in _MEASURES.items():
            self.measure.addItem(text, value)
        self.column = Choice("Of which column", theme)
        self.group = Choice("For each", theme)
        self.conditions: list[_ConditionRow] = []
        self.more = button("Add a condition", "link", self._on_more)
        self.compute = button("Compute", "primary", self._on_compute)
        self.told = label("", "small", wrap=True, selectable=True)
        self.measure.currentIndexChanged.connect(self._show_columns)
        self._inside = QWidget()
        self._build()
        show_if(self._inside, False)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for choice in (self.measure, self.column, self.group):
            choice.set_theme(theme)
        for row in self.conditions:
            row.set_theme(theme)

    def show_sheet(self, number: int) -> None:
        """Another sheet is shown, or another file."""
        self._number, self._tables = number, None
        self._clear_results()
        self.told.setText("")
        if not self._inside.isHidden():
            self.asked.emit(None)

    def show_result(self, result: TableResult) -> None:
        """What was asked for has come."""
        if self._tables is None:
            self._tables = result.tables
            self._show_tables()
        if result.sql:
            self._show_rows(result)

    def show_problem(self, problem: Problem) -> None:
        """It could not be computed."""
        self._clear_results()
        self._tell(f"{problem.title} {problem.hint}".strip())

    @property
    def table(self) -> TableInfo | None:
        """The table of the sheet that is shown."""
        return next((one for one in self._tables or () if one.number == self._number), None)

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        first = FlowLayout(SPACE[2])
        first.addWidget(self.measure)
        first.addWidget(self.column)
        first.addWidget(self.group)
        self._where = QVBoxLayout()
        self._where.setSpacing(SPACE[1])
        last = QHBoxLayout()
        last.addWidget(self.more)
        last.addStretch(1)
        last.addWidget(self.compute)
        self._answers = QWidget()
        self._answer = QVBoxLayout(self._answers)
        self._answer.setContentsMargins(0, 0, SPACE[2], 0)
        self._answer.setSpacing(SPACE[1])
        self._answer.addStretch(1)
        self._area = QScrollArea()
        self._area.setProperty("kind", "bare")
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._answers)
        for each in (self._area.viewport(), self._answers):
            each.setAutoFillBackground(False)
        show_if(self._area, False)
        inside = QVBoxLayout(self._inside)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(SPACE[2])
        inside.addLayout(first)
        inside.addLayout(self._where)
        inside.addLayout(last)
        inside.addWidget(self._area)
        inside.addWidget(self.told)
        box = QVBoxLayout(self)
        box.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        box.setSpacing(SPACE[2])
        box.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self._inside)

    def _on_toggled(self) -> None:
        opened = self._inside.isHidden()
        show_if(self._inside, opened)
        self.toggle.setText("Close" if opened else "Compute…")
        if opened and self._tables is None:
            self.asked.emit(None)

    def _show_tables(self) -> None:
        table = self.table
        for row in self.conditions:
            self._where.removeWidget(row)
            row.deleteLater()
        self.conditions = []
        for part in (self.measure, self.column, self.group, self.more, self.compute):
            part.setEnabled(table is not None)
        self.group.clear()
        self.group.addItem("all together", "")
        if table is None:
            self._tell("This sheet has no table that can be computed with.")
            return
        for column in table.columns:
            self.group.addItem(f"for each {_title(column)}", column.name)
        self._show_columns()
        self._tell(_left_out(table))

    def _show_columns(self) -> None:
        measure, table = self.measure.currentData(), self.table
        show_if(self.column, measure != "count")
        chosen = self.column.currentData()
        self.column.clear()
        figures = measure in ("sum", "average")
        for column in table.columns if table is not None else ():
            if column.kind == "number" or not figures:
                self.column.addItem(_title(column), column.name)
        self.column.setCurrentIndex(max(self.column.findData(chosen), 0))

    def _on_more(self) -> None:
        table = self.table
        if table is None or len(self.conditions) >= MOST_CONDITIONS:
            return
        row = _ConditionRow(table.columns, self._theme)
        row.removed.connect(lambda: self._remove(row))
        row.entered.connect(self._on_compute)
        self.conditions.append(row)
        self._where.addWidget(row)
        row.show()
        row.value.setFocus()
        show_if(self.more, len(self.conditions) < MOST_CONDITIONS)

    def _remove(self, row: _ConditionRow) -> None:
        self.conditions.remove(row)
        self._where.removeWidget(row)
        row.deleteLater()
        show_if(self.more, True)

    # ---- what it computes -------------------------------------------------------------------------------------------

    def _on_compute(self) -> None:
        table = self.table
        if table is None:
            return
        measure: Measure = self.measure.currentData()
        self._clear_results()
        self._tell("Computing…")
        self.asked.emit(
            TableForm(
                table=table.name, measure=measure, column="" if measure == "count" else self.column.currentData() or "",
                conditions=tuple(row.condition() for row in self.conditions), group=self.group.currentData() or "",
            )
        )  # fmt: skip

    def _show_rows(self, result: TableResult) -> None:
        self._clear_results()
        table = self.table
        unit = ""
        if table is not None and self.measure.currentData() != "count":
            unit = next((one.unit for one in table.columns if one.name == self.column.currentData()), "")
        for row, traces in zip(result.rows[:_LINES], result.traces, strict=False):
            self._add_result(_said(row, unit), traces)
        show_if(self._area, bool(self._results))
        self._area.setFixedHeight(min(self._answers.sizeHint().height() + 2, _AREA_HEIGHT))
        left = result.total - min(len(result.rows), _LINES)
        more = f"{count(left, 'more line')} not shown. " if left > 0 else ""
        self._tell(f"{more}{_left_out(table) if table is not None else ''}")
        if len(result.rows) == 1 and result.traces:
            self.rows_shown.emit(_numbers(result.traces[0]))

    def _add_result(self, said: str, traces: Sequence[Trace]) -> None:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[3])
        row.addWidget(breaking_label(harmless_line(said), "strong", selectable=True), 1)
        total = sum(trace.total for trace in traces)
        shown = button(f"from {count(total, 'row')}", "link", lambda: self.rows_shown.emit(_numbers(traces)))
        shown.setAccessibleName(f"{harmless_line(said)}, from {count(total, 'row')}: show them")
        row.addWidget(shown)
        self._results.append(made)
        self._answer.insertWidget(len(self._results) - 1, made)
        made.show()

    def _clear_results(self) -> None:
        for made in self._results:
            self._answer.removeWidget(made)
            made.hide()
            made.deleteLater()
        self._results = []
        show_if(self._area, False)

    def _tell(self, text: str) -> None:
        self.told.setText(text)
        show_if(self.told, bool(text))
        if text:
            announce(self.told, text)


class _ConditionRow(QWidget):
    """“where client is Café Fuchs”. removed(). entered(): the person has typed it to its end."""

    removed = Signal()
    entered = Signal()

    def __init__(self, columns: Sequence[TableColumn], theme: Theme) -> None:
        super().__init__()
        self.column = Choice("Where", theme)
        for column in columns:
            self.column.addItem(_title(column), column.name)
        self.operator = Choice("How it is compared", theme)
        for one in get_args(Operator):
            self.operator.addItem(one, one)
        self.value = QLineEdit()
        self.value.setAccessibleName("What it is compared with")
        self.value.returnPressed.connect(self.entered)
        self.remove = IconButton("x", "Remove this condition", theme)
        self.remove.clicked.connect(self.removed)
        self.operator.currentIndexChanged.connect(lambda: show_if(self.value, self.operator.currentData() not in _BARE))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[2])
        row.addWidget(self.column)
        row.addWidget(self.operator)
        row.addWidget(self.value, 1)
        row.addWidget(self.remove)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for each in (self.column, self.operator, self.remove):
            each.set_theme(theme)

    def condition(self) -> Condition:
        """What it says."""
        return Condition(
            column=self.column.currentData(), operator=self.operator.currentData(), value=self.value.text()
        )


def _title(column: TableColumn) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    return harmless_line(f"{column.title or column.name}{unit}")


def _said(row: Sequence[str | None], unit: str) -> str:
    """A line of a result: "Café Fuchs: 1,314.50 €"."""
    *groups, figure = row
    shown = "nothing" if figure is None else _figure(figure)
    said = f"{shown} {unit}".rstrip() if figure is not None else shown
    return f"{', '.join('(empty)' if one is None else one for one in groups)}: {said}" if groups else said


def _figure(text: str) -> str:
    """A figure with its thousands parted; anything else as it is."""
    whole, point, rest = text.partition(".")
    digits = whole.removeprefix("-")
    if not digits.isdecimal() or (rest and not rest.isdecimal()):
        return text
    return f"{'-' if whole.startswith('-') else ''}{int(digits):,}{point}{rest}"


def _numbers(traces: Sequence[Trace]) -> tuple[int, ...]:
    return tuple(row for trace in traces for row in trace.rows)


def _left_out(table: TableInfo) -> str:
    """What of a table does not count, as sentences."""
    said = []
    if table.totals:
        rows = ", ".join(map(str, table.totals))
        one = len(table.totals) == 1
        said.append(f"Row {rows} sums up others and is left out." if one else f"Rows {rows} sum up others: left out.")
    for column in table.columns:
        if column.odds:
            rows = ", ".join(map(str, column.odd))
            cells = count(column.odds, "cell")
            said.append(f"No {column.kind}, and so not counted: {cells} of {_title(column)}, row {rows}.")
        if column.doubt:
            said.append(f"{_title(column)}: {column.doubt}.")
    return " ".join(said)
