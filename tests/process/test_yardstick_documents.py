"""Every public sample document settles, with a reason, within its limits, in a worker that lives on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest

from app.base.quote_match import fold
from app.base.values import READABLE_STATES, Document
from app.base.worker_calls import ReadDocument
from app.link.workers import Worker

SETTLED = {"ready", "partial", "empty", "locked", "damaged", "too_large", "unsupported", "unreadable", "placeholder"}
LIMIT_S = 20.0
CONVERTERS_OWN = ("data:image", "## Content", "**From:** test.sender@example.com")
"""Of the strings expected, those that only another program's way of writing puts there: pictures as data, a heading of
its own, an address without its name."""


class Expected(msgspec.Struct):
    """What must and must not come out of a file."""

    filename: str
    must_include: list[str]
    must_not_include: list[str]


@pytest.fixture(scope="module")
def documents(yardsticks: Path) -> Iterator[dict[Path, Document]]:
    """All sample files as one worker read them."""
    folder = yardsticks / "docs"
    worker = Worker("extract", environment={"PYTHONPATH": str(Path(__file__).parents[2])})
    read: dict[Path, Document] = {}
    pids: Counter[int | None] = Counter()
    slowest = (0.0, Path())
    begun = time.monotonic()
    try:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            started = time.monotonic()
            read[path] = worker.call(ReadDocument(path=str(path), timeout_s=LIMIT_S))
            slowest = max(slowest, (time.monotonic() - started, path))
            pids[worker.pid] += 1
    finally:
        worker.stop()
    states = Counter(document.state for document in read.values())
    print(f"\n{len(read)} files in {time.monotonic() - begun:.1f} s, {dict(states)}")
    print(f"slowest: {slowest[1].name}, {slowest[0]:.2f} s; processes: {len(pids)}")
    assert len(pids) == 1  # none died
    yield read


def test_every_file_settles_with_a_reason(documents: dict[Path, Document]) -> None:
    assert len(documents) > 900
    for path, document in documents.items():
        assert document.state in SETTLED, path
        assert len(document.sha256) == 64, path
        assert bool(document.chunks) == (document.state in READABLE_STATES), path
        if document.state != "ready":
            assert document.reason.endswith(".") and document.hint, path
        assert "mistake" not in document.reason, path


def test_chunks_are_the_text_without_gaps(documents: dict[Path, Document]) -> None:
    for path, document in documents.items():
        offset = 0
        for chunk in document.chunks:
            assert (chunk.place.start, chunk.place.end) == (offset, offset + len(chunk.text)), path
            assert chunk.tokens <= 256, path
            assert chunk.place.label and 1 <= chunk.place.first <= chunk.place.last, path
            offset = chunk.place.end


def test_pdfs_that_pdfium_reads_and_that_hold_text_are_searchable(documents: dict[Path, Document]) -> None:
    with_text = [path for path in documents if path.suffix == ".pdf" and pdfium_finds_text(path)]
    searchable = [path for path in with_text if documents[path].chunks]
    print(f"\n{len(searchable)} of {len(with_text)} PDFs with text are searchable")
    assert len(with_text) > 300
    assert len(searchable) >= 0.99 * len(with_text)


def pdfium_finds_text(path: Path) -> bool:
    """Whether PDFium itself, asked plainly, gives any letter or digit."""
    try:
        with pypdfium2.PdfDocument(path.read_bytes()) as document:  # type: ignore[no-untyped-call]  # it has no types
            return any(any(map(str.isalnum, text_of(document, index))) for index in range(len(document)))
    except pypdfium2.PdfiumError:
        return False


def text_of(document: Any, index: int) -> str:
    """A page's text; "" of a damaged one."""
    try:
        return str(document[index].get_textpage().get_text_bounded())
    except pypdfium2.PdfiumError:
        return ""


def test_expected_strings_come_out(documents: dict[Path, Document], yardsticks: Path) -> None:
    folder = yardsticks / "docs" / "markitdown"
    wrong = []
    for expected in msgspec.json.decode((folder / "expected.json").read_bytes(), type=list[Expected]):
        document = documents[folder / expected.filename]
        text = document.title + "\n" + "".join(chunk.text for chunk in document.chunks)
        letters = fold(text)[0]
        wrong += [
            f"{expected.filename} lacks {string!r}"
            for string in expected.must_include
            if not string.startswith(CONVERTERS_OWN) and fold(without_links(string))[0] not in letters
        ]
        wrong += [f"{expected.filename} has {string!r}" for string in expected.must_not_include if string in text]
    assert wrong == []


def without_links(markdown: str) -> str:
    """Markdown less the targets of its links and pictures."""
    while "](" in markdown:
        before, _, after = markdown.partition("](")
        markdown = f"{before} {after.partition(')')[2]}"
    return markdown
