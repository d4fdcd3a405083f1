"""Files that are too much to be read whole are read in part, and say so; none is lost for its size alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tokenizers import Encoding

from app.base.values import Document
from app.base.worker_calls import SPARING_CHARS, ReadDocument
from app.link.workers import Worker
from app.workers.extract.chunker import WORD_CHARS
from app.workers.extract.reading import read_file
from app.workers.extract.tokens import Tokens
from tests.support import sample_documents as made

Read = Callable[..., Document]
ROOT = Path(__file__).parents[4]
WORDS = "Words of a paragraph that goes on. "


def test_one_line_of_23_mb_is_read_in_part_within_the_limits_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    path.write_text("[" + "1,2,3," * 3_800_000 + "0]")
    worker = Worker("extract", environment={"PYTHONPATH": str(ROOT)})
    try:
        document = worker.call(ReadDocument(path=str(path), timeout_s=30.0))
    finally:
        worker.stop()
    assert document.state == "partial"
    assert document.reason.startswith("Only the first ")
    assert document.chunks[0].text.startswith("[1,2,3,")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("numbers.json", "[" + "1,2,3," * 20_000 + "0]"),
        ("drawing.svg", "<svg><path d='" + "M1.5,2.5L3.5,4.5" * 8_000 + "'/></svg>"),
        ("row.csv", "a,b,c," * 20_000),
        ("elements.xml", "<r>" + "<a>b</a>" * 15_000 + "</r>"),
        ("signs.txt", "漢字" * 60_000),
        ("letters.txt", "x" * 120_000),
    ],
)
def test_no_endless_word_is_measured_whole(
    tmp_path: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = 0
    measure, encode = Tokens.lengths, Tokens.encode

    def measuring(tokens: Tokens, words: Sequence[str]) -> list[int]:
        nonlocal longest
        longest = max([longest, *map(len, words)])
        return measure(tokens, words)

    def encoding(tokens: Tokens, word: str) -> Encoding:
        nonlocal longest
        longest = max(longest, len(word))
        return encode(tokens, word)

    monkeypatch.setattr(Tokens, "lengths", measuring)
    monkeypatch.setattr(Tokens, "encode", encoding)
    (tmp_path / name).write_text(text, "utf-8")
    document = read_file(ReadDocument(path=str(tmp_path / name)), Tokens.load(), lambda: False)
    assert "".join(chunk.text for chunk in document.chunks) == text
    assert longest <= 10 * WORD_CHARS


def test_text_that_is_cut_into_chunks_too_slowly_ends_early(read: Read) -> None:
    document = read("a.txt", "1,2,3," * 200_000, timeout_s=0.01)
    assert document.state == "partial"
    read_chars = sum(len(chunk.text) for chunk in document.chunks)
    assert 0 < read_chars < 1_200_000
    assert document.reason == f"Only the first {read_chars:,} characters were read in time."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", made.docx([(1, "Beginning"), (0, WORDS)], repeat=60_000)),
        ("a.odt", made.odt([(1, "Beginning"), *[(0, WORDS)] * 60_000])),
        ("a.xlsx", made.xlsx({"Beginning": [[WORDS, "Town"]] * 50_000})),
        ("a.ods", made.ods([[WORDS, "Town"]] * 50_000)),
        ("a.epub", made.epub("Beginning", "A", [(f"Chapter {n}", WORDS * 40) for n in range(1_000)])),
        ("a.fb2", made.fb2("Beginning", [("Part", WORDS)] * 60_000)),
        ("a.rtf", "{\\rtf1 " + (WORDS + "\\par ") * 130_000 + "}"),
        ("a.ipynb", json.dumps({"cells": [{"cell_type": "markdown", "source": WORDS}] * 280_000})),
        ("a.rss", "<rss><channel>" + f"<item><title>{WORDS}</title></item>" * 80_000 + "</channel></rss>"),
        ("a.eml", "From: a@b.c\nTo: d@e.f\nSubject: x\nDate: y\n\n" + WORDS * 130_000),
        ("a.mbox", ("From a@b.c Mon\nFrom: a@b.c\nSubject: x\n\n" + WORDS + "\n\n") * 60_000),
        ("a.html", f"<p>{WORDS}</p>" * 130_000),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 9 else "",
)
def test_file_that_has_cost_a_process_its_life_is_read_at_its_beginning(read: Read, name: str, data: bytes) -> None:
    document = read(name, data, max_chars=SPARING_CHARS)
    assert document.state == "partial"
    text = "".join(chunk.text for chunk in document.chunks)
    assert WORDS.strip() in text
    assert 10_000 < len(text) <= SPARING_CHARS * 1.1


def test_damaged_part_is_passed_over_in_the_beginning(read: Read) -> None:
    data = bytearray(made.docx([(0, WORDS * 500)]))
    at = data.index(b"word/document.xml") + len("word/document.xml")
    data[at + 20 : at + 60] = bytes(40)
    assert read("a.docx", bytes(data), max_chars=SPARING_CHARS).state in ("empty", "damaged")
