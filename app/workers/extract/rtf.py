"""Rich Text Format, read by a machine of groups, control words and characters."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.workers.extract.content import Findings, Section, one_line
from app.workers.extract.formats import Format
from app.workers.extract.outline import Block, sections_of
from app.workers.extract.source import Source
from app.workers.extract.task import BEGINNING, Task

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_CHARSETS = {
    0: "cp1252", 42: "cp1252", 77: "mac_roman", 78: "cp932", 79: "big5", 80: "cp949", 81: "mac_arabic", 83: "mac_greek",
    85: "gbk", 87: "mac_cyrillic", 88: "cp874", 89: "mac_latin2", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk",
    136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_SAID = {
    "par": "\n", "sect": "\n\n", "page": "\n\n", "line": "\n", "row": "\n", "nestrow": "\n", "cell": "|",
    "nestcell": "|", "tab": "\t", "emdash": "—", "endash": "–", "emspace": "\u2003", "enspace": "\u2002",
    "qmspace": "\u2005", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
_SIGNS = {"~": "\xa0", "_": "\u2011", "-": "\xad", "{": "{", "}": "}", "\\": "\\", "\n": "\n", "\r": "\n"}
# Groups whose text is not the document's. Those that begin with \* are left out too, unless they are read below.
_SILENT = frozenset({
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "headerf", "headerl", "headerr", "footer",
    "footerf", "footerl", "footerr", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "fldinst", "datafield", "themedata",
    "colorschememapping", "latentstyles", "datastore", "listtable", "listoverridetable", "rsidtbl", "generator",
    "xmlnstbl", "pntext", "pntxta", "pntxtb", "bkmkstart", "bkmkend", "nonesttables", "nesttableprops", "shpinst", "sp",
    "shprslt", "xe", "tc", "annotation", "atnid", "atnauthor", "filetbl", "revtbl", "mmathPr", "wgrffmtfilter",
    "passwordhash", "userprops", "do", "shptxt", "upr", "falt", "panose", "private", "result", "template",
})  # fmt: skip
_HYPERLINK = re.compile(r'HYPERLINK\s+("[^"]*")')
_HEADING_STYLE = re.compile(r"(?:heading|überschrift|titre|título|titolo|заголовок)\s*([1-9])", re.IGNORECASE)
MOST_DEEP = 5_000
LOOK_BYTES = 256 * 1024  # read between two looks at the clock


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits. role: what its text is for; "" is the document. skip: characters after each \\u."""

    role: str = ""
    font: str = ""
    skip: int = 1
    level: int = 0


def read_rtf(source: Source, found: Findings, task: Task) -> list[Section]:
    """The document's text by its headings."""
    reader = _Reader()
    data = source.read(task.most_bytes)
    if not reader.run(data, task) or len(data) < source.size_bytes:
        found.left_out.append(BEGINNING)
    found.title = one_line(reader.title)
    return sections_of(reader.blocks())


