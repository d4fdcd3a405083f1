"""What a search stays in: folders, types, names, senders, dates, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.base.values import Chunk, Document, Place
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.lexical import count_readable, count_waiting, match_words, passages
from app.store.query_words import query_words
from app.store.scope import Scope


def ms(year: int, month: int = 1, day: int = 1, hour: int = 12) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * 1000


WRITTEN = ms(2021, 6, 5)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexStore]:
    """An index with one root, /r."""
    made = IndexStore(tmp_path / "index.db", chunker="1")
    made.set_roots(["/r"])
    yield made
    made.close()


def add(index: IndexStore, path: str, *messages: tuple[str, int], kind: str = "text", **said: object) -> int:
    """A file that was read, of a chunk for each (sender, date); returns its id."""
    stat = Stat(1, WRITTEN * 1_000_000, 1, path)
    index.enqueue(index.roots()[0].id, [(path, stat)])
    file = index.by_path(path)
    assert file is not None
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=4)
    chunks = tuple(Chunk(text="boat", place=place, sender=who, dated=at) for who, at in messages or [("", 0)])
    document = Document(state="ready", kind=kind, sha256="a", chunks=chunks, **said)  # type: ignore[arg-type]
    assert index.settle(file.id, stat, document)
    return file.id


def found(index: IndexStore, scope: Scope) -> list[str]:
    """The files that have chunks in scope, by path, each once."""
    got = passages(index, [match.chunk_id for match in match_words(index, query_words(index, "boat"), scope, 100)])
    paths = sorted({passage.path for passage in got.values()})
    assert count_readable(index, scope) == len(paths), "files and chunks are judged alike"
    return paths


def test_types_are_told_by_what_a_file_is_or_by_its_ending(index: IndexStore) -> None:
    add(index, "/r/a.pdf", kind="pdf")
    add(index, "/r/no ending", kind="pdf")
    add(index, "/r/b.xlsx", kind="xlsx")
    add(index, "/r/c.csv", kind="csv")
    add(index, "/r/d.JPEG", kind="text")
    add(index, "/r/.pdf", kind="text")
    assert found(index, Scope(types=("pdf",))) == ["/r/a.pdf", "/r/no ending"]
    assert found(index, Scope(types=("spreadsheet", "image"))) == ["/r/b.xlsx", "/r/c.csv", "/r/d.JPEG"]
    assert found(index, Scope(types=(".csv",))) == ["/r/c.csv"]
    assert found(index, Scope(types=("jpg",))) == ["/r/d.JPEG"]
    assert found(index, Scope(types=("nothing",))) == []


def test_names_are_compared_without_case_and_marks_and_all_must_hold(index: IndexStore) -> None:
    add(index, "/r/Über das Büro 100%.md")
    add(index, "/r/uber/other.md")
    assert found(index, Scope(names=("uber", "BÜRO"))) == ["/r/Über das Büro 100%.md"]
    assert found(index, Scope(names=("0%",))) == ["/r/Über das Büro 100%.md"]
    assert found(index, Scope(names=("uber", "other"))) == []


def test_senders_are_known_by_name_or_address_and_authors_too(index: IndexStore) -> None:
    add(index, "/r/box.mbox", ("Karin Öhl <k.ohl@post.example>", 1), ("Jan <jan@x.example>", 2), kind="mbox")
    add(index, "/r/jan.eml", ("Jan <jan@x.example>", 3), kind="mail")
    add(index, "/r/report.pdf", kind="pdf", author="Karin Öhl")
    assert found(index, Scope(senders=("karin ohl",))) == ["/r/box.mbox", "/r/report.pdf"]
    assert found(index, Scope(senders=("POST.example",))) == ["/r/box.mbox"]
    assert found(index, Scope(senders=("jan@x", "nobody"))) == ["/r/box.mbox", "/r/jan.eml"]
    matches = match_words(index, query_words(index, "boat"), Scope(senders=("karin",), types=("mail",)), 9)
    got = list(passages(index, [match.chunk_id for match in matches]).values())
    assert [(one.sender, one.sent_at) for one in got] == [("Karin Öhl <k.ohl@post.example>", 1)]


def test_a_date_is_the_messages_or_else_the_files(index: IndexStore) -> None:
    add(index, "/r/box.mbox", ("", ms(2019)), ("", ms(2023)), kind="mbox", dated=ms(2023))
    add(index, "/r/2022-05-06.md")
    add(index, "/r/plain.md")
    assert found(index, Scope(after=ms(2023), before=ms(2024))) == ["/r/box.mbox"]
    assert found(index, Scope(after=ms(2022, 5, 6, 0), before=ms(2022, 5, 7, 0))) == ["/r/2022-05-06.md"]
    assert found(index, Scope(after=WRITTEN, before=WRITTEN + 1)) == ["/r/plain.md"]
    assert found(index, Scope(before=ms(2020))) == ["/r/box.mbox"]
    assert found(index, Scope(after=ms(2024))) == []


def test_what_is_left_out_is_left_out_of_whatever_is_in(index: IndexStore) -> None:
    for path in ("/r/a/1.md", "/r/a/sub/2.md", "/r/ab.md"):
        add(index, path)
    assert found(index, Scope(without=("/r/a",))) == ["/r/ab.md"]
    assert found(index, Scope(paths=("/r/a",), without=("/r/a/sub",))) == ["/r/a/1.md"]
    assert found(index, Scope(without=("/r/a/1.md", "/r/ab.md"))) == ["/r/a/sub/2.md"]


def test_waiting_files_count_where_they_may_be_in_scope(index: IndexStore) -> None:
    root = index.roots()[0].id
    index.enqueue(root, [(f"/r/{name}", Stat(1, WRITTEN * 1_000_000, 1, name)) for name in ("2024-01-02.md", "x.pdf")])
    assert count_waiting(index, Scope()) == 2
    assert count_waiting(index, Scope(types=("pdf",))) == 1
    assert count_waiting(index, Scope(after=ms(2024))) == 1
    assert not Scope()
    assert Scope(after=1)


def test_a_moved_file_is_from_when_its_new_name_says(index: IndexStore) -> None:
    first = add(index, "/r/scan.pdf", kind="pdf", dated=ms(2020))
    assert index.query("SELECT dated, dated_by FROM files") == [(ms(2020), "document")]
    index.move([(first, "/r/2022-05-06 scan.pdf", Stat(1, WRITTEN * 1_000_000, 1, "/r/scan.pdf"))])  # type: ignore[list-item]
    assert index.query("SELECT dated, dated_by FROM files") == [(ms(2022, 5, 6), "name")]
    assert found(index, Scope(after=ms(2022))) == ["/r/2022-05-06 scan.pdf"]
    (passage,) = passages(
        index, [match.chunk_id for match in match_words(index, query_words(index, "boat"), Scope(), 9)]
    ).values()
    assert (passage.dated, passage.dated_by, passage.sent_at) == (ms(2022, 5, 6), "name", 0)


@pytest.mark.parametrize(
    ("path", "title", "said", "dated", "by"),
    [
        ("/r/report 2024.pdf", "Report 2023", ms(2024, 5, 6), ms(2024, 5, 6), "name"),
        ("/r/report 2024.pdf", "Report 2023", ms(2026, 5, 6), ms(2024, 12, 31), "name"),
        ("/r/report.pdf", "Report 2023", ms(2024, 5, 6), ms(2023, 12, 31), "title"),
        ("/r/report.pdf", "Report", ms(2024, 5, 6), ms(2024, 5, 6), "document"),
        ("/r/report.pdf", "Report", 0, WRITTEN, "modified"),
        ("/r/2024/03/x.pdf", "of March 5, 2024", 0, ms(2024, 3, 5), "name"),
    ],
)
def test_name_goes_before_title_before_what_the_document_says(
    index: IndexStore, path: str, title: str, said: int, dated: int, by: str
) -> None:
    add(index, path, kind="pdf", title=title, dated=said)
    assert index.query("SELECT dated, dated_by FROM files") == [(dated, by)]


def test_a_mail_is_from_when_it_was_sent_whatever_its_name_says(index: IndexStore) -> None:
    add(index, "/r/2024/Report 2023.eml", ("", ms(2022)), kind="mail", title="Report 2023", dated=ms(2022))
    assert index.query("SELECT dated, dated_by FROM files") == [(ms(2022), "document")]


def test_people_are_forgotten_with_the_last_that_they_wrote(index: IndexStore) -> None:
    first = add(index, "/r/1.eml", ("Jan <jan@x.example>", 3), kind="mail")
    second = add(index, "/r/2.pdf", kind="pdf", author="Jan <jan@x.example>")
    index.forget([first])  # type: ignore[list-item]
    assert index.query("SELECT name FROM people") == [("Jan <jan@x.example>",)]
    index.forget([second])  # type: ignore[list-item]
    assert index.query("SELECT name FROM people") == []
    add(index, "/r/3.eml", ("Jan <jan@x.example>", 3), kind="mail")
    index.settle_unread(index.roots()[0].id, "/r/3.eml", Stat(1, 1, 1, "3"), "locked", "", "")
    assert index.query("SELECT name FROM people") == []
