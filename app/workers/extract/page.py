"""Shows a place of a file: a PDF's page as pixels, anything else as lines, with the quote marked."""

from __future__ import annotations

import ctypes
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.base.calls import DrawPlace
from app.base.errors import Problem
from app.base.values import Preview
from app.workers.extract.content import Findings, Refused, Section
from app.workers.extract.kinds import kind_of
from app.workers.extract.pdf import open_pdf
from app.workers.extract.quotes import Match, find
from app.workers.extract.reading import collect, read_source
from app.workers.extract.source import Source, open_source
from app.workers.extract.task import Task

DRAW_S = 5.0
MAX_BYTES = 512 * 1024 * 1024
MAX_CHARS = 20_000_000
LINES = 80  # of a text shown at once
LINE_CHARS = 2_000  # a longer line is shown in pieces: windows draw endless lines badly
SEARCHED_CHARS = 400_000  # around a place
WIDTHS = (64, 4_000)
MOST_PIXELS = 24_000_000
UNITS = ("slide", "sheet", "message")  # places that are shown one by one


def draw_place(call: DrawPlace, cancelled: Callable[[], bool]) -> Preview:
    """The page or the lines around a quote. Raises Problem preview.* if the file cannot be shown."""
    task = Task(MAX_CHARS, time.monotonic() + DRAW_S, cancelled, read_source)
    try:
        source = open_source(Path(call.path), MAX_BYTES)
        if source.size_bytes and kind_of(source) == "pdf":
            return _draw_page(source, call)
        return _show_lines(source, call, task)
    except Refused as refused:
        raise Problem(f"preview.{refused.state}", refused.reason, refused.hint) from refused


def _draw_page(source: Source, call: DrawPlace) -> Preview:
    import pypdfium2

    with open_pdf(source) as document:
        count = len(document)
        number = min(max(call.number or call.place.first, 1), max(count, 1))
        try:
            document.init_forms()  # so that what was typed into forms is drawn too
            page = document[number - 1]
            textpage = page.get_textpage()
            bitmap = _render(page, call.width)
            match, boxes = _mark(page, textpage, call.quote, bitmap.width, bitmap.height)
        except pypdfium2.PdfiumError as error:
            raise Refused("damaged", f"Page {number} is damaged and cannot be drawn.") from error
        pixels = _save(bitmap, call.pixels_dir)
        return Preview(
            kind="image", match=match.kind, number=number, count=count, pixels=pixels, width=bitmap.width,
            height=bitmap.height, boxes=boxes,
        )  # fmt: skip


def _render(page: Any, wanted_width: int) -> Any:
    """The page as a BGRA bitmap of about the wanted width, on white."""
    from pypdfium2 import raw

    width, height = page.get_size()
    scale = min(max(wanted_width, WIDTHS[0]), WIDTHS[1]) / max(width, 1)
    scale = min(scale, (MOST_PIXELS / max(width * height, 1)) ** 0.5)
    return page.render(scale=scale, fill_color=(255, 255, 255, 255), force_bitmap_format=raw.FPDFBitmap_BGRA)


def _save(bitmap: Any, folder: str) -> str:
    """Path of a new file, private to the person, that holds the bitmap's rows without gaps."""
    descriptor, path = tempfile.mkstemp(prefix="page-", suffix=".bgra", dir=folder or None)
    with os.fdopen(descriptor, "wb") as file:
        row_bytes = 4 * bitmap.width
        data = memoryview(bitmap.buffer).cast("B")
        if bitmap.stride == row_bytes:
            file.write(data[: row_bytes * bitmap.height])
        else:
            for row in range(bitmap.height):
                file.write(data[row * bitmap.stride : row * bitmap.stride + row_bytes])
    return path


def _mark(
    page: Any, textpage: Any, quote: str, width: int, height: int
) -> tuple[Match, tuple[tuple[float, float, float, float], ...]]:
    """How the quote stands on the page, and its rectangles (x, y, w, h) in pixels."""
    from pypdfium2 import raw

    count = raw.FPDFText_CountChars(textpage)
    characters = (raw.FPDFText_GetUnicode(textpage, index) for index in range(count))
    text = "".join(chr(code) if 0 < code < 0x110000 else "\0" for code in characters)
    match = find(quote, text)
    boxes = []
    for start, end in match.spans:
        for index in range(raw.FPDFText_CountRects(textpage, start, end - start)):
            left, top, right, bottom = (ctypes.c_double() for _ in range(4))
            raw.FPDFText_GetRect(textpage, index, left, top, right, bottom)
            x1, y1 = _on_bitmap(page, left.value, top.value, width, height)
            x2, y2 = _on_bitmap(page, right.value, bottom.value, width, height)
            boxes.append((float(min(x1, x2)), float(min(y1, y2)), float(abs(x2 - x1)), float(abs(y2 - y1))))
    return match, tuple(boxes)


