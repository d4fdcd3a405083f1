"""PDF, page by page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.values import Document
from app.base.worker_calls import ReadDocument
from app.workers.extract import pdf
from app.workers.extract.reading import read_file
from app.workers.extract.tokens import Tokens
from tests.support import sample_documents as made

Read = Callable[..., Document]


def test_pages_are_places_under_the_table_of_contents(read: Read) -> None:
    data = made.pdf(
        [["First line", "second line"], ["More"], ["End"]], title="Annual Report", outline=[("One", 1), ("Two", 3)]
    )
    document = read("a.pdf", data)
    assert (document.state, document.kind, document.title) == ("ready", "pdf", "Annual Report")
    assert [(chunk.place.kind, chunk.place.first, chunk.place.label, chunk.heading) for chunk in document.chunks] == [
        ("page", 1, "page 1", "One"), ("page", 2, "page 2", "One"), ("page", 3, "page 3", "Two"),
    ]  # fmt: skip
    assert document.chunks[0].text == "First line\nsecond line\n\n"


@pytest.mark.parametrize("title", ["Microsoft Word - draft.doc", "untitled", "report_v3.indd", "1234-56", ""])
def test_title_that_a_program_made_up_is_not_taken(read: Read, title: str) -> None:
    assert read("a.pdf", made.pdf([["Text"]], title=title)).title == ""


def test_pages_that_are_pictures_are_named(read: Read) -> None:
    scan = read("scan.pdf", made.scanned_pdf(3))
    assert (scan.state, scan.reason) == ("empty", "All 3 pages are pictures; reading pictures is not on yet.")
    mixed = read("mixed.pdf", made.scanned_pdf(2, "A cover with text"))
    assert (mixed.state, mixed.reason) == ("partial", "2 of 3 pages are pictures; reading pictures is not on yet.")


def test_blank_pages_hold_no_text(read: Read) -> None:
    assert read("a.pdf", made.pdf([[], []])).reason == "The PDF holds no text."


def test_broken_pdf_is_damaged(read: Read) -> None:
    assert read("a.pdf", b"%PDF-1.7\nnothing that follows").state == "damaged"
    assert read("b.pdf", b"no PDF at all").state == "damaged"


def test_page_saved_as_pdf_by_mistake_is_read_as_what_it_is(read: Read) -> None:
    assert read("a.pdf", "<!DOCTYPE html><html><p>Not found</p></html>").kind == "html"


def test_public_encrypted_pdf_is_locked(read: Read, yardsticks: Path) -> None:
    data = (yardsticks / "docs/format_corpus/pdfCabinetOfHorrors/encryption_openpassword.pdf").read_bytes()
    assert read("a.pdf", data).state == "locked"


def test_reading_ends_in_time_with_the_pages_read(tmp_path: Path, tokens: Tokens) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(made.pdf([[f"Page {number}"] for number in range(50)]))
    document = read_file(ReadDocument(path=str(path), timeout_s=0.0), tokens, lambda: False)
    assert document.state == "empty"
    assert document.reason == "Only the first 0 of 50 pages were read in time."


def test_words_divided_at_line_ends_are_whole_again() -> None:
    assert pdf._joined(f"con{pdf.HYPHEN}firming") == "confirming"
    assert pdf._joined(f"a source of level; source{pdf.HYPHEN}level") == "a source of level; source-level"
    assert pdf._joined(f"12{pdf.HYPHEN}34") == "12-34"
