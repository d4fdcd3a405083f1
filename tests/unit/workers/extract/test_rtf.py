"""Rich Text Format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.values import Document

Read = Callable[..., Document]


def said(document: Document) -> str:
    return "".join(chunk.text for chunk in document.chunks)


def test_codepages_unicode_and_signs(read: Read) -> None:
    fonts = rb"{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}"
    data = rb"{\rtf1\ansi\ansicpg1252" + fonts + rb"\f0 caf\'e9 \f1\'cf\'f0 \u8364?\emdash\~x}"
    assert said(read("a.rtf", data)).strip() == "café Пр €—\xa0x"


def test_surrogate_pairs_make_one_character(read: Read) -> None:
    assert said(read("a.rtf", rb"{\rtf1\uc1 \u-10178?\u-8925? ok}")).strip() == "🤣 ok"


def test_headings_by_style_and_by_level(read: Read) -> None:
    text = rb"Some words that matter, said in a sentence of the page. " * 14
    data = (
        rb"{\rtf1{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}}{\info{\title My Paper}}"
        rb"\pard\s1 First\par\pard " + text + rb"\par\pard\outlinelevel1 Second\par\pard " + text + rb"\par}"
    )
    document = read("a.rtf", data)
    assert document.title == "My Paper"
    assert [chunk.heading for chunk in document.chunks] == ["First", "First › Second"]


def test_pictures_and_binary_data_are_passed_over(read: Read) -> None:
    data = rb"{\rtf1 before {\pict\bin6 }{}}}\} after}"
    assert said(read("a.rtf", data)).split() == ["before", "after"]


@pytest.mark.parametrize(
    "data", [rb"{\rtf1", rb"{\rtf1}}}}} x", b"{\\rtf1" + b"{" * 20_000, rb"{\rtf1\'f", rb"{\rtf1\u99999999 a}"]
)
def test_broken_rtf_settles(read: Read, data: bytes) -> None:
    assert read("a.rtf", data).state in ("ready", "empty")


def test_public_samples_give_the_expected_text(read: Read, yardsticks: Path) -> None:
    wrong = []
    samples = yardsticks / "docs" / "rtf"
    expected = [path for path in (samples / "text").glob("*.txt") if (samples / "rtf" / f"{path.stem}.rtf").exists()]
    for path in sorted(expected):
        document = read("a.rtf", (samples / "rtf" / f"{path.stem}.rtf").read_bytes())
        if said(document).split() != path.read_text(encoding="utf-8").split():
            wrong.append(path.stem)
    assert len(expected) > 30
    assert wrong == []
