"""Word, OpenDocument, spreadsheets, presentations, books."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from app.base.values import Document
from app.workers.extract import office
from app.workers.extract.task import Task
from tests.support import sample_documents as made

Read = Callable[..., Document]
WORDS = "Some words that matter, said in a sentence of the document. " * 12


def said(document: Document) -> str:
    return "".join(chunk.text for chunk in document.chunks)


@pytest.mark.parametrize("make", [made.docx, made.odt])
def test_headings_of_a_text_document_are_places(read: Read, make: Callable[..., bytes]) -> None:
    document = read("a.docx", make([(1, "First part"), (0, WORDS), (2, "Second part"), (0, WORDS)]))
    assert document.title == "First part"
    assert [(chunk.place.first, chunk.place.label, chunk.heading) for chunk in document.chunks] == [
        (1, "First part", "First part"), (2, "Second part", "First part › Second part"),
    ]  # fmt: skip


def test_text_document_without_headings_is_one_whole(read: Read) -> None:
    (chunk,) = read("a.docx", made.docx([(0, "Only a paragraph.")])).chunks
    assert (chunk.place.kind, chunk.place.label) == ("whole", "whole document")


def test_comments_in_the_margin_are_read(read: Read) -> None:
    assert "Comment by Ada: really?" in said(read("a.docx", made.docx([(0, "A claim.")], comment="really?")))


def test_sheets_are_places_with_their_rows(read: Read) -> None:
    document = read("a.xlsx", made.xlsx({"Q1": [["Name", "Town"], ["Ann", "Rome"]], "Q2": [["x", "y"]]}, first_row=5))
    assert [(chunk.place.kind, chunk.place.first, chunk.place.label) for chunk in document.chunks] == [
        ("sheet", 1, "sheet “Q1”, rows 5–6"), ("sheet", 2, "sheet “Q2”, row 5"),
    ]  # fmt: skip
    assert document.chunks[0].text == "Q1\nName\tTown\nAnn\tRome\n\n"


def test_rows_far_down_a_sheet_stand_under_its_column_names(read: Read) -> None:
    rows = [["Name", "Town"], *([f"Person number {n}", f"Town number {n}"] for n in range(60))]
    document = read("a.xlsx", made.xlsx({"People": rows}))
    assert [chunk.heading for chunk in document.chunks][1:] == ["People › Name | Town"] * (len(document.chunks) - 1)


def test_slides_are_places_with_notes_and_charts(read: Read) -> None:
    document = read("a.pptx", made.pptx([("Plan", "Three steps"), ("End", "Thanks")], notes="Smile", chart="Sales"))
    assert [(chunk.place.kind, chunk.place.first, chunk.heading) for chunk in document.chunks] == [
        ("slide", 1, "Plan"), ("slide", 2, "End"),
    ]  # fmt: skip
    assert document.chunks[0].text == "Plan\nThree steps\nSales\t2003: 42\nNotes: Smile\n\n"


def test_slides_of_an_opendocument_presentation(read: Read) -> None:
    document = read("a.odp", made.odp([("Plan", "Three steps"), ("End", "Thanks")]))
    assert [(chunk.place.label, chunk.text) for chunk in document.chunks] == [
        ("slide 1", "Plan\nThree steps\n\n"), ("slide 2", "End\nThanks\n\n"),
    ]  # fmt: skip


def test_chapters_of_a_book_are_places_and_its_author_is_said(read: Read) -> None:
    document = read("a.epub", made.epub("The Sea", "A. Sailor", [("Storm", WORDS), ("Calm", WORDS)]))
    assert document.title == "The Sea"
    assert "Authors: A. Sailor" in said(document)
    assert document.chunks[-1].heading == "Calm"


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx", "odt", "epub"])
def test_document_cut_short_is_damaged(read: Read, kind: str) -> None:
    whole = {
        "docx": made.docx([(0, WORDS)]), "xlsx": made.xlsx({"S": [[WORDS]]}), "pptx": made.pptx([("t", WORDS)]),
        "odt": made.odt([(0, WORDS)]), "epub": made.epub("t", "a", [("c", WORDS)]),
    }[kind]  # fmt: skip
    assert read(f"a.{kind}", whole[: len(whole) // 2]).state == "damaged"


def test_preview_stands_for_an_apple_document_that_cannot_be_read_itself(read: Read) -> None:
    archive = made.zipped({"index.xml": "<x/>", "QuickLook/Preview.pdf": made.pdf([["As it looked"]])})
    document = read("a.pages", archive)
    assert (document.kind, document.state, said(document).strip()) == ("pages", "ready", "As it looked")
    assert read("b.pages", made.zipped({"index.xml": "<x/>", "QuickLook/x": "x"})).state == "unsupported"


def test_document_that_unpacks_to_gigabytes_is_too_large(read: Read) -> None:
    document = read("a.docx", made.docx([(0, WORDS)], repeat=140_000))
    assert document.state == "too_large"


def test_encrypted_document_is_locked(read: Read) -> None:
    assert read("a.docx", made.ole(["EncryptedPackage"])).state == "locked"


def test_old_format_by_name_alone_is_said_to_be_so(read: Read) -> None:
    document = read("a.doc", b"\xdb\xa5\x2d\x00 an older Word")
    assert (document.state, document.kind) == ("damaged", "doc")
    assert "older format" in document.reason


def test_picture_is_empty_until_pictures_are_read(read: Read) -> None:
    document = read("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert (document.state, document.reason) == ("empty", "This is a picture; reading pictures is not on yet.")


def test_cell_far_out_costs_no_work_for_the_empty_ones_before_it(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    cell = office._cell

    def looking(text: str) -> str:
        looked_at.append(text)
        return cell(text)

    monkeypatch.setattr(office, "_cell", looking)
    data = made.xlsx({"S": [["first"], *([["middle"]] * 1000), ["last"]]})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b'r="A1002"', b'r="ZZ1002"')
    document = read("a.xlsx", made.zipped(members))
    assert document.state == "ready"
    assert said(document).startswith("S\nfirst\nmiddle\n")
    assert said(document).rstrip().endswith("last")
    assert len(looked_at) == 1002


def test_sheet_that_takes_too_long_is_read_in_part(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "ROWS_A_LOOK", 10)
    monkeypatch.setattr(Task, "late", True)
    document = read("a.xlsx", made.xlsx({"S": [["a row"]] * 50}))
    assert document.state == "partial"
    assert "Only the first 10 rows of the sheet “S” were read in time." in document.reason
