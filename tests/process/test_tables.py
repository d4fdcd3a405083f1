"""Tables are asked through a real engine, in a process that is confined and can be ended; every format gives rows."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.base.errors import Problem
from app.base.paths import Home
from app.base.tables import AskTable, Condition, TableForm, TableResult
from tests.support.live import Live
from tests.support.sample_documents import ods, xlsx

ROWS = (
    ("Client", "Amount", "Paid"), ("Fuchs", "12.50", "no"), ("Ott", "7.25", "yes"), ("Fuchs", "30.00", "no"),
    ("Total", "49.75", ""),
)  # fmt: skip
UNPAID = "SELECT sum(amount) FROM {} WHERE client = 'Fuchs' AND paid = 'no'"


@pytest.fixture
def live(home: Home, tmp_path: Path) -> Iterator[Live]:
    files = tmp_path / "files"
    files.mkdir()
    (files / "invoices.csv").write_text("".join(f"{','.join(row)}\n" for row in ROWS))
    (files / "invoices.xlsx").write_bytes(xlsx({"Notes": [["about", "x"]], "Invoices": ROWS}, first_row=3))
    (files / "invoices.ods").write_bytes(ods(ROWS))
    (files / "note.md").write_text("# A note\n\nNo table here.\n")
    (tmp_path / "outside.csv").write_text("a,b\nx,1\n")
    live = Live(home)
    live.watch(files)
    yield live
    live.stop()


def ask(live: Live, path: Path, sql: str = "", form: TableForm | None = None) -> TableResult:
    return live.peer.call(AskTable(path=str(path), sql=sql, form=form), timeout_s=60)


@pytest.mark.parametrize(("name", "number", "first"), [("csv", 1, 1), ("xlsx", 2, 3), ("ods", 1, 1)])
def test_every_format_of_tables_is_computed_with_and_traced(
    live: Live, tmp_path: Path, name: str, number: int, first: int
) -> None:
    path = tmp_path / "files" / f"invoices.{name}"
    described = ask(live, path)
    (table,) = [one for one in described.tables if one.rows == 3]
    assert (table.number, table.totals) == (number, (first + 4,))
    result = ask(live, path, UNPAID.format(f'"{table.name}"'))
    assert result.rows == (("42.50",),) and len(result.sha256) == 64
    ((trace,),) = result.traces
    assert (trace.number, trace.rows) == (number, (first + 1, first + 3))
    form = TableForm(
        table=table.name, measure="sum", column="amount",
        conditions=(Condition(column="client", operator="is", value="FUCHS"),),
    )  # fmt: skip
    assert ask(live, path, form=form).rows == (("42.50",),)


def test_what_has_no_table_or_is_not_the_persons_to_ask_says_so(live: Live, tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "files" / "note.md", "table.none"), (tmp_path / "outside.csv", "file.outside"),
        (tmp_path / "files" / "gone.csv", "table.none"),
    ):  # fmt: skip
        with pytest.raises(Problem) as raised:
            ask(live, path)
        assert raised.value.code.startswith(code)


def test_process_that_is_killed_while_it_computes_is_told_and_another_goes_on(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "files" / "invoices.csv"
    ask(live, path)
    before = {
        child.pid for child in psutil.Process(live.status().pids.engine or 0).children(recursive=True)
    } & set(live.status().pids.extract)  # fmt: skip
    call = live.peer.start(AskTable(path=str(path), sql="SELECT count(*) FROM range(1000000000000)"))
    busy = max(before, key=lambda pid: psutil.Process(pid).cpu_percent(0.5))
    os.kill(busy, signal.SIGKILL)
    with pytest.raises(Problem) as raised:
        call.result(timeout_s=60)
    assert raised.value.code in ("table.failed", "table.slow")
    assert ask(live, path, UNPAID.format("data")).rows == (("42.50",),)


def test_computing_process_reaches_no_file_and_no_network(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "files" / "invoices.csv"
    for sql in (
        f"SELECT * FROM read_csv('{tmp_path / 'outside.csv'}')",
        "INSTALL httpfs",
        f"COPY data TO '{tmp_path}/x'",
    ):
        with pytest.raises(Problem) as raised:
            ask(live, path, sql)
        assert raised.value.code == "table.sql"
    pids = live.status().pids.extract
    assert not any(psutil.Process(pid).net_connections("inet") for pid in pids)


@pytest.mark.parametrize(
    "sql", ["SELECT range(20000000) FROM data LIMIT 20", "SELECT repeat('x', 1200000000) FROM data LIMIT 3"]
)
def test_query_that_takes_all_time_or_memory_costs_its_process_alone(live: Live, tmp_path: Path, sql: str) -> None:
    path = tmp_path / "files" / "invoices.csv"
    ask(live, path)
    engine = live.status().pids.engine
    began = time.monotonic()
    with pytest.raises(Problem) as raised:
        ask(live, path, sql)
    assert raised.value.code in ("table.slow", "table.failed", "table.sql")
    assert time.monotonic() - began < 40
    assert live.status().pids.engine == engine
    assert ask(live, path, UNPAID.format("data")).rows == (("42.50",),)
