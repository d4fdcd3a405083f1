"""Bytes to text, whatever the encoding."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.workers.extract.encoding import decode

LANGUAGES = (
    "hungarian",
    "slovak",
    "slovene",
    "bulgarian",
    "russian",
    "greek",
    "turkish",
    "romanian",
    "hebrew",
    "arabic",
)
GERMAN = "Die Größe der Straße überraschte mich, und auch die Häuser daneben waren schön und groß genug. " * 5
POLISH = "Zażółć gęślą jaźń, a potem idź spać. Wczoraj było źle, dziś jest trochę lepiej.\n" * 8


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1250", "iso-8859-2"]
)
def test_text_is_read_in_its_encoding(encoding: str) -> None:
    assert decode(POLISH.encode(encoding)) == POLISH


def test_declared_encoding_is_believed_where_the_bytes_allow_it() -> None:
    page = '<?xml version="1.0" encoding="iso-8859-7"?><a>Αθήνα</a>'
    assert decode(page.encode("iso-8859-7")) == page
    false = '<meta charset="iso-8859-7"><p>Grüße aus Köln, schöne Straße</p>'
    assert decode(false.encode()) == false


@pytest.mark.parametrize("name", ["hex", "zlib", "rot13", "no-such", "idna", "utf-16"])
def test_declared_encoding_that_is_none_is_not_believed(name: str) -> None:
    page = f'<?xml version="1.0" encoding="{name}"?><a>{GERMAN}</a>'
    assert decode(page.encode("cp1252")) == page


def test_escaped_japanese_is_no_ascii() -> None:
    assert decode("日本語の文章です。".encode("iso2022_jp")) == "日本語の文章です。"


def test_text_cut_inside_a_character_is_still_text() -> None:
    data = ("ä" * 50).encode()
    assert decode(data[:-1], whole=False) == "ä" * 49


def test_utf8_with_a_broken_byte_stays_utf8() -> None:
    data = POLISH.encode()
    text = decode(data[:100] + b"\xff" + data[100:])
    assert text is not None and "gęślą jaźń" in text and "\ufffd" in text


def test_zero_bytes_around_text_do_not_hide_it() -> None:
    assert decode(b"one\ntwo\n" + b"\x00" * 400) == "one\ntwo\n"
    assert decode(b"\x00" * 1024 + b"after a hole\n") == "after a hole\n"
    assert decode(b"first\x00second\n" * 3) == "firstsecond\n" * 3


@pytest.mark.parametrize("length", [300, 4_000, 100_000])
def test_random_bytes_are_no_text(length: int) -> None:
    assert all(decode(random.Random(seed).randbytes(length)) is None for seed in range(20))


def test_programs_and_pictures_are_no_text() -> None:
    assert decode(b"\x7fELF\x02\x01\x01" + bytes(200) + b"some words in it" * 4 + bytes(range(256))) is None
    assert decode(b"\xff\xd8\xff\xe0\x00\x10JFIF" + random.Random(1).randbytes(2_000)) is None


def test_each_public_sample_is_read_in_the_encoding_its_folder_names(yardsticks: Path) -> None:
    wrong = []
    samples = [path for path in (yardsticks / "docs" / "chardet").rglob("*") if path.parent.name != "chardet"]
    for path in samples:
        name = path.parent.name
        for language in LANGUAGES:
            name = name.removesuffix(f"-{language}")
        expected = path.read_bytes().decode(name.replace("Mac", "mac-"), "replace").replace("\0", "").lstrip("\ufeff")
        if decode(path.read_bytes()) != expected:
            wrong.append(f"{path.parent.name}/{path.name}")
    assert len(samples) > 100
    assert wrong == []
