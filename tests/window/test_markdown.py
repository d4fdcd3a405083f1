"""Markdown in documents: what becomes a link, a chip, a box; what stays letters; what is never loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor, QTextDocument, QTextTable
from pytestqt.qtbot import QtBot

from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.text.code_colors import colored
from app.window.text.selection import selected_text
from app.window.text.streamed_markdown import MarkdownStream
from app.window.text.text_formats import CHIP, CODE, CODE_HEAD, INLINE_CODE, MARKER, QUOTE, QUOTE_LEVELS
from app.window.text.text_view import TextView


def _shown(text: str, cited: Mapping[int, str] | None = None, *, verbatim: bool = False) -> MarkdownStream:
    stream = MarkdownStream(QTextDocument(), LIGHT)
    stream.rewrite(text, cited=cited or {}, verbatim=verbatim, whole=True)
    return stream


def _blocks(stream: MarkdownStream) -> Iterator[QTextBlock]:
    block = stream.document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _pieces(stream: MarkdownStream) -> Iterator[tuple[str, QTextCharFormat]]:
    for block in _blocks(stream):
        each = block.begin()
        while not each.atEnd():
            yield each.fragment().text(), each.fragment().charFormat()
            each += 1


def _links(stream: MarkdownStream) -> list[tuple[str, str]]:
    return [(text, shape.anchorHref()) for text, shape in _pieces(stream) if shape.isAnchor()]


def _all_selected(stream: MarkdownStream) -> str:
    cursor = QTextCursor(stream.document)
    cursor.select(QTextCursor.SelectionType.Document)
    return selected_text(cursor)


@pytest.fixture(autouse=True)
def _themed(themes: ThemeSource) -> None:
    """Every test here draws with the light theme."""


def test_html_stays_letters() -> None:
    stream = _shown("<script>alert(1)</script> <b>bold</b> &amp; <img src='file:///etc/passwd'>\n\n<div>\nx\n</div>")
    text = stream.document.toPlainText()
    assert "<script>alert(1)</script> <b>bold</b> & <img src='file:///etc/passwd'>" in text
    assert "<div>" in text
    assert not any(shape.fontWeight() >= 600 for _, shape in _pieces(stream))


def test_images_are_named_and_never_loaded(qtbot: QtBot) -> None:
    stream = _shown("![a picture](https://example.org/x.png) ![b](file:///etc/passwd)")
    assert stream.document.toPlainText() == "[image not loaded: a picture] ![b](file:///etc/passwd)"
    view = TextView(LIGHT)
    qtbot.addWidget(view)
    assert view.loadResource(2, QUrl("file:///etc/hostname")) is None


@pytest.mark.parametrize("address", ["https://example.org/a", "http://example.org", "mailto:ana@example.org"])
def test_web_and_mail_addresses_become_links(address: str) -> None:
    assert _links(_shown(f"See [here]({address}).")) == [("here", address)]


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "javascript:alert(1)", "cite:1", "data:text/html,x", "/x", "ftp://x"]
)
def test_other_addresses_never_become_links(address: str) -> None:
    stream = _shown(f"See [here]({address}).", {1: "tip"})
    assert _links(stream) == []
    assert "here" in stream.document.toPlainText()


def test_bare_web_address_becomes_a_link_without_its_full_stop() -> None:
    assert _links(_shown("Look at https://example.org/a_b?c=d, or (http://example.com).")) == [
        ("https://example.org/a_b?c=d", "https://example.org/a_b?c=d"),
        ("http://example.com", "http://example.com"),
    ]


def test_link_definitions_are_off_so_that_numbers_stay_citations() -> None:
    stream = _shown("It fell [1].\n\n[1]: https://evil.example", {1: "tip"})
    assert [href for _, href in _links(stream)] == ["cite:1", "cite:1", "https://evil.example"]


def test_numbers_of_known_citations_become_chips() -> None:
    stream = _shown("It fell [1], rose [2, 3] and stayed [4].", {1: "first", 2: "second", 3: "third"})
    chips = [
        (shape.property(CHIP), shape.anchorHref(), shape.toolTip()) for _, shape in _pieces(stream) if shape.isAnchor()
    ]
    assert chips == [(1, "cite:1", "first"), (2, "cite:2", "second"), (3, "cite:3", "third")]
    assert "[4]" in stream.document.toPlainText()


def test_numbers_in_code_are_no_citations() -> None:
    stream = _shown("Take `a[1]`.\n\n```\nb[1]\n```", {1: "tip"})
    assert _links(stream) == []
    assert stream.codes == {1: "b[1]"}


def test_chip_is_not_parted_from_its_word() -> None:
    stream = _shown("fell by three percent [1] last year", {1: "tip"})
    text = stream.document.begin().text()
    before, _, _ = text.partition("1")
    assert " " not in before[before.index("percent") :]


def test_code_boxes_keep_their_source_and_language() -> None:
    source = "def f(x):\n    return `x`\n\n\ty = 1"
    stream = _shown(f"Before\n\n```python title\n{source}\n```\n\nAfter\n\n    indented\n")
    assert stream.codes == {1: source, 2: "indented"}
    assert stream.languages == {1: "python", 2: ""}
    assert [block.text() for block in _blocks(stream) if block.blockFormat().property(CODE) == 1] == source.split("\n")


@pytest.mark.parametrize("before", ["", "| a |\n|--|\n| b |\n\n", "Text\n\n", "```\ny\n```\n\n"])
def test_head_of_a_code_box_is_below_what_stands_before_it(before: str) -> None:
    stream = _shown(f"{before}```python\nx = 1\n```")
    stream.document.setTextWidth(400)
    layout = stream.document.documentLayout()
    box = stream.document.lastBlock()
    above = max((layout.blockBoundingRect(each).bottom() for each in _blocks(stream) if each.text() and each != box),
                default=0.0)  # fmt: skip
    assert box.text() == "x = 1"
    assert layout.blockBoundingRect(box).top() - CODE_HEAD >= above


def test_code_is_coloured_by_kind() -> None:
    colors = {
        text: shape.foreground().color().name().upper() for text, shape in _pieces(_shown("```python\nif 'x': 1\n```"))
    }
    assert colors["if"] == LIGHT.code_keyword
    assert colors["'x'"] == LIGHT.code_string
    assert colors["1"] == LIGHT.code_number


@pytest.mark.parametrize("language", ["python", "js", "html", "no-such-language", "", "console", "json", "diff"])
def test_colouring_never_changes_the_text(language: str) -> None:
    for source in ("", "\n", "x = [1,\n\n  2]  \n", "<a b='c'>&amp;", "$ ls\nout\n", "é 😀\t\x0b", "x" * 30_000):
        assert "".join(text for text, _ in colored(source, language)) == source


def test_lists_count_from_where_they_begin() -> None:
    stream = _shown("3. three\n4. four\n   - bullet\n     1. one\n5. five\n\n- new")
    assert [(block.text(), block.blockFormat().property(MARKER)) for block in _blocks(stream)] == [
        ("three", "3."), ("four", "4."), ("bullet", "◦"), ("one", "1."), ("five", "5."), ("new", "•"),
    ]  # fmt: skip


def test_item_that_begins_with_code_keeps_its_marker() -> None:
    stream = _shown("1. ```\n   x\n   ```\n2.\n")
    assert [block.blockFormat().property(MARKER) for block in _blocks(stream)] == ["1.", None, "2."]


def test_quotes_know_their_depth_and_which_quote_they_are_of() -> None:
    stream = _shown("> a\n>\n> > b\n\nbetween\n\n> c")
    quotes = [int(block.blockFormat().property(QUOTE) or 0) for block in _blocks(stream)]
    assert [divmod(quote, QUOTE_LEVELS) for quote in quotes] == [(1, 1), (1, 2), (0, 0), (2, 1)]


def test_table_keeps_its_alignment_and_its_padding() -> None:
    stream = _shown("| a | b |\n|---|--:|\n| x **y** | 1 |\n\nafter")
    table = stream.document.rootFrame().childFrames()[0]
    assert isinstance(table, QTextTable)
    assert (table.rows(), table.columns()) == (2, 2)
    cell = table.cellAt(1, 1)
    assert cell.format().toTableCellFormat().rightPadding() > 0
    assert cell.firstCursorPosition().blockFormat().alignment().name == "AlignRight"


def test_quotes_mode_shows_marks_as_letters() -> None:
    text = "“5 * 3 * 2 # _a_ [x](http://y) <b> ![i](z)” [1]\n\nlease.txt was not read."
    stream = _shown(text, {1: "tip"}, verbatim=True)
    blocks = list(_blocks(stream))
    assert blocks[0].text().startswith("“5 * 3 * 2 # _a_ [x](http://y) <b> ![i](z)”")
    assert [bool(block.blockFormat().property(QUOTE)) for block in blocks] == [True, False]
    assert [href for _, href in _links(stream)] == ["cite:1"]


def test_selection_is_copied_as_a_person_would_have_typed_it() -> None:
    stream = _shown(
        "Fell [1][2] by `x` 😀.\n\n2. two\n   - deep\n\n"
        "| a | b |\n|--|--|\n| c | d |\n\n```python\nx = 1\n```\n\nline\\\nbreak",
        {1: "", 2: ""},
    )
    assert _all_selected(stream) == "Fell [1][2] by x 😀.\n2. two\n- deep\na\tb\nc\td\nx = 1\nline\nbreak"


def test_part_of_a_line_after_an_emoji_is_copied_whole() -> None:
    stream = _shown("😀😀 one two")
    cursor = QTextCursor(stream.document)
    cursor.setPosition(5)
    cursor.setPosition(8, QTextCursor.MoveMode.KeepAnchor)
    assert selected_text(cursor) == "one"


def test_another_theme_rewrites_every_colour() -> None:
    stream = _shown("Text `code` [1]\n\n```python\nif x: 1\n```", {1: ""})
    stream.rewrite("Text `code` [1]\n\n```python\nif x: 1\n```", theme=DARK, whole=True)
    light = {value.upper() for value in LIGHT.__dict__.values() if str(value).startswith("#")}
    dark = {value.upper() for value in DARK.__dict__.values() if str(value).startswith("#")}
    used = {shape.foreground().color().name().upper() for _, shape in _pieces(stream)}
    assert used <= dark
    assert not used & (light - dark)
    assert any(shape.property(INLINE_CODE) for _, shape in _pieces(stream))
