"""The pane of the cited page: what it shows, what it says about the quote, its pixels, its keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTextFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.base.preview import Column, Drawn, Grid, Letter, Lines, Preview, Rendered, View
from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.controls.widgets import IconButton
from app.window.source.document_page import text_column
from app.window.source.pane_body import take_pixels
from app.window.source.preview_pane import PreviewPane
from app.window.source.shown_file import ShownFile
from tests.support.answers import citation

BOX = (100.0, 600.0, 700.0, 24.0)


@pytest.fixture
def pane(themes: ThemeSource, qtbot: QtBot) -> Iterator[PreviewPane]:
    """A pane on the screen."""
    made = PreviewPane(LIGHT)
    qtbot.addWidget(made)
    made.resize(500, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    yield made


def _page(
    folder: Path,
    width: int = 1000,
    height: int = 1294,
    boxes: tuple[tuple[float, float, float, float], ...] | None = None,
    **more: object,
) -> Preview:
    """A drawn page: white, with a grey column of text from a tenth to nine tenths of its width."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    for line in range(height // 10, height * 9 // 10, 30):
        painter.fillRect(QRectF(width * 0.1, line, width * 0.8, 12), QColor("black"))
    painter.end()
    path = folder / "pixels"
    path.write_bytes(bytes(image.constBits()))
    view = Drawn(path=str(path), width=width, height=height, boxes=(BOX,) if boxes is None else boxes)
    page = Preview(view=view, match="exact", unit="page", number=28, count=160, has_text=True)
    return msgspec.structs.replace(page, **more)


def _lines(text: str, marks: tuple[tuple[int, int], ...] = (), **view: object) -> Preview:
    lines = Lines(text=text, first=41, marks=marks, fixed=True)
    return Preview(view=msgspec.structs.replace(lines, **view), match="exact")


def _words(pane: PreviewPane) -> list[str]:
    return [each.text() for each in pane.findChildren(QLabel) if each.isVisible() and each.text()]


# ---- what it says -------------------------------------------------------------------------------------------------


def test_citation_is_named_before_its_page_is_there(pane: PreviewPane, qtbot: QtBot) -> None:
    pane.show_citation(citation(3, "/srv/Filings/3M <b>2018.pdf"))
    assert {"3M <b>2018.pdf", "/srv/Filings", "Cited as 3", "“quote number 3”"} <= set(_words(pane))
    qtbot.waitUntil(lambda: "Opening page 28…" in _words(pane))


def test_page_is_shown_with_its_number_and_its_match(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path))
    assert pane.body.page.isVisible()
    assert {"Page 28 of 160", "Exact match on this page"} <= set(_words(pane))
    assert pane.body.page.accessibleName() == "Page 28 of 160, 3M_2018_10K.pdf"


@pytest.mark.parametrize(
    ("match", "text", "kind"),
    [
        ("exact", "Exact match on this page", "pill-ok"),
        ("close", "Close match", "pill-warn"),
        ("none", "Passage not found word for word", "pill-warn"),
    ],
)
def test_match_is_never_claimed_beyond_what_was_computed(
    pane: PreviewPane, tmp_path: Path, match: str, text: str, kind: str
) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path, match=match))
    badges = [each for each in pane.findChildren(QLabel) if each.isVisible() and each.property("kind") == kind]
    assert [badge.text() for badge in badges] == [text]
    said = " ".join(_words(pane))
    assert ("Exact" in said) == (match == "exact")


def test_other_pages_say_nothing_about_the_quote_and_lead_back(pane: PreviewPane, tmp_path: Path, qtbot: QtBot) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path))
    with qtbot.waitSignal(pane.page_requested) as caught:
        pane.tools.forward.click()
    assert caught.args == [29]
    pane.set_preview(_page(tmp_path, number=29, match="none", boxes=(), at_place=False))
    assert not any("match" in words or "word for word" in words for words in _words(pane))
    assert "Page 29 of 160" in _words(pane)
    assert pane.tools.to_place.text() == "Back to page 28"
    with qtbot.waitSignal(pane.page_requested) as caught:
        pane.tools.to_place.click()
    assert caught.args == [0]  # the cited one


