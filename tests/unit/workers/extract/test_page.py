"""Showing a place with its quote."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.calls import DrawPlace
from app.base.errors import Problem
from app.base.values import Document, Preview
from app.workers.extract.page import draw_place
from tests.support import sample_documents as made

Read = Callable[..., Document]


def draw(path: Path, document: Document, index: int, quote: str, **wish: int) -> Preview:
    call = DrawPlace(
        path=str(path), place=document.chunks[index].place, quote=quote, pixels_dir=str(path.parent), **wish
    )
    return draw_place(call, lambda: False)


def test_page_is_drawn_into_a_private_file_with_the_quote_boxed(read: Read, tmp_path: Path) -> None:
    document = read("a.pdf", made.pdf([["Cover"], ["A line to quote", "from page two"]]))
    shown = draw(tmp_path / "a.pdf", document, 1, "line to quote from page", width=612)
    assert (shown.kind, shown.match, shown.number, shown.count) == ("image", "exact", 2, 2)
    assert (shown.width, shown.height) == (612, 792)
    assert os.stat(shown.pixels).st_size == 612 * 792 * 4
    assert os.stat(shown.pixels).st_mode & 0o777 == 0o600
    assert len(shown.boxes) == 2
    x, y, width, height = shown.boxes[0]
    assert 72 < x < 100 and 60 < y < 75 and width > 60 and 5 < height < 20
    pixels = Path(shown.pixels).read_bytes()
    row = pixels[int(y + height / 2) * 612 * 4 :][: 612 * 4]
    assert pixels[:4] == b"\xff\xff\xff\xff"  # white, opaque
    assert min(row) < 128  # letters


def test_page_beyond_the_end_is_the_last(read: Read, tmp_path: Path) -> None:
    document = read("a.pdf", made.pdf([["One"], ["Two"]]))
    assert draw(tmp_path / "a.pdf", document, 0, "One", number=9).number == 2


def test_lines_around_a_quote_are_marked(read: Read, tmp_path: Path) -> None:
    lines = [f"Line number {number} says nothing much." for number in range(1, 401)]
    lines[249] = "Here stands the sentence that matters."
    document = read("a.txt", "\n".join(lines))
    index = next(i for i, chunk in enumerate(document.chunks) if "matters" in chunk.text)
    shown = draw(tmp_path / "a.txt", document, index, "the sentence that matters")
    assert (shown.kind, shown.match, shown.count) == ("text", "exact", 5)
    assert [shown.text[start:end] for start, end in shown.marks] == ["the sentence that matters"]
    assert shown.text.count("\n") == 79
    assert shown.text.split("\n")[250 - shown.first_line] == lines[249]


def test_other_windows_of_a_text_can_be_leafed_to(read: Read, tmp_path: Path) -> None:
    document = read("a.txt", "\n".join(f"Line {number}." for number in range(1, 201)))
    shown = draw(tmp_path / "a.txt", document, 0, "Line 3.", number=3)
    assert (shown.number, shown.count, shown.first_line) == (3, 3, 161)


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
    assert (shown.number, shown.count, shown.text, shown.match) == (2, 2, "Two\nsecond text", "exact")
    assert draw(tmp_path / "a.pptx", document, 1, "second text", number=1).text == "One\nfirst text"


def test_endless_line_is_shown_in_pieces(read: Read, tmp_path: Path) -> None:
    document = read("a.txt", "word " * 50_000)
    shown = draw(tmp_path / "a.txt", document, len(document.chunks) // 2, "word word")
    assert max(map(len, shown.text.split("\n"))) <= 2_000
    assert shown.marks


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
                if shown.match != "exact" or not shown.boxes:
                    missed.append(f"{path.name}: {document.chunks[index].place.label}")
    assert quoted > 15
    assert missed == []
