"""Notebooks, feeds and archives."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable

import pytest

from app.base.values import Document
from app.workers.extract import html
from tests.support import sample_documents as made

Read = Callable[..., Document]


def said(document: Document) -> str:
    return "".join(chunk.text for chunk in document.chunks)


def test_cells_of_a_notebook_are_places(read: Read) -> None:
    long = "A sentence about the data that were measured. " * 20
    cells = [
        {"cell_type": "markdown", "source": ["# Results\n", long]},
        {"cell_type": "code", "source": "print(1)\n" + "x = 1  # a comment on it\n" * 30,
         "outputs": [{"text": ["one\n"]}, {"data": {"text/plain": "42", "image/png": "AAAA"}}]},
    ]  # fmt: skip
    notebook = {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4}
    document = read("a.ipynb", json.dumps(notebook))
    assert (document.kind, document.title) == ("notebook", "Results")
    assert {chunk.place.label for chunk in document.chunks} == {"cell 1", "cell 2"}
    assert {chunk.heading for chunk in document.chunks} == {"Results"}
    assert "```python\nprint(1)" in said(document) and "one" in said(document) and "42" in said(document)
    assert "nbformat" not in said(document) and "AAAA" not in said(document)


def test_damaged_notebook_says_so(read: Read) -> None:
    assert read("a.ipynb", '{"cells": [').state == "damaged"


def test_odd_cell_and_odd_metadata_lose_no_other_cell(read: Read) -> None:
    cells = [
        {"source": "words of one"}, {"source": {"a": 1}}, 7, {"source": "words of two", "outputs": [{"text": 1}]},
        {"source": ["words ", "of three"]},
    ]  # fmt: skip
    document = read("a.ipynb", json.dumps({"cells": cells, "metadata": []}))
    assert (document.state, document.reason) == ("partial", "3 cells are damaged and not read.")
    assert "words of one" in said(document) and "words of three" in said(document)


def test_entries_of_a_feed_are_places(read: Read) -> None:
    text = "<description>&lt;p&gt;Text of {0}.&lt;/p&gt;</description>"
    item = "<item><title>{0}</title><link>http://x/{0}</link>" + text + "</item>"
    feed = f"<rss><channel><title>News</title>{item.format('one')}{item.format('two')}</channel></rss>"
    document = read("a.xml", '<?xml version="1.0" encoding="utf-8"?>' + feed)
    assert (document.kind, document.title) == ("feed", "News")
    assert "Text of one." in said(document) and "<" not in said(document) and "http:" not in said(document)


def test_feed_in_a_foreign_encoding(read: Read) -> None:
    feed = '<?xml version="1.0" encoding="euc-jp"?><rss><channel><title>ニュース</title></channel></rss>'
    assert read("a.xml", feed.encode("euc-jp")).title == "ニュース"


def test_damaged_feed_and_entity_floods_are_read_as_lines(read: Read) -> None:
    assert read("a.xml", "<rss><channel><title>cut").kind == "data"
    flood = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><title>&b;</title></channel></rss>'
    assert read("b.xml", flood).kind == "data"


def test_documents_in_an_archive_are_read_under_their_names(read: Read) -> None:
    archive = made.zipped({
        "notes/a.txt": "Words of a note.", "report.pdf": made.pdf([["First"], ["Second"]]), "pic.png": b"\x89PNG\r\n",
        "__MACOSX/x": b"x", "inner.zip": made.zipped({"deep.txt": "Deep words."}),
    })  # fmt: skip
    document = read("a.zip", archive)
    assert (document.state, document.reason) == ("partial", "1 file in it was not read: pic.png.")
    assert [chunk.place.label for chunk in document.chunks] == [
        "notes/a.txt", "report.pdf › page 1", "report.pdf › page 2", "inner.zip › deep.txt",
    ]  # fmt: skip
    assert document.chunks[0].text.startswith("notes/a.txt\n\nWords")


def test_archive_in_archive_in_archive_is_read_no_deeper(read: Read) -> None:
    archive = made.zipped({"x.txt": "Treasure."})
    for _ in range(4):
        archive = made.zipped({"a.zip": archive, "b.txt": "Outer."})
    document = read("a.zip", archive)
    assert document.state == "partial" and "Treasure" not in said(document)


def test_archive_that_unpacks_to_far_more_is_not_unpacked(read: Read) -> None:
    document = read("bomb.zip", made.zipped({"a.txt": "Small.", "big.txt": bytes(80_000_000)}))
    assert (document.state, document.reason) == ("partial", "1 file in it was not read: big.txt.")


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_member_that_is_damaged_however_it_is_packed_loses_no_other(read: Read, packing: int) -> None:
    document = read("a.zip", made.damaged_member(packing, "mimetype", "bad.txt"))
    assert document.state == "partial"
    assert "bad.txt" in document.reason
    assert "Words of a good file." in said(document)


@pytest.mark.expects_warnings
def test_mistake_of_ours_over_one_file_loses_no_other(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(html, "parse_page", fail)
    document = read("a.zip", made.zipped({"a.html": "<html><p>words</p>", "b.txt": "Words of a good file."}))
    assert (document.state, document.reason) == ("partial", "1 file in it was not read: a.html.")
    assert "Words of a good file." in said(document)
    whole = read("a.html", "<html><p>words</p>")
    assert (whole.state, whole.reason) == ("unreadable", "Familiar made a mistake while reading this file.")