def test_file_that_was_gone_when_the_answer_was_shown_is_called_so(pane: PreviewPane) -> None:
    pane.show_citation(msgspec.structs.replace(citation(1), checked="missing"))
    assert {"Deleted", "The file is no longer where it was. The quote is kept with the answer."} <= set(_words(pane))


@pytest.mark.parametrize(
    ("match", "note"),
    [
        ("exact", "The quote still stands here word for word."),
        ("close", "Most of the quote still stands here."),
        ("none", "The quote does not stand here any more. The quote is kept with the answer."),
    ],
)
def test_file_with_other_bytes_than_were_cited_is_never_an_exact_match(
    pane: PreviewPane, tmp_path: Path, match: str, note: str
) -> None:
    pane.show_citation(msgspec.structs.replace(citation(1), sha256="a" * 64))
    pane.set_preview(_page(tmp_path, match=match, sha256="b" * 64))
    assert {"Changed since it was cited", note} <= set(_words(pane))
    assert not any("Exact" in words for words in _words(pane))


@pytest.mark.parametrize(
    ("doubt", "badge"), [("checking", "Checking…"), ("deleted", "Deleted"), ("unknown", "Not checked now")]
)
def test_nothing_is_called_exact_while_it_is_in_doubt(
    pane: PreviewPane, tmp_path: Path, doubt: str, badge: str
) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path))
    pane.set_doubt(doubt)
    assert badge in _words(pane)
    assert not any("Exact" in words for words in _words(pane))
    assert pane.body.page.isVisible()
    pane.set_doubt("")
    assert "Exact match on this page" in _words(pane)


def test_problem_is_said_and_the_quote_stays(pane: PreviewPane) -> None:
    pane.show_citation(citation(1))
    pane.set_problem("The file cannot be opened.", "It was moved or deleted.")
    assert {"The file cannot be opened.", "It was moved or deleted.", "“quote number 1”"} <= set(_words(pane))
    assert not pane.body.patience.isActive()  # so that "Opening…" cannot come after it


# ---- pixels -------------------------------------------------------------------------------------------------------


def test_pixel_file_is_read_and_deleted(pane: PreviewPane, tmp_path: Path) -> None:
    page = _page(tmp_path, 40, 50)
    assert isinstance(page.view, Drawn)
    image = take_pixels(page.view)
    assert image is not None
    assert (image.width(), image.height()) == (40, 50)
    assert image.pixelColor(0, 0) == QColor("white")
    assert image.pixelColor(20, 5) == QColor("black")
    assert list(tmp_path.iterdir()) == []


def test_pixel_colours_are_blue_green_red(tmp_path: Path) -> None:
    path = tmp_path / "pixels"
    path.write_bytes(bytes([255, 0, 0, 255]))
    image = take_pixels(Drawn(path=str(path), width=1, height=1))
    assert image is not None
    assert image.pixelColor(0, 0) == QColor("blue")


@pytest.mark.expects_warnings
def test_pixel_file_of_another_size_is_a_problem_and_is_deleted(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1))
    page = _page(tmp_path)
    pane.set_preview(msgspec.structs.replace(page, view=msgspec.structs.replace(page.view, width=999)))
    assert "This page could not be drawn." in _words(pane)
    assert list(tmp_path.iterdir()) == []
    pane.set_preview(msgspec.structs.replace(page, view=Drawn(path=str(tmp_path / "gone"), width=1, height=1)))
    assert "This page could not be drawn." in _words(pane)


def test_passage_is_marked_on_the_page(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path, boxes=((0.0, 640.0, 1000.0, 14.0),)))
    image = pane.body.page.viewport().grab().toImage()
    yellow = QColor(LIGHT.mark_wash)
    middle = image.width() // 2
    column = [image.pixelColor(middle, y) for y in range(image.height())]
    marked = [y for y, pixel in enumerate(column) if pixel == yellow]
    assert marked
    assert abs(sum(marked) / len(marked) - image.height() / 2) < 30


