"""Outlook messages, and documents inside documents."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.base.values import Document
from app.workers.extract.message import unpacked_rtf
from tests.support import sample_documents as made

Read = Callable[..., Document]
WORDS = "Words of the attachment that matter. " * 5


def said(document: Document) -> str:
    return "".join(chunk.text for chunk in document.chunks)


def test_message_has_its_header_its_body_and_its_attachments(read: Read) -> None:
    inside = {"plan.pdf": made.pdf([["Page of the plan"], ["Second page"]]), "notes.docx": made.docx([(0, WORDS)])}
    document = read("a.msg", made.msg("The plan", "See the files.", inside))
    assert (document.state, document.title) == ("ready", "The plan")
    assert said(document).startswith(
        "Subject: The plan\nFrom: Ada <ada@example.org>\nTo: Bob\nAttachments: plan.pdf, notes.docx\n\nSee the files."
    )
    labels = [chunk.place.label for chunk in document.chunks]
    assert labels[:3] == ["message", "message › plan.pdf › page 1", "message › plan.pdf › page 2"]
    assert WORDS.strip() in said(document)


def test_attachment_that_cannot_be_read_is_named_and_a_picture_is_not(read: Read) -> None:
    document = read(
        "a.msg", made.msg("x", "Words.", {"tool.exe": b"MZ" + bytes(900), "logo.png": b"\x89PNG" + bytes(9)})
    )
    assert (document.state, document.reason) == ("partial", "1 attachment was not read: tool.exe.")


def test_message_in_a_message_is_read_with_its_attachments(read: Read) -> None:
    inner = "__attach_version1.0_#00000000/__substg1.0_3701000D"
    properties = {
        f"{inner}/0037001F": "Inner subject".encode("utf-16-le"),
        f"{inner}/1000001F": "Inner words.".encode("utf-16-le"),
        f"{inner}/__attach_version1.0_#00000000/37010102": b"Text of the innermost file.",
        f"{inner}/__attach_version1.0_#00000000/3707001F": "deep.txt".encode("utf-16-le"),
    }
    data = made.msg("Outer", "Outer words.", properties=properties, nested=[inner])
    text = said(read("a.msg", data))
    assert "Outer words." in text
    assert "Subject: Inner subject\nAttachments: deep.txt\n\nInner words." in text
    assert "Text of the innermost file." in text


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        ("10130102", b"<html><body><p>Said <b>in HTML</b> &amp; so.</p></body></html>"),
        ("10090102", bytes(8) + b"MELA" + bytes(4) + rb"{\rtf1\ansi Said in HTML & so.\par}"),
    ],
)
def test_body_without_plain_text_is_taken_from_what_there_is(read: Read, tag: str, body: bytes) -> None:
    assert "Said in HTML & so." in said(read("a.msg", made.msg("x", "", properties={tag: body})))


def test_compressed_rtf_is_unpacked_as_its_specification_shows() -> None:
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked_rtf(packed[:30]).startswith(b"{\\rtf1\\ansi")
    assert unpacked_rtf(b"") == b""


def test_message_cut_short_anywhere_is_read_or_refused(read: Read) -> None:
    whole = made.msg("x", "Words. " * 900, {"a.txt": b"Inside. " * 900})
    states = {read("a.msg", whole[:length]).state for length in range(600, len(whole), 997)}
    assert states <= {"ready", "partial", "empty", "damaged", "unsupported"}


def test_documents_inside_a_word_document_are_read_by_our_own_readers(read: Read) -> None:
    native = b"\x02\x00shown.txt\0C:\\shown.txt\0\x00\x00\x03\x00\x04\x00\x00\x00tmp\0"
    native += (12).to_bytes(4, "little") + b"Native words"
    embedded = {
        "a.pdf": made.pdf([["Embedded page"]]),
        "oleObject1.bin": made.ole({"CONTENTS": made.pdf([["Page in an object"]])}),
        "oleObject2.bin": made.ole({"\x01Ole10Native": len(native).to_bytes(4, "little") + native}),
        "sheet.xlsx": made.xlsx({"S": [["Cell inside"]]}),
        "tool.bin": b"MZ" + bytes(900),
    }
    document = read("a.docx", made.docx([(1, "Outer"), (0, "Outer words.")], embedded=embedded))
    for words in ("Outer words.", "Embedded page", "Page in an object", "Native words", "Cell inside"):
        assert words in said(document)
    assert (document.state, document.reason) == ("partial", "1 embedded file was not read: tool.bin.")
    assert "embedded a.pdf › page 1" in [chunk.place.label for chunk in document.chunks]
