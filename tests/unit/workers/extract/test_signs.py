"""Whatever the format, no sign of a text is lost on the way: neither those that its file must escape, nor others."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest

from app.base.values import Document
from tests.support import sample_documents as made

Read = Callable[..., Document]

SAID = "R&D <tag> \"x\" 'y' > 3 & < 4 é 漢 ’"
NAMED = escape(SAID, {'"': "&quot;", "'": "&apos;"})
NUMBERED = "".join(sign if (sign.isalnum() and sign.isascii()) or sign == " " else f"&#{ord(sign)};" for sign in SAID)
HEXADECIMAL = "".join(
    sign if (sign.isalnum() and sign.isascii()) or sign == " " else f"&#x{ord(sign):X};" for sign in SAID
)
UNICODE_RTF = "".join(sign if sign.isascii() else f"\\u{ord(sign)}?" for sign in SAID)


def said(document: Document) -> str:
    return "".join(chunk.text for chunk in document.chunks)


@pytest.mark.parametrize("written", [NAMED, NUMBERED, HEXADECIMAL], ids=["named", "decimal", "hexadecimal"])
@pytest.mark.parametrize(
    ("name", "make", "times"),
    [
        ("a.docx", lambda text: made.docx([(1, text), (0, text)], comment=text), 3),
        ("a.odt", lambda text: made.odt([(1, text), (0, text)]), 2),
        ("a.xlsx", lambda text: made.xlsx({"R&amp;D": [[text, text]]}), 2),
        ("a.ods", lambda text: made.ods([[text, text]]), 2),
        ("a.pptx", lambda text: made.pptx([(text, text)], notes=text, chart=text), 4),
        ("a.odp", lambda text: made.odp([(text, text)]), 2),
        ("a.epub", lambda text: made.epub(text, text, [(text, text)]), 3),
        ("a.fb2", lambda text: made.fb2(text, [(text, text)]), 3),
        ("a.html", lambda text: f"<title>{text}</title><body><h1>{text}</h1><p>{text}</p>", 2),
        ("a.rss", lambda text: f"<rss><channel><item><title>{text}</title></item></channel></rss>", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_sign_is_lost_where_a_file_must_escape_it(
    read: Read, name: str, make: Callable[[str], bytes | str], times: int, written: str
) -> None:
    document = read(name, make(written))
    assert said(document).count(SAID) >= times
    assert document.title in (SAID, "")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", SAID),
        ("a.md", f"# {SAID}\n\n{SAID}\n"),
        ("a.csv", f"one,two\n{SAID},{SAID}\n"),
        ("a.json", json.dumps({"key": SAID}, ensure_ascii=False).replace('\\"', '"')),
        ("a.py", f"# {SAID}\n"),
        ("a.rtf", f"{{\\rtf1\\ansi\\ansicpg1252 {UNICODE_RTF}\\par}}"),
        ("a.ipynb", json.dumps({"cells": [{"cell_type": "markdown", "source": SAID}]})),
        ("a.eml", f"From: a@b.c\nTo: b@c.d\nSubject: {SAID}\nContent-Type: text/plain; charset=utf-8\n\n{SAID}\n"),
        ("b.eml", f"From: a@b.c\nTo: b@c.d\nSubject: x\nContent-Type: text/html; charset=utf-8\n\n<p>{NAMED}</p>\n"),
        ("a.doc", made.doc(SAID)),
        ("b.doc", made.doc(SAID, pad=5_000)),
        ("a.msg", made.msg(SAID, SAID, {"more.txt": SAID.encode()})),
        ("a.zip", made.zipped({"a.docx": made.docx([(0, NAMED)])})),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 9 else "",
)
def test_no_sign_is_lost_elsewhere(read: Read, name: str, data: bytes | str) -> None:
    document = read(name, data)
    assert document.state == "ready"
    assert SAID in said(document)
    if name.endswith((".md", ".msg")) or name == "a.eml":
        assert document.title == SAID


def test_names_of_attachments_in_bare_bytes_are_read(read: Read) -> None:
    mail = (
        'From: a@b.c\nTo: b@c.d\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n'
        'Content-Type: text/plain\nContent-Disposition: attachment; filename="Ärger é.txt"\n\nWords\n--b--\n'
    )
    assert "Attachments: Ärger é.txt" in said(read("a.eml", mail))


def test_text_of_a_slide_stays_in_its_order(read: Read) -> None:
    text = "<text:span>one<text:line-break/>two</text:span>three"
    assert said(read("a.odp", made.odp([("Title", text)]))) == "Title\none\ntwothree\n\n"


def test_characters_that_stand_in_are_no_way_to_say_a_sign(read: Read) -> None:
    assert said(read("a.txt", "a\ufdd0b\ufdd1c")) == "abc"


@pytest.mark.parametrize("pad", [0, 5_000], ids=["short sectors", "whole sectors"])
def test_word_document_needs_a_password_only_if_it_says_so(read: Read, pad: int) -> None:
    assert read("a.doc", made.doc("Open words.", pad=pad)).state == "ready"
    assert read("b.doc", made.doc("Closed words.", pad=pad, encrypted=True)).state == "locked"


@pytest.mark.parametrize("size", [0, 5_000], ids=["short sectors", "whole sectors"])
def test_workbook_needs_a_password_only_if_it_says_so(read: Read, size: int) -> None:
    begin = b"\x09\x08\x10\x00" + bytes(16)
    closed = made.ole({"Workbook": begin + b"\x2f\x00\x06\x00" + bytes(6 + size)})
    assert read("a.xls", closed).state == "locked"
    assert read("b.xls", made.ole({"Workbook": begin + bytes(size), "Other": closed})).state != "locked"
