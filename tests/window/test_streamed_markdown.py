"""Streamed Markdown equals the whole, and what a piece costs does not grow with the answer."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PySide6.QtGui import QTextCursor, QTextDocument

from app.window.controls.theme import LIGHT, ThemeSource
from app.window.text.markdown import MarkdownWriter
from app.window.text.markdown_dialect import parser
from app.window.text.selection import selected_text
from app.window.text.streamed_markdown import MarkdownStream
from app.window.text.text_formats import MARKER, prepare
from tests.support import markdown_corpus as corpus

CITED = {1: "a", 2: "b", 3: "c"}
WIDTH = 600


@pytest.fixture(autouse=True)
def _themed(themes: ThemeSource) -> None:
    """Every test here draws with the light theme."""


def _look(document: QTextDocument) -> tuple[str, float, list[str]]:
    """Text, height and markers of a document."""
    document.setTextWidth(WIDTH)
    markers = []
    block = document.begin()
    while block.isValid():
        markers.append(block.blockFormat().property(MARKER) or "")
        block = block.next()
    return document.toPlainText(), document.size().height(), markers


def _everything(document: QTextDocument) -> QTextCursor:
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    return cursor


def _whole(text: str) -> tuple[tuple[str, float, list[str]], dict[int, str]]:
    document = QTextDocument()
    prepare(document)
    writer = MarkdownWriter(document, LIGHT, CITED)
    writer.write(parser().parse(text))
    return _look(document), writer.codes


def _streamed(text: str, pieces: list[str]) -> tuple[tuple[str, float, list[str]], dict[int, str]]:
    document = QTextDocument()
    stream = MarkdownStream(document, LIGHT, CITED)
    document.setTextWidth(WIDTH)
    for piece in pieces:
        stream.feed(piece)
    stream.finish()
    assert stream.text == text
    return _look(document), dict(stream.codes)


def _cut(text: str, source: random.Random, longest: int) -> list[str]:
    pieces, at = [], 0
    while at < len(text):
        size = source.randint(1, longest)
        pieces.append(text[at : at + size])
        at += size
    return pieces


@pytest.mark.parametrize("seed", range(60))
def test_streamed_text_and_height_equal_the_whole(seed: int) -> None:
    source = random.Random(seed)
    text = corpus.text(source, 10)
    assert _streamed(text, _cut(text, source, 30)) == _whole(text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=some.text(corpus.MARKERS, max_size=60), seed=some.integers(0, 1000))
def test_markers_in_any_order_and_cut_anywhere_equal_the_whole(text: str, seed: int) -> None:
    if text.strip(" \n>"):
        assert _streamed(text, _cut(text, random.Random(seed), 3)) == _whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "1. a\n\n5. b",  # "5" is a paragraph until its full stop comes
        "- a\n**b** goes on",  # "*" is a list until the second one comes
        "- a\n---\nb",
        "a | b\n--. x",  # "--" makes a table of the line before, until more comes
        "para\n```py`x` goes on",
        "```\n~~~\n```\nafter",
        "para\n===\nmore",
        "- a\n\n  b\n- c",
        "```sh\nls\n",
        "x\n\n| a |\n|---|\n| b |",
        "\n\n  \n# t",
    ],
)
def test_beginnings_that_read_another_way_are_taken_back(text: str) -> None:
    assert _streamed(text, list(text)) == _whole(text)


def test_line_breaks_of_any_system_in_two_halves_are_one() -> None:
    stream = MarkdownStream(QTextDocument(), LIGHT)
    for piece in ("a\r", "\n\r\nb\r", "c\0"):
        stream.feed(piece)
    assert stream.text == "a\n\nb\nc\ufffd"


def _parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of all texts that are parsed from now on."""
    lengths: list[int] = []
    real = MarkdownStream._parse

    def counting(self: MarkdownStream, text: str) -> object:
        lengths.append(len(text))
        return real(self, text)

    monkeypatch.setattr(MarkdownStream, "_parse", counting)
    return lengths


def test_a_piece_costs_no_more_at_the_end_than_at_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    source = random.Random(7)
    blocks = [corpus.block(source) for _ in range(240)]
    lengths = _parsed(monkeypatch)
    stream = MarkdownStream(QTextDocument(), LIGHT, CITED)
    work = []
    for piece in _cut("\n\n".join(blocks), source, 60):
        before = len(lengths)
        stream.feed(piece)
        work.append(sum(lengths[before:]))
    tenth = len(work) // 10
    first, last = sum(work[:tenth]), sum(work[-tenth:])
    assert last <= 3 * first
    assert max(work) <= 6 * max(map(len, blocks))


@pytest.mark.parametrize("marker", ["- ", "1. "])
def test_long_list_is_written_item_by_item(marker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = _parsed(monkeypatch)
    stream = MarkdownStream(QTextDocument(), LIGHT)
    items = [f"{marker}item number {at} of a long list\n" for at in range(400)]
    for item in items:
        stream.feed(item)
    assert max(lengths[-50:]) <= 4 * len(items[-1])
    expected = [f"{at + 1}." if marker == "1. " else "•" for at in range(400)]
    assert _look(stream.document)[2] == expected


def test_open_code_is_appended_without_parsing_and_coloured_when_it_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = MarkdownStream(QTextDocument(), LIGHT)
    stream.feed("```python\nfirst = 1\n")
    lengths = _parsed(monkeypatch)
    source = "".join(f"value_{at} = compute('`row {at}`')  # ~ step\n" for at in range(200))
    for piece in _cut(source, random.Random(3), 50):
        stream.feed(piece)
    assert lengths == []
    assert selected_text(_everything(stream.document)).count("\n") == 200
    stream.feed("```\n")
    assert stream.codes == {1: f"first = 1\n{source}".removesuffix("\n")}
    first = stream.document.begin().next()  # after the empty block under the box's head
    colors = {piece.format.foreground().color().name().upper() for piece in first.textFormats()}
    assert LIGHT.code_number in colors


def test_text_fed_after_a_rewrite_goes_on_from_there() -> None:
    stream = MarkdownStream(QTextDocument(), LIGHT)
    stream.feed("old text\n\n- x")
    stream.rewrite("new [1] te", cited={1: "tip"})
    stream.feed("xt\n\nmore")
    stream.finish()
    assert stream.text == "new [1] text\n\nmore"
    assert _look(stream.document)[0].endswith("text\nmore")