def test_first_zoom_fills_the_width_with_the_column_of_text(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path))
    assert pane.body.page.zoom == pytest.approx(0.93 / 0.8, abs=0.03)


@pytest.mark.parametrize(("left", "right"), [(0.1, 0.9), (0.4, 0.6)])
def test_column_of_text_is_found(left: float, right: float) -> None:
    image = QImage(800, 1000, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.fillRect(QRectF(800 * left, 100, 800 * (right - left), 600), QColor("black"))
    painter.end()
    assert text_column(image) == pytest.approx((left, right), abs=0.02)


def test_empty_page_has_no_column() -> None:
    image = QImage(80, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    assert text_column(image) == (0.0, 1.0)
    assert text_column(QImage()) == (0.0, 1.0)


def test_white_page_is_dimmed_in_the_dark_unless_one_says_otherwise(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path))
    assert not pane.tools.dim.isVisible()
    pane.set_theme(DARK)
    assert pane.tools.dim.isVisible()
    spot = (pane.body.page.viewport().width() // 2, 4)
    assert pane.body.page.viewport().grab().toImage().pixelColor(*spot).lightness() < 230
    pane.tools.dim.click()
    assert pane.body.page.viewport().grab().toImage().pixelColor(*spot).lightness() == 255


# ---- text ---------------------------------------------------------------------------------------------------------


def _marked(pane: PreviewPane) -> list[str]:
    return [selection.cursor.selectedText() for selection in pane.body.lines.extraSelections()]


def test_lines_are_shown_with_the_quote_marked(pane: PreviewPane) -> None:
    text = "first line\nthe quoted words\nlast"
    pane.show_citation(citation(1, "/srv/a.py", 42, kind="line"))
    pane.set_preview(_lines(text, ((11, 27),)))
    assert pane.body.lines.isVisible()
    assert pane.body.lines.toPlainText() == text
    assert _marked(pane) == ["the quoted words"]
    assert pane.body.lines._marked_blocks() == {1}
    assert "Exact match" in _words(pane)


def test_marks_count_letters_beyond_the_first_plane_and_line_breaks_of_any_system(pane: PreviewPane) -> None:
    text = "😀😀\r\nnext 😀 quoted\rend"
    start = text.index("quoted")
    pane.show_citation(citation(1, "/srv/a.txt", 42, kind="line"))
    pane.set_preview(_lines(text, ((start, start + 6), (0, 2), (5000, 6000))))
    assert pane.body.lines.toPlainText() == "😀😀\nnext 😀 quoted\nend"
    assert _marked(pane) == ["quoted", "😀😀"]


def test_program_text_has_a_fixed_width_and_prose_has_not(pane: PreviewPane) -> None:
    pane.show_citation(citation(1, "/srv/a.py", 42, kind="line"))
    pane.set_preview(_lines("x = 1"))
    assert pane.body.lines.fontMetrics().horizontalAdvance("i") == pane.body.lines.fontMetrics().horizontalAdvance("W")
    pane.show_citation(citation(1, "/srv/a.docx", 2, kind="heading"))
    pane.set_preview(_lines("Some prose", first=0, fixed=False))
    assert pane.body.lines.fontMetrics().horizontalAdvance("i") < pane.body.lines.fontMetrics().horizontalAdvance("W")
    assert pane.body.lines.gutter_width() == 0


def test_mark_is_scrolled_into_view(pane: PreviewPane, qtbot: QtBot) -> None:
    text = "\n".join(f"line {number}" for number in range(2000))
    start = text.index("line 1500")
    pane.show_citation(citation(1, "/srv/a.txt", 1541, kind="line"))
    pane.set_preview(_lines(text, ((start, start + 9),)))

    def first_seen() -> int:
        return pane.body.lines.firstVisibleBlock().blockNumber()

    qtbot.waitUntil(lambda: 1400 < first_seen() <= 1500)
    pane.resize(500, 600)
    qtbot.waitUntil(lambda: 1450 < first_seen() <= 1500)


# ---- hands --------------------------------------------------------------------------------------------------------


def test_keys_turn_pages_zoom_and_close(pane: PreviewPane, tmp_path: Path, qtbot: QtBot) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path))
    pane.body.page.setFocus()
    with qtbot.waitSignal(pane.page_requested) as caught:
        QTest.keyClick(pane.body.page, Qt.Key.Key_PageDown)
    assert caught.args == [29]
    pane.set_preview(_page(tmp_path, number=29))
    with qtbot.waitSignal(pane.page_requested) as caught:
        QTest.keyClick(pane.body.page, Qt.Key.Key_PageUp)
    assert caught.args == [28]
    pane.set_preview(_page(tmp_path))
    before = pane.body.page.zoom
    QTest.keyClick(pane.body.page, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: pane.body.page.zoom > before)
    QTest.keyClick(pane.body.page, Qt.Key.Key_Minus)
    QTest.keyClick(pane.body.page, Qt.Key.Key_Minus)
    qtbot.waitUntil(lambda: pane.body.page.zoom < before)
    QTest.keyClick(pane.body.page, Qt.Key.Key_0)
    qtbot.waitUntil(lambda: pane.body.page.zoom == pytest.approx(before))
    with qtbot.waitSignal(pane.closed):
        QTest.keyClick(pane.body.page, Qt.Key.Key_Escape)


