"""Computing over the tables of a file: heads, totals, traces, the form; and nothing but these tables to be had."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.tables import Condition, Measure, TableForm, TableResult
from app.workers.extract.tables import querying
from app.workers.extract.tables.form import as_sql
from app.workers.extract.tables.querying import Sheets
from app.workers.extract.views.grid_view import Table, separated

INVOICES = """Client;Amount;Date;Paid
Café Fuchs;"1.234,50 €";31.03.2024;yes
Café Fuchs;80,00 €;01.04.2024;no
Ott;12,25 €;15.04.2024;
Total;1.326,75 €;;
"""


def table(*rows: Sequence[str], first: int = 1, name: str = "Sheet") -> Table:
    """A sheet whose rows begin at this number, as the grid has it where it found no head of one row."""
    return Table(name, (), [tuple(row) for row in rows], first, "", 0, ())


@contextmanager
def asked(*tables: Table | None) -> Iterator[Sheets]:
    sheets = Sheets({n: one for n, one in enumerate(tables, 1) if one is not None})
    try:
        yield sheets
    finally:
        sheets.close()


def one(result: TableResult) -> str | None:
    ((cell,),) = result.rows
    return cell


def test_sum_leaves_the_total_out_and_names_its_rows() -> None:
    with asked(separated(INVOICES, ".csv")) as sheets:
        (info,) = sheets.infos
        assert [(column.name, column.kind, column.unit) for column in info.columns] == [
            ("client", "text", ""), ("amount", "number", "€"), ("date", "date", ""), ("paid", "text", ""),
        ]  # fmt: skip
        assert (info.rows, info.totals) == (3, (5,))
        result = sheets.ask("SELECT sum(amount) FROM data WHERE client = 'Café Fuchs'")
        assert one(result) == "1314.50"
        ((trace,),) = result.traces
        assert (trace.number, trace.rows, trace.total, trace.whole) == (1, (2, 3), 2, False)


@pytest.mark.parametrize(
    ("sql", "rows", "traced"),
    [
        ("SELECT client, sum(amount) s FROM data GROUP BY client ORDER BY s DESC",
         [("Café Fuchs", "1314.50"), ("Ott", "12.25")], [(2, 3), (4,)]),
        ("SELECT client, count(*) FROM data GROUP BY ALL ORDER BY 1", [("Café Fuchs", "2"), ("Ott", "1")],
         [(2, 3), (4,)]),
        ("SELECT amount FROM data WHERE paid = 'no' OR paid IS NULL ORDER BY amount", [("12.25",), ("80.00",)],
         [(4,), (3,)]),
        ("FROM data SELECT max(date)", [("2024-04-15",)], [(2, 3, 4)]),
        ("SELECT client FROM data d WHERE d.date < '2024-04-10' LIMIT 1", [("Café Fuchs",)], [(2,)]),
        ("SELECT avg(amount) + 1 FROM data WHERE _row < 4", [("658.25",)], [(2, 3)]),
        ("SELECT count(*) FROM data WHERE client = 'Nobody'", [("0",)], [()]),
    ],
)  # fmt: skip
def test_results_are_right_and_traced(sql: str, rows: list[tuple[str, ...]], traced: list[tuple[int, ...]]) -> None:
    with asked(separated(INVOICES, ".csv")) as sheets:
        result = sheets.ask(sql)
    assert list(result.rows) == rows
    assert [trace[0].rows for trace in result.traces] == traced
    assert not any(trace[0].whole for trace in result.traces)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DISTINCT client FROM data", "WITH x AS (SELECT * FROM data) SELECT count(*) FROM x",
        "SELECT client FROM data UNION ALL SELECT client FROM data", "SELECT (SELECT count(*) FROM data)",
        "SELECT count(*) FROM (SELECT DISTINCT client FROM data)",
        "WITH data AS (SELECT 2 AS _row, 1000000 AS amount) SELECT sum(amount) FROM data",
        "SELECT sum(amount) OVER () FROM data LIMIT 1", "SELECT lag(amount) OVER (ORDER BY amount) FROM data",
        "SELECT sum(amount) FROM data WHERE amount > (SELECT avg(amount) FROM data)",
        "SELECT sum(amount) FILTER (WHERE paid = 'no') FROM data", "SELECT 1000000 FROM data LIMIT 1",
        "SELECT c FROM data AS s(a, b, c)", "SELECT c FROM data AS s(a, _row, c)", "SELECT 1000000",
        "SELECT count(*) FROM data USING SAMPLE 2", "SELECT unnest([1, 2]) FROM data LIMIT 1",
    ],
)  # fmt: skip
def test_where_rows_cannot_be_told_none_are_named(sql: str) -> None:
    with asked(separated(INVOICES, ".csv")) as sheets:
        result = sheets.ask(sql)
    assert result.rows and all(trace[0].whole and trace[0].rows == () for trace in result.traces)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(amount) FROM data NATURAL JOIN data d", "SELECT 1 FROM (SELECT * FROM data NATURAL JOIN data d)",
        "SELECT " + "+".join(["1"] * 900), "SELECT " + "[" * 900 + "1" + "]" * 900, "SELECT 'a' || '\ud800'",
    ],
)  # fmt: skip
def test_query_that_would_mislead_or_is_nested_too_deep_is_refused(sql: str) -> None:
    with asked(separated(INVOICES, ".csv")) as sheets:
        with pytest.raises(Problem) as raised:
            sheets.ask(sql)
        assert raised.value.code == "table.sql"
        assert one(sheets.ask("SELECT count(*) FROM data")) == "3"


def test_rows_of_a_product_of_two_tables_take_no_room_of_their_own() -> None:
    rows = [[f"n{n}", str(n)] for n in range(2000)]
    with asked(table(["name", "amount"], *rows)) as sheets:
        result = sheets.ask("SELECT count(*) FROM sheet a, sheet b")
    assert one(result) == "4000000"
    assert [trace.total for trace in result.traces[0]] == [2000, 2000]


def test_join_over_two_sheets_is_traced_in_both() -> None:
    clients = table(["Name", "City"], ["Fuchs", "Bern"], ["Ott", "Basel"], name="Clients")
    sales = table(["Client", "Amount"], ["Fuchs", "5"], ["Ott", "7"], ["Fuchs", "9"], name="Sales 2024", first=3)
    with asked(clients, sales) as sheets:
        assert [info.name for info in sheets.infos] == ["clients", "sales_2024"]
        result = sheets.ask(
            "SELECT city, sum(amount) FROM sales_2024 s JOIN clients c ON c.name = s.client GROUP BY city ORDER BY city"
        )
    assert result.rows == (("Basel", "7"), ("Bern", "14"))
    assert [[(trace.number, trace.rows) for trace in row] for row in result.traces] == [
        [(2, (5,)), (1, (3,))], [(2, (4, 6)), (1, (2,))],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "titles", "numbers"),
    [
        ([["Sales of 2024"], [], ["Client", "Amount"], ["Ott", "5"]], ["Client", "Amount"], [4]),
        ([["", "2023", "2024"], ["Ott", "5", "6"]], ["", "2023", "2024"], [2]),
        ([["Client", "2023", "", "2024", ""], ["", "net", "gross", "net", "gross"], ["Ott", "5", "6", "7", "8"]],
         ["Client", "2023 net", "2023 gross", "2024 net", "2024 gross"], [3]),
        ([["Client", "2023", "2023"], ["Client", "net", "gross"], ["Ott", "5", "6"]],
         ["Client", "2023 net", "2023 gross"], [3]),
        ([["Client", "Amount"], [], ["Ott", "5"], ["", ""], ["Fuchs", "6"]], ["Client", "Amount"], [3, 5]),
    ],
)  # fmt: skip
def test_head_is_found_below_titles_and_in_two_rows(
    rows: list[list[str]], titles: list[str], numbers: list[int]
) -> None:
    with asked(table(*rows)) as sheets:
        assert [column.title for column in sheets.infos[0].columns] == titles
        found = sheets.ask(f'SELECT _row FROM "{sheets.infos[0].name}" ORDER BY _row')
    assert [int(row[0] or 0) for row in found.rows] == numbers


@pytest.mark.parametrize("word", ["Total", "Summe", "Gesamt:", "Grand Total", "Zwischensumme", "TOTAL GENERAL"])
def test_rows_that_sum_up_others_are_left_out_wherever_they_stand(word: str) -> None:
    with asked(table(["Item", "Amount"], ["Tea", "5"], [word, "5"], ["Rye", "7"], ["", word, "12"])) as sheets:
        assert sheets.infos[0].totals == (3, 5)
        assert one(sheets.ask("SELECT sum(amount) FROM sheet")) == "12"


@pytest.mark.parametrize(
    "label",
    [
        "Total 2024", "Total due", "Summe Q1", "Net total", "Total (EUR)", "Totals for Bern", "TOTAL EUR", "Insgesamt",
        "Endsumme", "Gesamtbetrag", "Carried forward", "Übertrag", "",
    ],
)  # fmt: skip
def test_row_whose_figure_is_the_sum_of_those_above_is_one_by_whatever_name(label: str) -> None:
    with asked(table(["Item", "Amount"], ["Tea", "10"], ["Rye", "20"], [label, "30"])) as sheets:
        assert sheets.infos[0].totals == (4,)
        assert one(sheets.ask("SELECT sum(amount) FROM sheet")) == "30"


def test_sums_of_parts_and_of_all_are_told_and_what_is_no_sum_stays() -> None:
    rows = [
        ["Tea", "EUR", "10,10"], ["Rye", "EUR", "20,20"], ["Sum of food", "EUR", "30,30"], ["Pen", "EUR", "5"],
        ["Ink", "EUR", "6"], ["Sum of office", "EUR", "11,00"], ["Total", "EUR", "41,30"],
    ]  # fmt: skip
    with asked(table(["Item", "Currency", "Amount"], *rows)) as sheets:
        assert sheets.infos[0].totals == (4, 7, 8)
        assert one(sheets.ask("SELECT sum(amount) FROM sheet")) == "41.30"
    with asked(table(["Client", "Amount"], ["Total Energies", "5"], ["Ott", "7"], ["Sum Bank", "9"])) as sheets:
        assert sheets.infos[0].totals == ()
        assert one(sheets.ask("SELECT sum(amount) FROM sheet")) == "21"
    with asked(table(["A", "B"], ["1", "2"], ["3", "4"], ["4", "6"])) as sheets:
        assert sheets.infos[0].totals == ()


def test_client_who_is_called_like_a_total_is_one() -> None:
    with asked(table(["Client", "City", "Amount"], ["Total Energies", "Paris", "5"], ["Total", "Bern", "7"])) as sheets:
        assert sheets.infos[0].totals == ()


def test_sums_of_money_are_exact() -> None:
    with asked(table(["Item", "Amount"], *[[f"n{n}", "0.10"] for n in range(1000)])) as sheets:
        assert one(sheets.ask("SELECT sum(amount) FROM sheet")) == "100.00"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("DELETE FROM data", "table.sql"), ("DROP TABLE data", "table.sql"), ("SELECT 1; SELECT 2", "table.sql"),
        ("SELECT * FROM read_csv('/etc/passwd')", "table.sql"), ("SELECT * FROM '/etc/passwd'", "table.sql"),
        ("SELECT * FROM read_text('/etc/hostname')", "table.sql"), ("SELECT * FROM glob('/*')", "table.sql"),
        ("COPY data TO '/tmp/out.csv'", "table.sql"), ("ATTACH '/tmp/x.db'", "table.sql"),
        ("INSTALL httpfs", "table.sql"), ("LOAD httpfs", "table.sql"), ("SET threads = 1", "table.sql"),
        ("PRAGMA enable_external_access", "table.sql"), ("CREATE TABLE x AS SELECT 1", "table.sql"),
        ("SELECT nothing FROM data", "table.sql"), ("SELEC", "table.sql"), ("x" * 5000, "table.sql"),
        ("\0", "table.sql"),
        ("SELECT * FROM nowhere", "table.sql"), ("SELECT 1/0 FROM nowhere", "table.sql"), ("--", "table.sql"),
        ("SELECT set_config('a','b')", "table.sql"), ("EXPORT DATABASE '/tmp/x'", "table.sql"),
    ],
)  # fmt: skip
def test_nothing_but_the_tables_can_be_had(sql: str, code: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    with asked(separated(INVOICES, ".csv")) as sheets:
        with pytest.raises(Problem) as raised:
            sheets.ask(sql)
        assert raised.value.code == code and "Traceback" not in raised.value.title
        assert one(sheets.ask("SELECT count(*) FROM data")) == "3"
    assert sorted(tmp_path.iterdir()) == before


def test_query_that_would_run_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querying, "MOST_S", 0.3)
    with asked(separated(INVOICES, ".csv")) as sheets:
        for sql in (
            "SELECT count(*) FROM range(100000000000)",
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        ):
            with pytest.raises(Problem) as raised:
                sheets.ask(sql)
            assert raised.value.code in ("table.slow", "table.sql")  # or its memory ends it first
        assert one(sheets.ask("SELECT count(*) FROM data")) == "3"


def test_many_results_are_counted_and_the_first_are_given() -> None:
    with asked(table(["n", "m"], *[[f"a{n}", str(n)] for n in range(5000)])) as sheets:
        result = sheets.ask("SELECT * FROM sheet")
    assert (result.total, len(result.rows), len(result.traces)) == (5000, 200, 200)


@pytest.mark.parametrize("names", [["a", "a", "A"], ["Ärger (€)", "1st", "", "select"], ["x" * 300, "_row", "row"]])
def test_columns_with_odd_names_can_all_be_asked(names: list[str]) -> None:
    with asked(table(["word", *names], ["w", *["5"] * len(names)], ["v", *["6"] * len(names)])) as sheets:
        for column in sheets.infos[0].columns[1:]:
            assert one(sheets.ask(f'SELECT sum("{column.name}") FROM sheet')) == "11"
        assert len({column.name for column in sheets.infos[0].columns}) == len(names) + 1


def test_file_without_a_table_says_so() -> None:
    for tables in ((), (table(["only"]),), (table([]),)):
        with pytest.raises(Problem) as raised, asked(*tables):
            pass
        assert raised.value.code == "table.none"


# ---- the form --------------------------------------------------------------------------------------------------------


def form(measure: Measure, column: str = "", *conditions: Condition, group: str = "") -> TableForm:
    return TableForm(table="data", measure=measure, column=column, conditions=conditions, group=group)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (form("count"), [("3",)]),
        (form("sum", "amount"), [("1326.75",)]),
        (form("sum", "amount", Condition(column="client", operator="is", value="café fuchs")), [("1314.50",)]),
        (form("count", "", Condition(column="client", operator="contains", value="FUCHS")), [("2",)]),
        (form("largest", "date"), [("2024-04-15",)]),
        (form("smallest", "amount"), [("12.25",)]),
        (form("average", "amount", Condition(column="amount", operator="below", value="100")), [("46.125",)]),
        (form("count", "", Condition(column="amount", operator="from", value="80,00")), [("2",)]),
        (form("count", "", Condition(column="date", operator="above", value="31.03.2024")), [("2",)]),
        (form("count", "", Condition(column="paid", operator="empty")), [("1",)]),
        (form("count", "", Condition(column="paid", operator="is not", value="yes")), [("2",)]),
        (form("sum", "amount", group="client"), [("Café Fuchs", "1314.50"), ("Ott", "12.25")]),
        (form("count", "", Condition(column="client", operator="is", value="'; DROP TABLE data; --")), [("0",)]),
    ],
)  # fmt: skip
def test_form_computes_what_it_says(wanted: TableForm, rows: list[tuple[str, ...]]) -> None:
    with asked(separated(INVOICES, ".csv")) as sheets:
        result = sheets.ask(as_sql(wanted, sheets.infos))
    assert list(result.rows) == rows
    assert not any(trace[0].whole for trace in result.traces)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (form("sum", "client"), "holds no figures"), (form("sum", "nope"), "no such column"),
        (form("sum", "amount", Condition(column="amount", operator="above", value="much")), "no figure"),
        (form("sum", "amount", Condition(column="date", operator="above", value="soon")), "no day"),
        (form("sum", "amount", Condition(column="client", operator="is", value=" ")), "compared with"),
        (TableForm(table="other", measure="count"), "no such table"),
    ],
)  # fmt: skip
def test_form_that_makes_no_sense_says_why(wanted: TableForm, said: str) -> None:
    with asked(separated(INVOICES, ".csv")) as sheets, pytest.raises(Problem, match=said) as raised:
        as_sql(wanted, sheets.infos)
    assert raised.value.code == "table.form"


# ---- two hundred questions over twenty sheets ------------------------------------------------------------------------

CLIENTS = ("Café Fuchs", "Ott & Söhne", "O'Brien", "Müller AG", "日本商事", 'Zoë "Z" Ltd', "Nord-Süd")
STYLES = ("dot", "comma", "apostrophe", "space", "plain")
DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y")


def _written(value: Decimal, style: str, unit: str) -> str:
    text = f"{abs(value):,.2f}"
    if style == "comma":
        text = text.replace(",", "x").replace(".", ",").replace("x", ".")
    elif style == "apostrophe":
        text = text.replace(",", "'")
    elif style == "space":
        text = text.replace(",", "\u00a0").replace(".", ",")
    elif style == "plain":
        text = text.replace(",", "")
    return f"{'-' if value < 0 else ''}{text}{f' {unit}' if unit else ''}"


class Sheet:
    """A generated sheet and what is true of it. rows: (number in the sheet, client, amount, day, paid)."""

    def __init__(self, seed: int) -> None:
        import datetime

        rng = random.Random(seed)
        style, form, unit = STYLES[seed % 5], DAYS[seed % 3], ("€", "", "CHF", "kg")[seed % 4]
        lines: list[list[str]] = []
        if seed % 4 == 1:
            lines += [["Overview of the year"], []]
        if seed % 5 == 2:
            lines += [["", "Booking", "", ""], ["Client", "Amount", "Day", "Paid"]]
        else:
            lines += [["Client", "Amount", "Day", "Paid"]]
        self.names = ["client", *("booking_" * (seed % 5 == 2) + name for name in ("amount", "day", "paid"))]
        self.rows: list[tuple[int, str, Decimal | None, datetime.date | None, str]] = []
        for n in range(rng.randint(30, 80)):
            amount = None if n % 11 == 5 else Decimal(rng.randint(-50_000, 900_000)) / 100
            day = None if n % 13 == 7 else datetime.date(2023, 1, 1) + datetime.timedelta(days=rng.randint(0, 700))
            client, paid = rng.choice(CLIENTS), rng.choice(("yes", "no", ""))
            cell = rng.choice(("", "-", "n/a")) if amount is None else _written(amount, style, unit)
            lines.append([client, cell, "" if day is None else day.strftime(form), paid])
            self.rows.append((len(lines), client, amount, day, paid))
            if n % 17 == 16:
                lines.append(["Subtotal", _written(Decimal("12345.67"), style, unit), "", ""])
        if seed % 2:
            lines.append(["Total", _written(Decimal("99999.99"), style, unit), "", ""])
        self.table = table(*lines)


def _questions(sheet: Sheet) -> Iterator[tuple[str, TableForm, list[int], str]]:
    """SQL, the same as a form, the rows that count, and the answer."""
    import datetime

    client, amount, day, paid = sheet.names
    for name in CLIENTS[:4]:
        mine = [row for row in sheet.rows if row[1] == name]
        quoted = name.replace("'", "''")
        is_it = Condition(column=client, operator="is", value=name)
        total = sum((row[2] for row in mine if row[2] is not None), Decimal(0))
        yield (
            f"SELECT sum({amount}) FROM sheet WHERE {client} = '{quoted}'",
            TableForm(table="sheet", measure="sum", column=amount, conditions=(is_it,)),
            [row[0] for row in mine], f"{total:.2f}",
        )  # fmt: skip
        yield (
            f"SELECT count(*) FROM sheet WHERE {client} = '{quoted}' AND {paid} IS NULL",
            TableForm(
                table="sheet", measure="count", conditions=(is_it, Condition(column=paid, operator="empty")),
            ),
            [row[0] for row in mine if not row[4]], str(sum(not row[4] for row in mine)),
        )  # fmt: skip
    since = datetime.date(2024, 1, 1)
    late = [row for row in sheet.rows if row[3] is not None and row[3] >= since]
    yield (
        f"SELECT count(*) FROM sheet WHERE {day} >= DATE '2024-01-01'",
        TableForm(
            table="sheet", measure="count", conditions=(Condition(column=day, operator="from", value="1.1.2024"),)
        ),
        [row[0] for row in late], str(len(late)),
    )  # fmt: skip
    large = [row for row in sheet.rows if row[2] is not None and row[2] > 5000]
    yield (
        f"SELECT max({amount}) FROM sheet WHERE {amount} > 5000",
        TableForm(
            table="sheet", measure="largest", column=amount,
            conditions=(Condition(column=amount, operator="above", value="5000"),),
        ),
        [row[0] for row in large], f"{max(row[2] for row in large if row[2] is not None):.2f}",
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_every_figure_of_two_hundred_questions_is_right_and_traced(seed: int) -> None:
    sheet = Sheet(seed)
    with asked(sheet.table) as sheets:
        (info,) = sheets.infos
        assert [column.name for column in info.columns] == sheet.names
        assert [column.kind for column in info.columns] == ["text", "number", "date", "text"]
        asked_so_far = 0
        for sql, wanted, rows, answer in _questions(sheet):
            for query in (sql, as_sql(wanted, sheets.infos)):
                result = sheets.ask(query)
                assert one(result) == (None if answer == "0.00" and not rows else answer), query
                ((trace,),) = result.traces
                assert not trace.whole and (trace.total, list(trace.rows)) == (len(rows), rows[:50]), query
            asked_so_far += 1
        assert asked_so_far == 10
