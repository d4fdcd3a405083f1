"""A question of the form as SQL: what is measured, under which conditions, for which groups."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.errors import Problem
from app.base.tables import Condition, TableColumn, TableForm, TableInfo
from app.workers.extract.tables.columns import day_of, figure_of

_MEASURES = {"sum": "sum", "average": "avg", "smallest": "min", "largest": "max"}
_COMPARED = {"is": "=", "is not": "<>", "above": ">", "below": "<", "from": ">=", "to": "<="}


def as_sql(form: TableForm, tables: Sequence[TableInfo]) -> str:
    """The SELECT that a form means. Raises Problem table.form."""
    table = next((one for one in tables if one.name == form.table), None)
    if table is None:
        raise _wrong("There is no such table.")
    columns = {column.name: column for column in table.columns}
    where = " AND ".join(_condition(one, _column(columns, one.column)) for one in form.conditions)
    source = f'FROM "{table.name}"{f" WHERE {where}" if where else ""}'
    measured = "count(*)"
    if form.measure != "count":
        column = _column(columns, form.column)
        if form.measure in ("sum", "average") and column.kind != "number":
            raise _wrong(f"“{column.title or column.name}” holds no figures to be added up.")
        measured = f'{_MEASURES[form.measure]}("{column.name}")'
    if not form.group:
        return f'SELECT {measured} AS "{form.measure}" {source}'
    group = _column(columns, form.group).name
    return f'SELECT "{group}", {measured} AS "{form.measure}" {source} GROUP BY "{group}" ORDER BY "{group}" NULLS LAST'


def _condition(condition: Condition, column: TableColumn) -> str:
    name = f'"{column.name}"'
    if condition.operator in ("empty", "not empty"):
        return f"{name} IS {'' if condition.operator == 'empty' else 'NOT '}NULL"
    value = condition.value.strip()
    if not value:
        raise _wrong(f"Say what “{column.title or column.name}” is to be compared with.")
    if condition.operator == "contains":
        return f"contains(lower(CAST({name} AS VARCHAR)), lower({_text(value)}))"
    sign = _COMPARED[condition.operator]
    if column.kind == "text":
        compared = f"lower(trim({name})) {sign} lower({_text(value)})"
    elif column.kind == "number":
        figure = figure_of(value)
        if figure is None:
            raise _wrong(f"“{value}” is no figure.")
        compared = f"{name} {sign} {figure}"
    else:
        day = day_of(value)
        if day is None:
            raise _wrong(f"“{value}” is no day. Write it as 2024-03-31.")
        compared = f"CAST({name} AS DATE) {sign} DATE {_text(day[:10])}"
    return f"({compared} OR {name} IS NULL)" if condition.operator == "is not" else compared


def _column(columns: dict[str, TableColumn], name: str) -> TableColumn:
    if name not in columns:
        raise _wrong("There is no such column.")
    return columns[name]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _wrong(title: str) -> Problem:
    return Problem("table.form", title, "")