def _on_bitmap(page: Any, x: float, y: float, width: int, height: int) -> tuple[int, int]:
    from pypdfium2 import raw

    column, row = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, column, row)
    return column.value, row.value


def _show_lines(source: Source, call: DrawPlace, task: Task) -> Preview:
    """The slide, sheet or message, or else the lines, around the place."""
    sections = collect(source, Findings(""), task)
    if not sections:
        raise Refused("empty", "The file holds no text.")
    text, count, number, offset = _unit(sections, call)
    start = min(max(call.place.start - offset, 0), len(text))
    match = _find_near(call.quote, text, start, max(start, call.place.end - offset))
    at = match.spans[0][0] if match.spans else start
    lines = _lines(text)
    here = _line_of(lines, at)
    if count:
        first = max(0, here - LINES // 2) if len(lines) > LINES and not call.number else 0
        shown = (first, min(len(lines), first + LINES))
    else:
        count = -(-len(lines) // LINES)
        number = min(max(call.number, 0), count)
        first = (number - 1) * LINES if number else max(0, min(here - LINES // 2, len(lines) - LINES))
        number = number or here // LINES + 1
        shown = (first, min(len(lines), first + LINES))
    return _preview(text, lines, shown, match, number, count)


def _unit(sections: Sequence[Section], call: DrawPlace) -> tuple[str, int, int, int]:
    """What is shown as one: text, how many there are (0: lines of a whole text), which one, its offset in all text."""
    if sections[0].kind not in UNITS:
        return "".join(section.text for section in sections), 0, 0, 0
    numbers = sorted({section.number for section in sections})
    wanted = call.number or call.place.first
    number = min(numbers, key=lambda held: abs(held - wanted))
    offset = 0
    for held, group in itertools.groupby(sections, key=lambda section: section.number):
        text = "".join(section.text for section in group)
        if held == number:
            return text, max(numbers), number, offset
        offset += len(text)
    return "", max(numbers), number, 0


def _find_near(quote: str, text: str, start: int, end: int) -> Match:
    """The quote, looked for at its place first, then around it."""
    for margin in (0, SEARCHED_CHARS // 2):
        low, high = max(0, start - margin), min(len(text), end + margin)
        match = find(quote, text[low:high])
        if match.kind == "exact" or (margin and match.spans):
            return Match(match.kind, tuple((low + first, low + last) for first, last in match.spans))
    return match


def _lines(text: str) -> list[tuple[int, int]]:
    """Spans of the text's lines, line ends left out; endless ones in pieces."""
    spans: list[tuple[int, int]] = []
    start = 0
    for line in text.rstrip("\n").split("\n"):
        pieces = range(start, start + max(len(line), 1), LINE_CHARS)
        end = start + len(line)
        spans.extend((piece, min(end, piece + LINE_CHARS)) for piece in pieces)
        start = end + 1
    return spans


def _line_of(lines: list[tuple[int, int]], position: int) -> int:
    low, high = 0, len(lines) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if lines[middle][0] <= position:
            low = middle
        else:
            high = middle - 1
    return low


def _preview(
    text: str, lines: list[tuple[int, int]], shown: tuple[int, int], match: Match, number: int, count: int
) -> Preview:
    first, last = shown
    marks = []
    parts = []
    length = 0
    for start, end in lines[first:last]:
        for mark_start, mark_end in match.spans:
            if mark_start < end and mark_end > start:
                marks.append((length + max(mark_start, start) - start, length + min(mark_end, end) - start))
        parts.append(text[start:end])
        length += end - start + 1
    line = text.count("\n", 0, lines[first][0]) + 1 if lines else 1
    return Preview(
        kind="text", match=match.kind, number=number, count=count, text="\n".join(parts), first_line=line,
        marks=tuple(marks),
    )  # fmt: skip
