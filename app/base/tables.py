"""Tables of files, questions about them, and what came of these; as values and calls."""

from __future__ import annotations

from typing import Literal

from app.base.calls import Call
from app.base.values import ConversationId, Value

MOST_ROWS = 200
"""Rows of a result that are given; how many there are is told."""

ROW = "_row"
"""The column of every table that holds the number of the row as the person's own program shows it."""

ColumnKind = Literal["number", "date", "time stamp", "text"]
Measure = Literal["count", "sum", "average", "smallest", "largest"]
Operator = Literal["is", "is not", "contains", "above", "below", "from", "to", "empty", "not empty"]


class TableColumn(Value, frozen=True, kw_only=True):
    """A column. name: as SQL calls it. title: as the file does. unit: that its figures share, "" if none.

    odd: numbers of rows (the first few) whose cell is not of this kind, so that it counts as empty; odds: how many.
    doubt: what of its figures could be meant otherwise, and how they are taken; "" if nothing is.
    """

    name: str
    title: str
    kind: ColumnKind
    unit: str = ""
    odd: tuple[int, ...] = ()
    odds: int = 0
    doubt: str = ""


class TableInfo(Value, frozen=True, kw_only=True):
    """A table. name: as SQL calls it. sheet: its name in the file, "" of a file of values. number: of the sheet.

    rows: how many there are. totals: rows that hold sums of others, which are left out. samples: its first rows.
    """

    name: str
    sheet: str
    number: int
    rows: int
    columns: tuple[TableColumn, ...]
    totals: tuple[int, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()


class Trace(Value, frozen=True, kw_only=True):
    """From which rows of a sheet a row of a result comes. rows: the first of them; total: how many.

    whole: it could not be told; what stands in the result may come from any row, or from none.
    """

    number: int
    rows: tuple[int, ...]
    total: int
    whole: bool = False


class TableResult(Value, frozen=True, kw_only=True):
    """What a query gave. tables: of the file. sql: as it was run, "" if none was. total: rows of the result.

    rows: the first of them, cells as text, None where there is nothing. traces: for each of these.
    """

    tables: tuple[TableInfo, ...]
    sha256: str = ""
    sql: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    traces: tuple[tuple[Trace, ...], ...] = ()
    total: int = 0


class Condition(Value, frozen=True, kw_only=True):
    """What must hold of a column. value: as a person writes it."""

    column: str
    operator: Operator
    value: str = ""


class TableForm(Value, frozen=True, kw_only=True):
    """A question of the form. table, column, group: by their names in SQL; column "" where rows are counted."""

    table: str
    measure: Measure
    column: str = ""
    conditions: tuple[Condition, ...] = ()
    group: str = ""


class AskTable(Call[TableResult]):
    """Ask a spreadsheet or file of values. Neither sql nor form: what tables it has.

    conversation: the one whose attachments may be asked, too. Problem file.*, table.none, table.sql, table.slow,
    table.form.
    """

    path: str
    sql: str = ""
    form: TableForm | None = None
    conversation: ConversationId | None = None
