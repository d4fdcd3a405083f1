"""One file to a settled document."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.errors import Cancelled
from app.base.values import Document
from app.base.worker_calls import ReadDocument
from app.workers.extract import reading
from app.workers.extract.content import Section
from app.workers.extract.reading import read_file
from app.workers.extract.tokens import Tokens
from tests.support import sample_documents as made

Read = Callable[..., Document]


def test_hash_is_of_the_files_bytes_whatever_its_state(read: Read) -> None:
    for name, data in (("a.txt", b"text"), ("a.png", b"\x89PNG"), ("a.bin", bytes(999)), ("a.txt", b"")):
        assert read(name, data).sha256 == hashlib.sha256(data).hexdigest()


def test_file_with_a_name_of_any_kind_is_read(read: Read) -> None:
    assert read("new\nline 🦊 'quote\" $(x).md", "# Hello\n").title == "Hello"


def test_reading_nobody_waits_for_is_given_up(tmp_path: Path, tokens: Tokens) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(made.pdf([["x"]]))
    with pytest.raises(Cancelled):
        read_file(ReadDocument(path=str(path)), tokens, lambda: True)


def test_mistake_of_ours_settles_the_file_and_says_so(
    read: Read, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> list[Section]:
        raise KeyError("text of the file")

    monkeypatch.setattr(reading, "reader_of", lambda _: broken)
    document = read("a.html", "<p>x")
    assert (document.state, document.reason) == ("unreadable", "Familiar made a mistake while reading this file.")
    assert "KeyError" in caplog.text and "text of the file" not in caplog.text


def test_memory_that_is_refused_makes_the_file_too_large(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> list[Section]:
        raise MemoryError

    monkeypatch.setattr(reading, "reader_of", lambda _: greedy)
    assert read("a.html", "<p>x").state == "too_large"
