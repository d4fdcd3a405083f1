"""Computes over the tables of one file with DuckDB: in memory, without files, network or settings to change."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.base.errors import Problem
from app.base.tables import MOST_ROWS, ROW, TableColumn, TableInfo, TableResult, Trace
from app.workers.extract.tables.columns import Typed, typed
from app.workers.extract.tables.layout import Body, laid_out
from app.workers.extract.views.grid_view import Table

MOST_S = 8.0
MOST_COLUMNS = 200
MEMORY = "512MB"
_SAMPLES, _ODD, _TRACED = 3, 8, 50
_CELL = 500  # letters of a cell of a result
_TRACE = "_trace_"
_EVERY = "list(DISTINCT {})"
_MOST_SCALE = 10
_CONFIG = {
    "enable_external_access": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    "allow_community_extensions": "false", "memory_limit": MEMORY, "temp_directory": "", "threads": "2",
}  # fmt: skip
_UNWRITTEN = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class _Loaded:
    info: TableInfo
    body: Body
    columns: Sequence[Typed]


class Sheets:
    """The tables of one file, ready to be asked. `close` it."""

    def __init__(self, tables: Mapping[int, Table]) -> None:
        """Raises Problem table.none."""
        import duckdb

        self._failed: type[Exception] = duckdb.Error
        self._loaded = _load(tables)
        if not self._loaded:
            raise Problem("table.none", "There is no table in this file that can be computed with.", "")
        self._connection = duckdb.connect(":memory:", config=dict(_CONFIG))
        for one in self._loaded:
            self._create(one)
        self._connection.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Let go of them."""
        self._connection.close()

    @property
    def infos(self) -> tuple[TableInfo, ...]:
        """What tables there are."""
        return tuple(one.info for one in self._loaded)

    def ask(self, sql: str) -> TableResult:
        """What one SELECT gives, traced. Raises Problem table.sql, table.slow."""
        node = self._parsed(sql)
        with self._limited():
            for traced, names in self._traced(node):
                try:
                    cursor = self._connection.execute(traced)
                except self._failed as error:
                    if names:
                        continue  # its rows cannot be told in this way
                    raise _wrong(error) from error
                return self._result(sql, cursor, names)
        raise AssertionError("the query itself is the last that is tried")

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _create(self, one: _Loaded) -> None:
        stage: dict[str, Any] = {ROW: np.array(one.body.numbers, dtype=np.int64)}
        parts = [f'"{ROW}"']
        for column, cells in zip(one.info.columns, one.columns, strict=True):
            stage[column.name] = np.array(list(cells.values), dtype=object)
            parts.append(f'TRY_CAST("{column.name}" AS {_sql_type(column, cells)}) AS "{column.name}"')
        self._connection.register("_stage", stage)
        self._connection.execute(
            f'CREATE TABLE "{one.info.name}" AS SELECT {", ".join(parts)} FROM _stage'  # noqa: S608 - names of our own
        )
        self._connection.unregister("_stage")

    def _parsed(self, sql: str) -> dict[str, Any]:
        """The one SELECT that a text holds, as a tree. Raises Problem table.sql."""
        try:
            (written,) = self._connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone() or ("{}",)
            tree = json.loads(written)
        except self._failed as error:
            raise _wrong(error) from error
        except RecursionError as error:
            raise Problem("table.sql", "The query is nested too deep.", "") from error
        if tree.get("error"):
            raise Problem("table.sql", f"This is no SELECT: {str(tree.get('error_message', ''))[:300]}", "")
        if len(tree["statements"]) != 1:
            raise Problem("table.sql", "Give one SELECT, no more.", "")
        if any(part.get("ref_type") == "NATURAL" for part in _parts(tree)):  # which would join by our numbers of rows
            raise Problem("table.sql", "NATURAL JOIN is not taken here. Name the columns.", "")
        return dict(tree["statements"][0])

    def _traced(self, statement: dict[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
        """The query with the numbers of its rows beside each of its results, in the ways that may work; at last alone.

        With each the SQL names of the tables that these are of, in order.
        """
        node = statement["node"]
        tables = list(_tables(node.get("from_table") or {})) if _tells_rows(node) else []
        known = {one.info.name.casefold(): one.info.name for one in self._loaded}
        if tables and all(name.casefold() in known for _, name in tables):
            names = [known[name.casefold()] for _, name in tables]
            grouped = node.get("aggregate_handling") == "FORCE_AGGREGATES" or bool(node.get("group_expressions"))
            for form in (_EVERY,) if grouped else ("{}", _EVERY):
                columns = ", ".join(
                    f"{form.format(f'''{_quoted(alias)}.{_quoted(ROW)}''')} AS {_TRACE}{n}"
                    for n, (alias, _) in enumerate(tables)
                )
                more = self._parsed(f"SELECT {columns}")["node"]["select_list"]
                wider = {**statement, "node": {**node, "select_list": [*node["select_list"], *more]}}
                yield self._written(wider), names
        yield self._written(statement), ()

    def _written(self, statement: dict[str, Any]) -> str:
        tree = json.dumps({"error": False, "statements": [statement]})
        (sql,) = self._connection.execute("SELECT json_deserialize_sql(?::JSON)", [tree]).fetchone() or ("",)
        return str(sql)

    def _result(self, sql: str, cursor: Any, names: Sequence[str]) -> TableResult:
        titles = [str(one[0]) for one in cursor.description]
        width = len(titles) - len(names)
        rows = cursor.fetchmany(MOST_ROWS)
        total = len(rows)
        while len(more := cursor.fetchmany(10_000)):
            total += len(more)
        traces = [self._traces(row[width:], names) for row in rows]
        return TableResult(
            tables=self.infos, sql=sql, columns=tuple(titles[:width]), total=total,
            rows=tuple(tuple(_shown(cell) for cell in row[:width]) for row in rows), traces=tuple(traces),
        )  # fmt: skip

    def _traces(self, cells: Sequence[Any], names: Sequence[str]) -> tuple[Trace, ...]:
        by_name = {one.info.name: one for one in self._loaded}
        if not names:
            return tuple(
                Trace(number=one.info.number, rows=(), total=one.info.rows, whole=True) for one in self._loaded
            )
        found = []
        for name, cell in zip(names, cells, strict=True):
            rows = sorted({int(row) for row in (cell if isinstance(cell, list) else [cell]) if row is not None})
            found.append(Trace(number=by_name[name].info.number, rows=tuple(rows[:_TRACED]), total=len(rows)))
        return tuple(found)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Within, a query that takes too long is ended. Raises Problem table.slow."""
        late = threading.Event()

        def interrupt() -> None:
            late.set()
            self._connection.interrupt()

        timer = threading.Timer(MOST_S, interrupt)
        timer.start()
        try:
            yield
        except (self._failed, Problem, RecursionError, MemoryError, ValueError) as error:
            if late.is_set():
                raise Problem(
                    "table.slow", f"The query took longer than {MOST_S:.0f} seconds and was ended.", "Ask for less."
                ) from error
            if isinstance(error, Problem):
                raise
            raise _wrong(error) from error
        finally:
            timer.cancel()


class AskedSheets:
    """The tables of the file that was asked last: a second question need not make them again."""

    def __init__(self) -> None:
        self._sha256 = ""
        self._sheets: Sheets | None = None

    def of(self, sha256: str, read: Callable[[], Mapping[int, Table]]) -> Sheets:
        """Those of the file with these bytes. Raises Problem table.none."""
        if self._sheets is None or sha256 != self._sha256:
            if self._sheets is not None:
                self._sheets.close()
                self._sheets = None
            self._sheets, self._sha256 = Sheets(read()), sha256
        return self._sheets


def _load(tables: Mapping[int, Table]) -> list[_Loaded]:
    loaded: list[_Loaded] = []
    taken: set[str] = set()
    for number, table in sorted(tables.items()):
        body = laid_out(table)
        if not body.rows or not body.titles:
            continue
        cells = [[row[at] for row in body.rows] for at in range(min(len(body.titles), MOST_COLUMNS))]
        columns = [typed(one, body.style) for one in cells]
        name = _name(table.name or "data", taken)
        own: set[str] = {ROW}
        described = tuple(
            TableColumn(
                name=_name(body.titles[at] or f"column {at + 1}", own), title=body.titles[at], kind=one.kind,
                unit=one.unit, odd=tuple(body.numbers[place] for place in one.odd[:_ODD]), odds=len(one.odd),
                doubt=one.doubt,
            )
            for at, one in enumerate(columns)
        )  # fmt: skip
        info = TableInfo(
            name=name, sheet=table.name, number=number, rows=len(body.rows), columns=described,
            totals=tuple(body.totals[:_ODD]), samples=tuple(tuple(row[:MOST_COLUMNS]) for row in body.rows[:_SAMPLES]),
        )  # fmt: skip
        loaded.append(_Loaded(info, body, columns))
    return loaded


def _name(title: str, taken: set[str]) -> str:
    """A name that SQL takes without quotes, and that nothing else has."""
    plain = _UNWRITTEN.sub("_", title.strip().lower()).strip("_")[:40] or "column"
    if plain[0].isdecimal():
        plain = f"c_{plain}"
    name, n = plain, 2
    while name in taken:
        name, n = f"{plain}_{n}", n + 1
    taken.add(name)
    return name


def _sql_type(column: TableColumn, cells: Typed) -> str:
    if column.kind == "number":
        return f"DECIMAL(38, {cells.scale})" if cells.scale <= _MOST_SCALE else "DOUBLE"
    return {"date": "DATE", "time stamp": "TIMESTAMP"}.get(column.kind, "VARCHAR")


def _tables(source: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The tables that a FROM names, as (what it calls them, their name); one without a name for anything else."""
    if source.get("type") == "BASE_TABLE":
        yield source.get("alias") or source["table_name"], source["table_name"]
    elif source.get("type") == "JOIN":
        yield from _tables(source["left"])
        yield from _tables(source["right"])
    elif source.get("type") != "EMPTY":
        yield "", ""


def _parts(tree: object) -> Iterator[Mapping[str, Any]]:
    """Every part of a query's tree that has names."""
    left = [tree]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            yield part
            left += part.values()
        elif isinstance(part, list):
            left += part


def _tells_rows(node: Mapping[str, Any]) -> bool:
    """Whether each result of a query is of the rows whose numbers stand beside it, and of no others.

    Not where a window or a query within it looks at others, a filter leaves some out, a name stands for something else
    than the sheet's own table or column, or a value is of no row at all.
    """
    if node["type"] != "SELECT_NODE":
        return False
    for part in _parts(node):
        renamed = part.get("column_name_alias") or part.get("sample") or (part.get("cte_map") or {}).get("map")
        looks_elsewhere = part.get("class") in ("WINDOW", "SUBQUERY") or part.get("type") == "DISTINCT_MODIFIER"
        joined = part.get("type") == "JOIN" and part.get("ref_type") not in ("REGULAR", "CROSS")
        if renamed or looks_elsewhere or joined or part.get("filter") is not None:
            return False
    return all(any(_is_of_a_row(part) for part in _parts(one)) for one in node["select_list"])


def _is_of_a_row(part: Mapping[str, Any]) -> bool:
    return part.get("class") in ("COLUMN_REF", "STAR") or part.get("function_name") == "count_star"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _shown(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, float):
        return f"{cell:.12g}"
    return str(cell)[:_CELL]


def _wrong(error: Exception) -> Problem:
    said = (str(error) or type(error).__name__).splitlines()[0][:400]
    return Problem("table.sql", f"The query cannot be run: {said}", "")