def test_chosen_zoom_stays_from_page_to_page_but_not_from_file_to_file(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path))
    first = pane.body.page.zoom
    pane.tools.larger.click()
    larger = pane.body.page.zoom
    pane.set_preview(_page(tmp_path, number=29))
    assert pane.body.page.zoom == larger > first
    pane.show_citation(citation(1, "/srv/other.pdf"))
    pane.set_preview(_page(tmp_path))
    assert pane.body.page.zoom == pytest.approx(first)


def test_pages_end_at_the_first_and_the_last(pane: PreviewPane, tmp_path: Path, qtbot: QtBot) -> None:
    pane.show_citation(citation(1, page=1))
    pane.set_preview(_page(tmp_path, number=1, count=2))
    assert not pane.tools.back.isEnabled()
    with qtbot.assertNotEmitted(pane.page_requested):
        QTest.keyClick(pane.body.page, Qt.Key.Key_PageUp)
    pane.set_preview(_page(tmp_path, number=2, count=2))
    assert not pane.tools.forward.isEnabled()


def test_single_page_offers_no_turning(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1, page=1))
    pane.set_preview(_page(tmp_path, number=1, count=1))
    assert not pane.tools.back.isVisible()
    assert not pane.tools.forward.isVisible()


def test_letters_of_lines_are_zoomed(pane: PreviewPane) -> None:
    pane.show_citation(citation(1, "/srv/a.txt", 42, kind="line"))
    pane.set_preview(_lines("x"))
    before = pane.body.lines.font().pixelSize()
    pane.tools.larger.click()
    assert pane.body.lines.font().pixelSize() == before + 1


def test_file_is_opened_shown_and_closed_by_others(pane: PreviewPane, qtbot: QtBot) -> None:
    cited = citation(1)
    pane.show_citation(cited)
    for button, signal in (
        (pane.head.open_button, pane.open_requested),
        (pane.head.folder_button, pane.show_folder_requested),
    ):
        with qtbot.waitSignal(signal) as caught:
            button.click()
        assert caught.args == [cited.path]
    with qtbot.waitSignal(pane.closed):
        pane.head.close_button.click()


def test_every_button_is_named(pane: PreviewPane) -> None:
    assert all(button.accessibleName() for button in pane.findChildren(IconButton))


def test_long_quote_scrolls_and_short_one_takes_little_room(pane: PreviewPane) -> None:
    pane.show_citation(msgspec.structs.replace(citation(1), quote="word " * 400))
    tall = pane.foot.quote_area.height()
    pane.show_citation(citation(2))
    assert pane.foot.quote_area.height() < tall <= 96


