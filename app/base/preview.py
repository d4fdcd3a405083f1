"""What a file looks like at one place: the typed views that the extract worker makes and the window draws.

Character offsets count Unicode code points of the view's own text; rows of a grid count from 0.
"""

from __future__ import annotations

from typing import Literal

from app.base.values import Place, Value

Unit = Literal["page", "slide", "sheet", "message", "picture", "part"]
MatchKind = Literal["exact", "close", "none"]
Span = tuple[int, int]


class FileStamp(Value):
    """How a file stands on disk; where two are equal, its bytes are taken to be. there: False if it is gone."""

    there: bool = True
    size_bytes: int = 0
    mtime_ns: int = 0
    inode: str = ""


class Drawn(Value, tag="drawn"):
    """Pixels. path: a private file of width*height*4 bytes BGRA, which whoever reads it deletes.

    boxes: the quote's rectangles (x, y, w, h) in pixels. printed: a page of dark letters on white, not a picture.
    """

    path: str
    width: int
    height: int
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    printed: bool = True


class Lines(Value, tag="lines"):
    """Lines of text. first: number of the first one; 0 where lines have no numbers that a person knows.

    marks: spans of the quote in `text`. language: of program text, as Pygments names it; "" for anything else.
    fixed: whether letters of one width keep the text's own layout.
    """

    text: str
    first: int = 0
    marks: tuple[Span, ...] = ()
    language: str = ""
    fixed: bool = False


class Rendered(Value, tag="rendered"):
    """Markdown, to be shown as it is meant. The quote is looked for in what is shown: its marks are left out there."""

    markdown: str


class Letter(Value, tag="letter"):
    """A mail. header: names and values in order. marks: spans of the quote in `text`, its body."""

    header: tuple[tuple[str, str], ...]
    text: str
    marks: tuple[Span, ...] = ()


class Column(Value):
    """A column of a grid. name: from the header row, or "". letters: its longest cell needs. numeric: of figures."""

    name: str = ""
    letters: int = 0
    numeric: bool = False


class Grid(Value, tag="grid"):
    """A table whose rows are asked for as they are looked at, with ShowRows.

    rows: how many there are, the header row left out. first_number: what the person's own program calls the first of
    them. marked: spans of rows that the quote stands in. left_out: columns beyond the last that is shown.
    """

    columns: tuple[Column, ...]
    rows: int
    first_number: int = 1
    marked: tuple[Span, ...] = ()
    name: str = ""
    left_out: int = 0


View = Drawn | Lines | Rendered | Letter | Grid


class Preview(Value):
    """What stands at one place of a file.

    match: "exact" if the quote stands there word for word (spaces apart), "close" if most of it, else "none".
    number, count: of units; a "part" is a stretch of a text that is too long to be shown at once.
    at_place: whether the cited place is here. has_text: whether the extracted text would look different.
    sha256: of the bytes this was made from. stamp: how the file stood on disk then.
    """

    view: View
    match: MatchKind = "none"
    unit: Unit = "part"
    number: int = 1
    count: int = 1
    at_place: bool = True
    has_text: bool = False
    sha256: str = ""
    stamp: FileStamp = FileStamp()


class Rows(Value):
    """Rows of a grid from number `first` on, each with at most as many cells as the grid has columns."""

    first: int
    rows: tuple[tuple[str, ...], ...]


WHOLE = Place(kind="whole", first=1, last=1, label="", start=0, end=0)
"""The place of a file that is shown for itself, not for a quote."""
