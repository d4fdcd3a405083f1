"""Showing a place with its quote."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.preview import Drawn, Lines, Preview
from app.base.values import Document
from app.base.worker_calls import DrawPlace
from app.workers.extract.page import draw_place
from app.workers.extract.views.grid_view import Workbooks
from tests.support import sample_documents as made

Read = Callable[..., Document]


def draw(path: Path, document: Document, index: int, quote: str, number: int = 0, width: int = 1000) -> Preview:
    call = DrawPlace(
        path=str(path),
        place=document.chunks[index].place,
        quote=quote,
        number=number,
        width=width,
        pixels_dir=str(path.parent),
    )
    return draw_place(call, lambda: False, Workbooks())


def lines(shown: Preview) -> Lines:
    assert isinstance(shown.view, Lines)
    return shown.view


def pixels(shown: Preview) -> Drawn:
    assert isinstance(shown.view, Drawn)
    return shown.view


def test_page_is_drawn_into_a_private_file_with_the_quote_boxed(read: Read, tmp_path: Path) -> None:
    document = read("a.pdf", made.pdf([["Cover"], ["A line to quote", "from page two"]]))
    shown = draw(tmp_path / "a.pdf", document, 1, "line to quote from page", width=612)
    assert (shown.match, shown.unit, shown.number, shown.count, shown.at_place) == ("exact", "page", 2, 2, True)
    assert shown.sha256 == document.sha256
    drawn = pixels(shown)
    assert (drawn.width, drawn.height) == (612, 792)
    assert os.stat(drawn.path).st_size == 612 * 792 * 4
    assert os.stat(drawn.path).st_mode & 0o777 == 0o600
    assert len(drawn.boxes) == 2
    x, y, width, height = drawn.boxes[0]
    assert 72 < x < 100 and 60 < y < 75 and width > 60 and 5 < height < 20
    data = Path(drawn.path).read_bytes()
    row = data[int(y + height / 2) * 612 * 4 :][: 612 * 4]
    assert data[:4] == b"\xff\xff\xff\xff"  # white, opaque
    assert min(row) < 128  # letters


def test_page_beyond_the_end_is_the_last(read: Read, tmp_path: Path) -> None:
    document = read("a.pdf", made.pdf([["One"], ["Two"]]))
    assert draw(tmp_path / "a.pdf", document, 0, "One", number=9).number == 2


def test_lines_around_a_quote_are_marked(read: Read, tmp_path: Path) -> None:
    said = [f"Line number {number} says nothing much." for number in range(1, 401)]
    said[249] = "Here stands the sentence that matters."
    document = read("a.txt", "\n".join(said))
    index = next(i for i, chunk in enumerate(document.chunks) if "matters" in chunk.text)
    shown = draw(tmp_path / "a.txt", document, index, "the sentence that matters")
    assert (shown.match, shown.unit, shown.count, shown.at_place) == ("exact", "part", 2, True)
    view = lines(shown)
    assert [view.text[start:end] for start, end in view.marks] == ["the sentence that matters"]
    assert view.text.count("\n") == 199
    assert view.text.split("\n")[250 - view.first] == said[249]


def test_other_windows_of_a_text_can_be_leafed_to(read: Read, tmp_path: Path) -> None:
    document = read("a.txt", "\n".join(f"Line {number}." for number in range(1, 501)))
    shown = draw(tmp_path / "a.txt", document, 0, "Line 3.", number=3)
    assert (shown.number, shown.count, shown.at_place, lines(shown).first) == (3, 3, False, 401)
    assert draw(tmp_path / "a.txt", document, 0, "Line 3.", number=1).at_place


def test_quote_that_moved_is_found_again_and_one_that_is_gone_is_not(read: Read, tmp_path: Path) -> None:
    document = read("a.txt", "The sentence that everybody quotes.\n" + "Filler.\n" * 10)
    path = tmp_path / "a.txt"
    path.write_text("Something new.\n" * 50 + "The sentence that everybody quotes.\n")
    assert draw(path, document, 0, "The sentence that everybody quotes.").match == "exact"
    path.write_text("All of it is different now.\n" * 50)
    assert draw(path, document, 0, "The sentence that everybody quotes.").match == "none"


def test_slides_are_shown_one_by_one(read: Read, tmp_path: Path) -> None:
    document = read("a.pptx", made.pptx([("One", "first text"), ("Two", "second text")]))
    shown = draw(tmp_path / "a.pptx", document, 1, "second text")
    assert (shown.unit, shown.number, shown.count, shown.match) == ("slide", 2, 2, "exact")
    assert lines(shown).text == "Two\nsecond text"
    other = draw(tmp_path / "a.pptx", document, 1, "second text", number=1)
    assert (lines(other).text, other.at_place) == ("One\nfirst text", False)


def test_endless_line_is_shown_in_pieces(read: Read, tmp_path: Path) -> None:
    document = read("a.txt", "word " * 50_000)
    shown = draw(tmp_path / "a.txt", document, len(document.chunks) // 2, "word word")
    assert max(map(len, lines(shown).text.split("\n"))) <= 2_000
    assert lines(shown).marks


def test_file_that_cannot_be_shown_is_a_problem(read: Read, tmp_path: Path) -> None:
    document = read("a.txt", "Words.")
    (tmp_path / "a.txt").unlink()
    with pytest.raises(Problem) as caught:
        draw(tmp_path / "a.txt", document, 0, "Words.")
    assert caught.value.code == "preview.unreadable"


def test_quotes_are_found_on_the_pages_of_public_pdfs(read: Read, tmp_path: Path, yardsticks: Path) -> None:
    missed = []
    quoted = 0
    for path in sorted((yardsticks / "docs" / "pypdf_samples").rglob("*.pdf")):
        document = read("a.pdf", path.read_bytes())
        for index in range(0, len(document.chunks), 5):
            words = document.chunks[index].text.split()[3:31]
            if len(words) > 10:
                quoted += 1
                shown = draw(tmp_path / "a.pdf", document, index, " ".join(words), width=300)
                if shown.match != "exact" or not pixels(shown).boxes:
                    missed.append(f"{path.name}: {document.chunks[index].place.label}")
    assert quoted > 15
    assert missed == []