def test_page_is_dragged_by_the_mouse(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path))
    for _ in range(4):
        pane.tools.larger.click()
    bar = pane.body.page.verticalScrollBar()
    before = bar.value()
    view = pane.body.page.viewport()
    middle = view.rect().center()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(view, middle - middle / 4)
    QApplication.processEvents()
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=middle - middle / 4)
    assert bar.value() > before


# ---- documents as documents ---------------------------------------------------------------------------------------


def test_markdown_is_rendered_with_the_quote_marked_across_its_signs(pane: PreviewPane, qtbot: QtBot) -> None:
    text = (
        "# Head\n\n"
        + "Filler.\n\n" * 60
        + "The lease **renews** on [1 March](https://x.y) again.\n\n"
        + "After.\n\n" * 60
    )
    cited = msgspec.structs.replace(citation(1, "/srv/a.md", 42, kind="line"), quote="lease **renews** on [1 March]")
    pane.show_citation(cited)
    pane.set_preview(Preview(view=Rendered(markdown=text), match="exact", has_text=True))
    rendered = pane.body.rendered
    assert rendered.isVisible()
    assert rendered.marked == "lease renews on 1 March"

    def seen() -> bool:
        marks = rendered.text.extraSelections()
        top = rendered.text.mapTo(rendered.viewport(), rendered.text.cursorRect(marks[0].cursor).topLeft()).y()
        return 0 < top < rendered.viewport().height()

    qtbot.waitUntil(seen)
    pane.tools.larger.click()
    assert seen()
    assert rendered.marked == "lease renews on 1 March"
    with qtbot.waitSignal(pane.text_requested) as caught:
        pane.tools.as_text.click()
    assert caught.args == [True]


def test_program_text_is_coloured(pane: PreviewPane) -> None:
    pane.show_citation(citation(1, "/srv/a.py", 42, kind="line"))
    pane.set_preview(_lines("def x():\n    return 'ü😀'  # why", language="python"))
    block = pane.body.lines.document().findBlockByNumber(1)
    colors = {}
    piece = block.begin()
    while not piece.atEnd():
        colors[piece.fragment().text().strip()] = piece.fragment().charFormat().foreground().color().name()
        piece += 1
    assert colors["return"] == LIGHT.code_keyword.lower()
    assert colors["'ü😀'"] == LIGHT.code_string.lower()
    assert colors["# why"] == LIGHT.code_comment.lower()


def test_text_after_program_text_has_none_of_its_colours(pane: PreviewPane) -> None:
    pane.show_citation(citation(1, "/srv/a.py", 42, kind="line"))
    pane.set_preview(_lines("'the end'", language="python"))
    pane.show_citation(citation(1, "/srv/a.rtf", 2, kind="whole"))
    pane.set_preview(_lines("Some prose\n\nin two paragraphs", first=0, fixed=False))
    document = pane.body.lines.document()
    for number in range(document.blockCount()):
        formats = document.findBlockByNumber(number).textFormats()
        assert not any(each.format.hasProperty(QTextFormat.Property.ForegroundBrush) for each in formats)
    assert document.toPlainText().startswith("Some prose")


def test_mail_has_its_header_above_its_words(pane: PreviewPane) -> None:
    letter = Letter(header=(("Subject", "Lease"), ("From", "Ana")), text="It renews.", marks=((3, 9),))
    pane.show_citation(citation(1, "/srv/a.eml", 1, kind="message"))
    pane.set_preview(Preview(view=letter, match="exact", unit="message"))
    assert {"Lease", "From", "Ana"} <= set(_words(pane))
    body = pane.body.letter.body
    assert body.isVisible()
    assert [selection.cursor.selectedText() for selection in body.extraSelections()] == ["renews"]


