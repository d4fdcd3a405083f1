"""Recognising files by their bytes first."""

from __future__ import annotations

import pytest

from app.workers.extract.content import Refused
from app.workers.extract.kinds import kind_of
from app.workers.extract.source import part
from tests.support import sample_documents as made

MAIL = b"From: a@example.org\nTo: b@example.org\nSubject: Hello\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\nbody\n"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("report", made.pdf([["x"]]), "pdf"),
        ("report.txt", b"junk before\n" + made.pdf([["x"]]), "pdf"),
        ("a.bin", made.docx([(0, "x")]), "docx"),
        ("a.zip", made.xlsx({"S": [["x"]]}), "xlsx"),
        ("a", made.pptx([("t", "x")]), "pptx"),
        ("a", made.odp([("t", "x")]), "odp"),
        ("a", made.epub("t", "a", [("c", "x")]), "epub"),
        ("a.zip", made.zipped({"x.txt": "x"}), "zip"),
        ("a.xls", made.ole(["A", "B", "C", "D", "E", "Workbook"]), "xls"),
        ("a.txt", rb"{\rtf1 x}", "rtf"),
        ("a.dat", b"\x89PNG\r\n\x1a\n", "image"),
        ("a.html", b"<p>x</p>", "html"),
        ("a.txt", b"<!DOCTYPE html>\n<html><body>x", "html"),
        ("a.xml", b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "feed"),
        ("a.xml", b'<?xml version="1.0"?><config/>', "data"),
        ("letter", MAIL, "mail"),
        ("box", b"From a@example.org Mon Jan  1 00:00:00 2024\n" + MAIL, "mbox"),
        ("a.py", b"From: x\nTo: y\nSubject: z\n", "mail"),
        ("a.md", b"From: x\nTo: y\nSubject: z\n", "markdown"),
        ("a.py", b"import os\n", "code"),
        ("Makefile", b"all:\n\ttrue\n", "code"),
        ("a.csv", b"a,b\n1,2\n", "csv"),
        ("a.unknown", b"words", "text"),
        ("MZ.txt", b"MZ is how this sentence begins", "text"),
        ("a.exe", b"MZ\x90\x00\x03", "binary:a program"),
        ("a.docx", b"\x00\x01\x02 no archive", "broken:docx"),
        ("a.gz", b"\x1f\x8b\x08", "binary:a compressed archive (gzip)"),
    ],
)
def test_kind_of_a_file(name: str, data: bytes, kind: str) -> None:
    assert kind_of(part(name, data)) == kind


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", made.ole(["EncryptionInfo", "EncryptedPackage"])),
        ("a.odt", made.odt([(0, "x")], encrypted=True)),
    ],
)
def test_encrypted_document_is_locked(name: str, data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        kind_of(part(name, data))
    assert caught.value.state == "locked"


def test_archive_cut_short_is_damaged() -> None:
    with pytest.raises(Refused) as caught:
        kind_of(part("a.zip", made.zipped({"x.txt": "x" * 1000})[:60]))
    assert caught.value.state == "damaged"


@pytest.mark.parametrize("name", ["a", "a.txt", "a.xml", "a.svg"])
def test_file_of_comments_alone_has_its_kind_at_once(name: str) -> None:
    for piece in (b"<!---->", b"<!-- -->\n", b"<?x?>", b"<!doctype x>"):
        assert kind_of(part(name, piece * 9_000)) in ("text", "data")
        assert kind_of(part(name, piece * 80 + b"<html>")) in ("html", "text", "data")
