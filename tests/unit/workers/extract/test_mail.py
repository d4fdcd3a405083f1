"""Mails and mailboxes."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

from app.base.values import Document
from tests.support import sample_documents as made

Read = Callable[..., Document]


def mail(subject: str = "Offer", body: str = "Dear Bob,\n\nhere is the offer.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ann <ann@example.org>"
    message["To"] = "bob@example.org"
    message["Date"] = "Mon, 01 Jan 2024 10:00:00 +0000"
    message["Subject"] = subject
    message.set_content(body)
    return message


def said(document: Document) -> str:
    return "".join(chunk.text for chunk in document.chunks)


def test_subject_is_the_title_and_the_heads_are_read(read: Read) -> None:
    document = read("a.eml", mail("Angebot für März").as_bytes())
    assert (document.state, document.title) == ("ready", "Angebot für März")
    (chunk,) = document.chunks
    assert (chunk.place.kind, chunk.place.first, chunk.place.label) == ("message", 1, "message")
    assert chunk.text.startswith(
        "Subject: Angebot für März\nFrom: Ann <ann@example.org>\nTo: bob@example.org\nDate: Mon"
    )
    assert "here is the offer." in chunk.text


def test_html_alone_is_read_as_text_and_beside_plain_text_left_out(read: Read) -> None:
    only = mail()
    only.set_content("<p>Only <b>this</b></p>", subtype="html")
    assert "Only this" in said(read("a.eml", only.as_bytes()))
    both = mail()
    both.add_alternative("<p>dressed up</p>", subtype="html")
    assert "dressed up" not in said(read("b.eml", both.as_bytes()))


def test_readable_attachment_is_read_and_another_named(read: Read) -> None:
    message = mail()
    message.add_attachment(made.pdf([["Price list"]]), maintype="application", subtype="pdf", filename="prices.pdf")
    message.add_attachment(b"\x7fELF" + bytes(99), maintype="application", subtype="octet-stream", filename="tool.bin")
    document = read("a.eml", message.as_bytes())
    assert (document.state, document.reason) == ("partial", "1 attachment was not read: tool.bin.")
    assert "Attachments: prices.pdf, tool.bin" in said(document)
    last = document.chunks[-1]
    assert (last.text.strip(), last.place.kind, last.place.label) == (
        "Price list", "message", "message › prices.pdf › page 1",
    )  # fmt: skip


def test_picture_inside_the_text_is_no_attachment(read: Read) -> None:
    message = mail()
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png", cid="<logo>")
    assert read("a.eml", message.as_bytes()).state == "ready"


def test_messages_of_a_mailbox_are_places(read: Read) -> None:
    box = b"".join(b"From ann Mon Jan  1 00:00:00 2024\n" + mail(f"No. {n}").as_bytes() + b"\n" for n in (1, 2, 3))
    document = read("box.mbox", box)
    assert [(chunk.place.first, chunk.place.label) for chunk in document.chunks] == [
        (1, "message 1: No. 1"), (2, "message 2: No. 2"), (3, "message 3: No. 3"),
    ]  # fmt: skip


def test_wrong_charset_and_broken_heads_do_not_hurt(read: Read) -> None:
    data = (
        b"From: x\nTo: y\nDate: never\nSubject: =?no-such?B?w6Q=?= =?utf-8?Q?gr=C3=BCn?=\n"
        b"Content-Type: text/plain; charset=no-such\n\n" + "Schöne Grüße".encode()
    )
    document = read("a.eml", data)
    assert document.title.endswith("grün")
    assert "Schöne Grüße" in said(document)


def test_mail_in_a_mail_is_read(read: Read) -> None:
    outer = mail("Forwarded")
    outer.add_attachment(mail("Inner", "The core of it."))
    assert "The core of it." in said(read("a.eml", outer.as_bytes()))


def test_mail_whose_parts_lie_too_deep_is_read_as_it_is_written(read: Read) -> None:
    opens = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(5000))
    document = read("a.eml", f"From: a@b.c\nTo: b@b.c\nSubject: Deep\nMIME-Version: 1.0\n{opens}\nWords of the end.\n")
    assert (document.state, document.title) == ("ready", "Deep")
    assert "Words of the end." in said(document)


def test_mails_within_mails_without_end_are_named_and_the_outer_one_is_read(read: Read) -> None:
    inner = "Content-Type: message/rfc822\n\nFrom: a@b.c\nSubject: inner\n"
    for levels in (3, 300, 3000):
        document = read("a.eml", f"From: a@b.c\nTo: b@b.c\nSubject: Outer\n{inner * levels}\nWords.\n")
        assert (document.state, document.title) == ("partial", "Outer")
        assert "message.eml" in document.reason


def test_parts_without_a_border_between_them_are_read_as_text(read: Read) -> None:
    head = "From: a@b.c\nTo: b@b.c\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n"
    assert "Words without a border." in said(read("a.eml", f"{head}\nWords without a border.\n"))