def test_picture_is_shown_whole_and_is_not_dimmed(pane: PreviewPane, tmp_path: Path) -> None:
    path = tmp_path / "pixels"
    path.write_bytes(bytes([0, 0, 255, 255]) * 4000 * 2000)
    pane.set_theme(DARK)
    pane.show_subject(ShownFile("/srv/a.png"))
    pane.set_preview(Preview(view=Drawn(path=str(path), width=4000, height=2000, printed=False), unit="picture"))
    assert not pane.tools.dim.isVisible()
    assert pane.body.page.zoom == 1.0
    shown = pane.body.page.viewport().grab().toImage()
    assert shown.pixelColor(shown.width() // 2, shown.height() // 2) == QColor("red")
    assert shown.pixelColor(shown.width() // 2, 4) != QColor("red")  # it stands in the middle
    assert not pane.foot.isVisible()


@pytest.mark.parametrize("steps", [1, -1])
def test_zoom_keeps_the_quote_in_sight(pane: PreviewPane, steps: int, qtbot: QtBot) -> None:
    text = "\n".join(f"line {number} of some words" for number in range(400))
    start = text.index("line 390")
    pane.show_citation(citation(1, "/srv/a.txt", 42, kind="line"))
    pane.set_preview(_lines(text, ((start, start + 8),)))
    view = pane.body.lines
    for _ in range(8):
        pane.body.zoom(steps)
    assert view._mark_is_seen()


def test_zoomed_page_keeps_the_quote_in_sight(pane: PreviewPane, tmp_path: Path) -> None:
    pane.show_citation(citation(1))
    pane.set_preview(_page(tmp_path, boxes=((820.0, 1200.0, 80.0, 14.0),)))
    for _ in range(6):
        pane.tools.larger.click()
    assert pane.body.page._passage_is_seen()


def test_section_of_a_document_offers_no_way_back_to_where_one_is(pane: PreviewPane) -> None:
    pane.show_citation(citation(1, "/srv/a.docx", 1, kind="heading"))
    pane.set_preview(_lines("Some prose", first=0, fixed=False))
    assert not pane.tools.to_place.isVisible()
    assert "Heading 1" in _words(pane)


@pytest.mark.parametrize("printed", [True, False])
def test_page_bears_having_no_room_at_all(pane: PreviewPane, tmp_path: Path, printed: bool) -> None:
    path = tmp_path / "pixels"
    path.write_bytes(bytes(4) * 40 * 900)
    pane.show_citation(citation(1))
    view = Drawn(path=str(path), width=40, height=900, boxes=((1.0, 1.0, 2.0, 2.0),), printed=printed)
    pane.set_preview(Preview(view=view, match="exact", unit="page"))
    for size in ((400, 0), (0, 400), (0, 0), (400, 300)):
        pane.body.page.setFixedSize(*size)
        pane.body.page.viewport().resize(*size)
        pane.body.page.zoom_by(1)
        pane.body.page.fit_column()
        QApplication.processEvents()
    assert pane.body.page.zoom > 0


@pytest.mark.parametrize(
    "view",
    [
        Lines(text="a\nb" * 50, first=1, marks=((0, 3),), fixed=True, language="python"),
        Rendered(markdown="# Head\n\n|a|b|\n|-|-|\n|1|2|\n\n```python\nx\n```\n"),
        Letter(header=(("Subject", "Lease"),), text="It renews."),
        Grid(columns=(Column(name="Client"),), rows=500, marked=((400, 401),)),
        Grid(columns=(), rows=0),
    ],
)
def test_every_view_bears_having_no_room_at_all(pane: PreviewPane, view: View) -> None:
    pane.show_citation(citation(1, "/srv/a.md", 1, kind="line"))
    pane.set_preview(Preview(view=view, match="exact"))
    shown = pane.body.currentWidget()
    assert shown is not None
    for size in ((400, 0), (0, 400), (0, 0), (300, 300)):
        shown.setFixedSize(*size)
        for steps in (1, -1, 0):
            pane.body.zoom(steps)
        pane.set_preview(Preview(view=view, match="none"), True)
        QApplication.processEvents()
    assert pane.body.currentWidget() is shown
