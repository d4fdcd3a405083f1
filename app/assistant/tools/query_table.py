"""query_table: what a spreadsheet or file of values says, computed by SQL, with the rows that it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.passage_format import defused
from app.assistant.tools.read_file import file_name, plain_name
from app.assistant.tools.refusal import ToolFailed
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, spec_of
from app.base.errors import Problem
from app.base.tables import TableInfo, TableResult, Trace
from app.base.wording import count

_LISTED = 40
_CELL = 60


class QueryArguments(Arguments, frozen=True):
    """path: of a spreadsheet. sql: a SELECT in DuckDB's SQL, "" to be told which tables and columns there are."""

    path: Annotated[str, Meta(min_length=1, max_length=1000, description="A spreadsheet's or CSV's path, or its name.")]
    sql: Annotated[
        str, Meta(max_length=2000, description="One DuckDB SELECT; leave it out first, to see tables and columns.")
    ] = ""


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """What its tables are, or what the query gives. Raises ToolFailed, Problem."""
    given = parsed(arguments, QueryArguments)
    path = context.reach.file(given.path, context.seen())
    try:
        result = context.tables(path, given.sql)
    except Problem as problem:
        if not problem.code.startswith(("table.", "file.")):
            raise
        raise ToolFailed(f"{problem.title} {problem.hint}".strip()) from problem
    name = plain_name(path)
    if not result.sql:
        lines = [line for table in result.tables for line in described(table)]
        return Result(done=f"Looked at the tables of {name}", lines=[defused(line) for line in lines], source=path)
    lines = [f"SQL: {result.sql}", f"{count(result.total, 'row')} of {name}:", " | ".join(result.columns)]
    lines += [_line(row, traces, result) for row, traces in zip(result.rows[:_LISTED], result.traces, strict=False)]
    used = {trace.number for traces in result.traces for trace in traces}
    lines += [note for table in result.tables if table.number in used for note in left_out(table)]
    left = result.total - min(len(result.rows), _LISTED)
    return Result(
        done=f"Computed from {name}", lines=[defused(line).replace("\n", " ") for line in lines],
        after=f"… and {count(left, 'more row')}." if left > 0 else "", source=path,
        sure=not any(trace.whole for traces in result.traces for trace in traces),
    )  # fmt: skip


def described(table: TableInfo) -> list[str]:
    """A table as a model reads it, a line each."""
    columns = [f"{column.name} {column.kind}{f' in {column.unit}' if column.unit else ''}" for column in table.columns]
    sheet = f" (sheet “{table.sheet}”)" if table.sheet else ""
    lines = [f"Table {table.name}{sheet}, {count(table.rows, 'row')}: {', '.join(columns)}"]
    return [*lines, *(" | ".join(cell[:_CELL] for cell in row) for row in table.samples), *left_out(table)]


def left_out(table: TableInfo) -> list[str]:
    """What of a table does not count, or could be meant otherwise, a line each."""
    lines = []
    for column in table.columns:
        if column.odds:
            rows = ", ".join(map(str, column.odd))
            lines.append(f"In {column.name} {count(column.odds, 'cell')} are no {column.kind}: row {rows}.")
        if column.doubt:
            lines.append(f"In {column.name} {column.doubt}.")
    if table.totals:
        lines.append(f"Left out, because they sum up others: row {', '.join(map(str, table.totals))}.")
    return lines


def traced(traces: Sequence[Trace], result: TableResult) -> str:
    """From where a row of a result comes: "rows 3, 5 and 9 of Invoices"."""
    names = {table.number: table.sheet for table in result.tables}
    parts = []
    for trace in traces:
        of = f" of {names[trace.number]}" if names.get(trace.number) else ""
        if trace.whole:
            return "from which rows cannot be told"
        if trace.total == 1:
            parts.append(f"row {trace.rows[0]}{of}")
        else:
            shown = ", ".join(map(str, trace.rows[:12]))
            more = f" and {trace.total - 12} more" if trace.total > 12 else ""
            parts.append(f"rows {shown}{more}{of}" if trace.total else f"no row{of}")
    return "; ".join(parts)


def _line(row: Sequence[str | None], traces: Sequence[Trace], result: TableResult) -> str:
    cells = " | ".join("" if cell is None else cell[:_CELL] for cell in row)
    return f"{cells}  ({traced(traces, result)})"


TOOL = Tool(
    spec=spec_of(
        "query_table",
        "Count, sum, filter and group the rows of a spreadsheet or CSV by SQL. Each result names the rows it is from.",
        QueryArguments,
    ),
    effect="read",
    order=35,
    icon="file-spreadsheet",
    title=lambda arguments: f"Computing from {file_name(arguments)}",
    run=run,
)