class _Reader:
    """Runs through the bytes once, collecting paragraphs with the level of their heading."""

    def __init__(self) -> None:
        self.title = ""
        self._paragraphs: list[tuple[int, str]] = []
        self._text: list[str] = []
        self._level = 0
        self._state = _State()
        self._stack: list[_State] = []
        self._encoding = "cp1252"
        self._fonts: dict[str, str] = {}
        self._default_font = ""
        self._font_defined = ""
        self._style_defined = ""
        self._style_name: list[str] = []
        self._heading_styles: dict[str, int] = {}
        self._bytes = bytearray()
        self._skip = 0
        self._high = 0
        self._starred = False
        self._instruction: list[str] = []
        self._links: list[tuple[int, str]] = []

    def blocks(self) -> Iterator[Block]:
        """Paragraphs, headings with their level; lines of one paragraph kind in one block."""
        lines: list[str] = []
        for level, text in self._paragraphs:
            if level or not text.strip():
                if lines:
                    yield Block("\n".join(lines))
                    lines = []
                if level:
                    yield Block(one_line(text, 500), level)
            else:
                lines.append(text)
        if lines:
            yield Block("\n".join(lines))

    def run(self, data: bytes, task: Task) -> bool:
        """Read the bytes of the file; False if time did not last to the end."""
        position = looked = 0
        in_time = True
        while match := _TOKEN.match(data, position):
            position = match.end()
            if position - looked > LOOK_BYTES:
                task.check()
                looked = position
                in_time = not task.late
                if not in_time:
                    break
            word, number, code, sign, brace, text = match.groups()
            if code:
                self._byte(int(code, 16))
                continue
            if text is not None and self._skip:
                passed = min(self._skip, len(text))
                self._skip -= passed
                text = text[passed:]
            if text and any(byte > 127 for byte in text):
                self._bytes.extend(text)
                continue
            self._flush()
            if word:
                name = word.decode("ascii")
                if name == "bin":
                    position += max(0, int(number or b"0"))
                else:
                    self._word(name, int(number) if number else None)
            elif brace:
                self._brace(brace)
            elif sign:
                self._sign(sign.decode("latin-1"))
            elif text:
                self._say(text.decode("ascii"))
        self._flush()
        self._end_paragraph()
        return in_time

    def _byte(self, value: int) -> None:
        if self._skip:
            self._skip -= 1
        else:
            self._bytes.append(value)

    def _flush(self) -> None:
        """Decode the bytes collected by the current font's character set."""
        if self._bytes:
            name = self._fonts.get(self._state.font, self._encoding)
            text = bytes(self._bytes).decode(name, "ignore")
            self._bytes.clear()
            self._say(text)

    def _say(self, text: str) -> None:
        role = self._state.role
        if role == "":
            self._text.append(text)
            self._level = self._level or self._state.level
        elif role == "title":
            self.title += text
        elif role == "fldinst":
            self._instruction.append(text)
        elif role == "stylesheet":
            self._name_style(text)

    def _brace(self, brace: bytes) -> None:
        self._skip = 0
        self._starred = False
        if brace == b"{":
            if len(self._stack) < MOST_DEEP:
                self._stack.append(self._state)
            return
        while self._links and self._links[-1][0] >= len(self._stack):
            self._say(f"({self._links.pop()[1]})")
        if self._state.role == "fldinst" and self._stack and self._stack[-1].role != "fldinst":
            link = _HYPERLINK.search("".join(self._instruction))
            self._instruction = []
            if link:
                self._links.append((len(self._stack) - 1, link.group(1)))
        # A brace too many ends the document: what follows is not of it.
        self._state = self._stack.pop() if self._stack else _State(role="outside")

    def _sign(self, sign: str) -> None:
        self._skip = 0
        if sign == "*":
            self._starred = True
        elif sign in _SIGNS:
            self._paragraph_or_text(_SIGNS[sign])

    def _word(self, name: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        self._skip = 0
        state = self._state
        if name in ("fldinst", "title", "stylesheet", "fonttbl"):
            if state.role in ("", "info"):
                self._state = replace(state, role=name)
        elif name == "datafield" and state.role == "fldinst":
            self._instruction = []  # Word keeps the link there as well, and shows the text alone
            self._state = replace(state, role=name)
        elif name in _SILENT or (starred and state.role == ""):
            self._state = replace(state, role=state.role if state.role not in ("", "title") else name)
        elif name == "info":
            self._state = replace(state, role="info")
        elif name == "u":
            self._unicode(number)
        elif name == "uc":
            self._state = replace(state, skip=max(0, number or 0))
        elif name in _SAID:
            self._paragraph_or_text(_SAID[name])
        else:
            self._format(name, number)

    def _format(self, name: str, number: int | None) -> None:
        """Control words that change how what follows is read."""
        state = self._state
        if name == "f" and number is not None:
            if state.role == "fonttbl":
                self._font_defined = str(number)
            else:
                self._state = replace(state, font=str(number))
        elif name == "fcharset" and state.role == "fonttbl":
            self._fonts[self._font_defined] = _CHARSETS.get(number or 0, self._encoding)
        elif name == "deff":
            self._default_font = str(number or 0)
        elif name == "plain":
            self._state = replace(state, font=self._default_font)
        elif name == "ansicpg":
            self._encoding = _codepage(number)
        elif name in ("mac", "pc", "pca"):
            self._encoding = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[name]
        elif name == "pard":
            self._state = replace(state, level=0)
        elif name == "outlinelevel" and number is not None and 0 <= number < 9:
            self._state = replace(state, level=number + 1)
        elif name == "s" and number is not None:
            if state.role == "stylesheet":
                self._style_defined, self._style_name = str(number), []
            else:
                self._state = replace(state, level=self._heading_styles.get(str(number), 0))

    def _name_style(self, text: str) -> None:
        self._style_name.append(text)
        if ";" in text:
            heading = _HEADING_STYLE.search("".join(self._style_name))
            if heading and self._style_defined:
                self._heading_styles[self._style_defined] = int(heading.group(1))
            self._style_name = []

    def _unicode(self, number: int | None) -> None:
        self._skip = self._state.skip
        if number is None:
            return
        value = number % 0x10000
        if 0xD800 <= value < 0xDC00:
            self._high = value
        elif 0xDC00 <= value < 0xE000:
            if self._high:
                self._say(chr(0x10000 + ((self._high - 0xD800) << 10) + value - 0xDC00))
            self._high = 0
        elif value:
            self._say(chr(value))

    def _paragraph_or_text(self, text: str) -> None:
        if self._state.role:
            return
        if text.startswith("\n"):
            self._end_paragraph()
            if len(text) > 1:
                self._paragraphs.append((0, ""))
        else:
            self._say(text)

    def _end_paragraph(self) -> None:
        text = "".join(self._text)
        self._text = []
        self._paragraphs.append((self._level if text.strip() else 0, text))
        self._level = 0


def _codepage(number: int | None) -> str:
    name = {10000: "mac_roman", 65001: "utf-8", 0: "cp1252"}.get(number or 0, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


FORMATS = (Format(("rtf",), read_rtf, is_it=lambda source: source.head.startswith(b"{\\rtf")),)
