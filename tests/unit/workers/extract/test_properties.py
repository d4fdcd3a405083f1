"""When a document says it is from, and who wrote it; in mails, each message for itself."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.base.values import Document
from tests.support import sample_documents as made

Read = Callable[..., Document]


def ms(*at: int) -> int:
    return int(datetime(*at, tzinfo=UTC).timestamp()) * 1000  # type: ignore[misc, arg-type]


def messages(document: Document) -> list[tuple[str, int]]:
    """Sender and date of the chunks, each once, in order."""
    return list(dict.fromkeys((chunk.sender, chunk.dated) for chunk in document.chunks))


MAIL = (
    "From: =?utf-8?q?Karin_=C3=96hl?= <k.ohl@post.example>\nTo: bob@example.org\n"
    "Date: Tue, 12 Mar 2024 10:11:12 +0100\nSubject: The boat\n\nIt is blue.\n"
)
KARIN = ("Karin Öhl <k.ohl@post.example>", ms(2024, 3, 12, 9, 11, 12))


def test_a_mail_is_by_whom_it_says_and_from_when(read: Read) -> None:
    document = read("a.eml", MAIL)
    assert messages(document) == [KARIN]
    assert (document.author, document.dated) == KARIN
    emlx = read("a.emlx", f"{len(MAIL)}\n{MAIL}<?xml version='1.0'?><plist/>")
    assert messages(emlx) == [KARIN]


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("From: Karin Öhl <k@post.example>", "Karin Öhl <k@post.example>"),
        ("From: =?iso-8859-1?Q?=D6hl=2C_Karin?= <k@post.example>", "Öhl, Karin <k@post.example>"),
        ('From: "Öhl, Karin" <k@post.example>', "Öhl, Karin <k@post.example>"),
        ("From: k@post.example", "k@post.example"),
        ("From: k@post.example (Karin)", "Karin <k@post.example>"),
        ("From: A <a@x.example>, B <b@x.example>", "A <a@x.example>, B <b@x.example>"),
        ("From: undisclosed", "undisclosed"),
        ("From: ", ""),
        ("Sender: Karin <k@post.example>", "Karin <k@post.example>"),
        (f"From: {'<' * 5000}", "<" * 199 + "…"),
    ],
)
def test_a_sender_is_read_as_it_may_be_written(read: Read, head: str, sender: str) -> None:
    document = read("a.eml", f"{head}\nTo: x@example.org\nDate: no day\nSubject: s\n\nIt is blue.\n")
    assert messages(document) == [(sender, 0)]


def test_each_message_of_a_mailbox_has_its_own(read: Read) -> None:
    box = (
        f"From a Mon Jan  1 00:00:00 2024\n{MAIL}\n"
        "From jan@x.example Mon Mar 11 09:15:00 2024\nFrom: Jan <jan@x.example>\nSubject: Two\n\nIt is red.\n\n"
        "From z Mon\nSubject: Three\nTo: bob@example.org\n\nNobody said when.\n"
    )
    document = read("a.mbox", box)
    assert messages(document) == [KARIN, ("Jan <jan@x.example>", ms(2024, 3, 11, 9, 15)), ("", 0)]
    assert document.dated == KARIN[1], "the newest"


def test_a_message_in_a_message_is_by_who_wrote_it_and_a_file_in_it_by_who_sent_it(read: Read) -> None:
    inner = MAIL.replace("\n", "\r\n")
    outer = (
        "From: Jan <jan@x.example>\nDate: Wed, 13 Mar 2024 08:00:00 +0000\nSubject: Fwd\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nSee there.\n'
        '--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="list.txt"\n\nNails, wood.\n'
        f"--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    )
    document = read("a.eml", outer)
    jan = ("Jan <jan@x.example>", ms(2024, 3, 13, 8))
    assert messages(document) == [jan, KARIN]
    assert [chunk.sender for chunk in document.chunks if "Nails" in chunk.text] == [jan[0]]
    assert (document.author, document.dated) == jan


def test_an_outlook_message_is_by_whom_it_says(read: Read) -> None:
    since_1601 = int((datetime(2024, 3, 12, 9, 11, 12, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds())
    stamp = struct.pack("<IIq", 0x00390040, 6, since_1601 * 10_000_000)
    document = read("a.msg", made.msg("The plan", "See the files.", fixed=stamp))
    assert messages(document) == [("Ada <ada@example.org>", KARIN[1])]
    assert (document.author, document.dated) == messages(document)[0]


CORE = (
    '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:creator>Ada</dc:creator>'
    "<dcterms:created>2020-01-02T03:04:05Z</dcterms:created><dcterms:modified>{}</dcterms:modified></cp:coreProperties>"
)


def with_member(package: bytes, name: str, text: str) -> bytes:
    import zipfile

    buffer = io.BytesIO(package)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("modified", "dated"),
    [
        ("2024-03-12T09:11:12Z", KARIN[1]),
        ("2013-12-23T23:15:00Z", ms(2020, 1, 2, 3, 4, 5)),
        ("1601-01-01T00:00:00Z", ms(2020, 1, 2, 3, 4, 5)),
        (f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%dT00:00:00Z}", ms(2020, 1, 2, 3, 4, 5)),
    ],
)
def test_an_office_document_is_from_when_it_was_last_written(read: Read, modified: str, dated: int) -> None:
    for name, package in (("a.docx", made.docx([(0, "Words.")])), ("a.xlsx", made.xlsx({"S": [["a", "b"]]}))):
        document = read(name, with_member(package, "docProps/core.xml", CORE.format(modified)))
        assert (document.author, document.dated) == ("Ada", dated)
        assert not any(chunk.sender or chunk.dated for chunk in document.chunks), "no message"


def test_an_open_document_and_a_book_say_so_too(read: Read) -> None:
    meta = (
        '<office:document-meta xmlns:office="o" xmlns:dc="d" xmlns:meta="m"><office:meta><dc:creator>Ada</dc:creator>'
        "<meta:creation-date>2020-01-02T03:04:05</meta:creation-date><dc:date>2024-03-12T09:11:12.7</dc:date>"
        "</office:meta></office:document-meta>"
    )
    document = read("a.ods", with_member(made.ods([["a", "b"]]), "meta.xml", meta))
    assert (document.author, document.dated) == ("Ada", KARIN[1])
    assert read("a.epub", made.epub("T", "Ada", [("One", "Words of the book.")])).author == "Ada"


def test_a_pdf_is_from_when_it_was_made(read: Read) -> None:
    data = made.pdf([["Words"]], title="Plans")
    data = data.replace(b"/Title", b"/Author (Ada) /CreationDate (D:20240312101112+01'00') /Title")
    document = read("a.pdf", data)
    assert (document.author, document.dated) == ("Ada", KARIN[1])


def test_a_page_says_so_in_its_head(read: Read) -> None:
    page = (
        '<html><head><title>T</title><meta name="Author" content="Ada"><meta name="generator" content="x">'
        '<meta property="article:published_time" content="2024-03-12T10:11:12+01:00"></head><p>Words.</p></html>'
    )
    document = read("a.html", page)
    assert (document.author, document.dated) == ("Ada", KARIN[1])


def test_a_note_says_so_before_its_text(read: Read) -> None:
    document = read("a.md", '---\ntitle: Boats\ndate: 2024-03-12\nauthor: "Ada"\n---\n\nWords.\n')
    assert (document.author, document.dated) == ("Ada", ms(2024, 3, 12, 12))


def test_a_picture_is_from_when_it_was_taken(read: Read) -> None:
    from PIL import Image

    picture = Image.new("RGB", (8, 8))
    exif = picture.getexif()
    exif[0x013B] = "Ada"
    exif.get_ifd(0x8769)[0x9003] = "2024:03:12 09:11:12"
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    document = read("a.jpg", buffer.getvalue())
    assert (document.state, document.author, document.dated) == ("empty", "Ada", KARIN[1])
    assert read("a.jpg", buffer.getvalue()[:60]).dated == 0


@pytest.mark.parametrize("name", ["python-docx", "Administrator", " ", "Microsoft Office User"])
def test_a_program_is_no_author(read: Read, name: str) -> None:
    core = CORE.format("2024-03-12T09:11:12Z").replace("Ada", name)
    assert read("a.docx", with_member(made.docx([(0, "Words.")]), "docProps/core.xml", core)).author == ""
