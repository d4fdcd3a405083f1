"""A PDF's page as pixels, with the quote's rectangles."""

from __future__ import annotations

import ctypes
from typing import Any

from app.base.preview import Drawn, Preview
from app.base.quote_match import QuoteMatch, find
from app.base.worker_calls import DrawPlace
from app.link.lending import Places
from app.workers.extract.content import Refused
from app.workers.extract.pdf import open_pdf
from app.workers.extract.source import Source
from app.workers.extract.views.pixels import MOST_PIXELS, WIDTHS, save


def draw_page(source: Source, call: DrawPlace, places: Places) -> Preview:
    """The page of the place."""
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
        view = Drawn(path=_save(bitmap, call.pixels_dir, places), width=bitmap.width, height=bitmap.height, boxes=boxes)
        here = call.place.kind != "page" or call.place.first <= number <= call.place.last
        return Preview(
            view=view, match=match.kind, unit="page", number=number, count=count, at_place=here, has_text=True
        )


def _render(page: Any, wanted_width: int) -> Any:
    """The page as a BGRA bitmap of about the wanted width, on white."""
    from pypdfium2 import raw

    width, height = page.get_size()
    scale = min(max(wanted_width, WIDTHS[0]), WIDTHS[1]) / max(width, 1)
    scale = min(scale, (MOST_PIXELS / max(width * height, 1)) ** 0.5)
    return page.render(scale=scale, fill_color=(255, 255, 255, 255), force_bitmap_format=raw.FPDFBitmap_BGRA)


def _save(bitmap: Any, folder: str, places: Places) -> str:
    row_bytes = 4 * bitmap.width
    data = memoryview(bitmap.buffer).cast("B")
    if bitmap.stride == row_bytes:
        return save([data[: row_bytes * bitmap.height]], folder, places)
    starts = range(0, bitmap.stride * bitmap.height, bitmap.stride)
    return save((data[start : start + row_bytes] for start in starts), folder, places)


def _mark(
    page: Any, textpage: Any, quote: str, width: int, height: int
) -> tuple[QuoteMatch, tuple[tuple[float, float, float, float], ...]]:
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
