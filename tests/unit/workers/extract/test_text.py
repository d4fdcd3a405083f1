"""Text, Markdown, code and tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.base.values import Document

Read = Callable[..., Document]
LINE = "All work and no play makes a dull day for everyone in the house today. "


def labels(document: Document) -> list[str]:
    return [chunk.place.label for chunk in document.chunks]


def headings(document: Document) -> list[str]:
    return [chunk.heading for chunk in document.chunks]


def test_plain_text_has_lines_for_places(read: Read) -> None:
    document = read("notes.txt", "first\nsecond\nthird\n")
    assert (document.state, document.kind, labels(document)) == ("ready", "text", ["lines 1–3"])


def test_carriage_returns_are_line_ends(read: Read) -> None:
    document = read("notes.txt", "one\r\ntwo\rthree")
    assert document.chunks[0].text == "one\ntwo\nthree"


def test_short_first_line_that_stands_alone_is_the_title(read: Read) -> None:
    assert read("a.txt", f"Minutes of the meeting\n\n{LINE}").title == "Minutes of the meeting"
    assert read("b.txt", f"{LINE}\n{LINE}").title == ""


def test_markdown_headings_are_title_and_path(read: Read) -> None:
    document = read("a.md", f"# Guide\n\n{LINE * 12}\n\n## Set *up*\n\n{LINE * 12}\n")
    assert document.title == "Guide"
    assert headings(document) == ["Guide", "Guide › Set up"]
    assert labels(document) == ["lines 1–3", "lines 5–7"]


def test_hash_in_a_code_block_is_no_heading(read: Read) -> None:
    document = read("a.md", f"# Guide\n\n```sh\n# not a heading\n```\n{LINE * 15}\n")
    assert set(headings(document)) == {"Guide"}


def test_underlined_markdown_heading_and_front_matter(read: Read) -> None:
    document = read("a.md", f"---\ntitle: The Plan\ndate: x\n---\nBegin\n=====\n\n{LINE}\n")
    assert document.title == "The Plan"
    assert headings(document) == [""]  # the front matter is the first thing in the chunk
    assert read("b.md", f"Begin\n=====\n\n{LINE}\n").title == "Begin"


@pytest.mark.parametrize(
    ("name", "text", "heading"),
    [
        ("a.org", f"* Top\n{LINE * 12}\n** Low\n{LINE * 12}\n", "Top › Low"),
        ("a.adoc", f"= Top\n\n{LINE * 12}\n\n== Low\n\n{LINE * 12}\n", "Top › Low"),
        ("a.rst", f"Top\n===\n\n{LINE * 12}\n\nLow\n---\n\n{LINE * 12}\n", "Top › Low"),
        ("a.tex", f"\\section{{Top}}\n{LINE * 12}\n\\subsection{{Low}}\n{LINE * 12}\n", "Top › Low"),
    ],
)
def test_headings_of_other_markups(read: Read, name: str, text: str, heading: str) -> None:
    assert headings(read(name, text))[-1] == heading


def test_code_after_its_beginning_is_under_its_definitions(read: Read) -> None:
    body = "".join(f"        value_{n} = compute(value_{n}, other={n})\n" for n in range(60))
    document = read("a.py", f'"""Counts things.\n\nMore."""\n\n\nclass Counter:\n    def count(self) -> int:\n{body}')
    assert document.title == "Counts things."
    assert document.kind == "code"
    assert document.chunks[-1].heading == "class Counter › def count(self) -> int"


def test_chunk_that_begins_with_a_definition_is_not_told_it_twice(read: Read) -> None:
    document = read("a.py", "def add(a, b):\n    return a + b\n")
    assert headings(document) == [""]


def test_rows_of_a_table_stand_under_its_column_names(read: Read) -> None:
    rows = "".join(f"Person {n},{20 + n},Town number {n}\n" for n in range(80))
    document = read("people.csv", f"name,age,town\n{rows}")
    assert document.kind == "csv"
    assert headings(document)[0] == ""
    assert set(headings(document)[1:]) == {"name,age,town"}
    assert labels(document)[0].startswith("lines 1–")


def test_data_stay_as_they_are(read: Read) -> None:
    text = '{"a": [1, 2],\n "b": "ü"}'
    document = read("a.json", text)
    assert (document.kind, "".join(chunk.text for chunk in document.chunks)) == ("data", text)


def test_only_the_first_characters_of_too_long_a_text_are_read(read: Read) -> None:
    document = read("a.log", LINE * 100, max_chars=1_000)
    assert document.state == "partial"
    assert document.reason == "Only the first 1,000 characters were read."
    assert sum(len(chunk.text) for chunk in document.chunks) == 1_000


def test_bytes_that_are_no_text_are_unsupported_not_gibberish(read: Read) -> None:
    document = read("a.txt", bytes(range(256)) * 40)
    assert (document.state, document.chunks) == ("unsupported", ())
    assert len(document.sha256) == 64


def test_white_space_alone_is_empty(read: Read) -> None:
    assert read("a.txt", "").reason == "The file has no bytes in it."
    assert read("b.txt", " \n\t\n\n").state == "empty"


def test_control_characters_and_lone_surrogates_are_left_out(read: Read) -> None:
    document = read("a.txt", b"one\x01 two\x1b[31m three\xed\xa0\x80 four " + LINE.encode() * 10)
    assert document.chunks[0].text.startswith("one two[31m three")


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("# Learning C#", "Learning C#"),
        ("# Closed ##", "Closed"),
        ("#  Vec<T> & <b>bold</b> <br/>[link](http://a.b) `code`  ", "Vec<T> & bold link code"),
    ],
)
def test_markdown_heading_loses_its_marks_and_no_signs(read: Read, heading: str, title: str) -> None:
    assert read("a.md", f"{heading}\n\n{LINE}\n").title == title


@pytest.mark.parametrize("said", ["title: The plan", 'title:  "The plan" ', "title: 'The plan'"])
def test_title_in_front_matter_loses_its_quotes(read: Read, said: str) -> None:
    assert read("a.md", f"---\n{said}\n---\n{LINE}\n").title == "The plan"


def test_latex_headings_but_not_those_in_comments(read: Read) -> None:
    text = f"\\title{{Work}}\n% \\section{{Old}}\n\\section[s]{{New}}\n{LINE * 12}\nA \\subsection*{{Sub}}\n{LINE * 12}"
    document = read("a.tex", text)
    assert document.title == "Work"
    assert headings(document)[-1] == "New › Sub"
    assert not any("Old" in heading for heading in headings(document))


def test_definition_begins_with_the_comments_above_it(read: Read) -> None:
    code = f"x = 1  # {LINE * 12}\n\n# About the first.\n@decorated\ndef first():\n    return '{LINE * 12}'\n"
    (place,) = [chunk.place for chunk in read("a.py", code).chunks if "def first" in chunk.text]
    assert place.first == 3


def test_docstring_is_the_title_of_code(read: Read) -> None:
    assert read("a.py", '#!/usr/bin/env python\n\n"""Counts words. """\nimport os\n').title == "Counts words."
    assert read("b.py", '"""\n  On the next line.\n"""\n').title == "On the next line."
