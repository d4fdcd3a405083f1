"""Text of any sort: prose, Markdown and its like, source code, tables with separators, data. Places are lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.workers.extract import encoding
from app.workers.extract.content import Findings, Refused, Section, clean, one_line
from app.workers.extract.markup import HTML_NAMES, TAG
from app.workers.extract.moments import moment
from app.workers.extract.outline import Mark, line_sections
from app.workers.extract.properties import note_author
from app.workers.extract.source import Source

BYTES_A_CHARACTER = 4
LARGE_BYTES = 4_000_000  # from here on the beginning decides whether the rest is looked at
TITLE_CHARS = 120
FRONT_CHARS = 20_000
HEADER_CHARS = 300
LINE_CHARS = 2_000  # before a heading of LaTeX that are looked at for a comment's sign
LEADING_CHARS = 500  # above a definition
DEEP = 3  # a definition: worth a cut, but several small ones may share a chunk

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)
_ATX = re.compile(r"^ {0,3}+(#{1,6})[ \t]++([^\n]*+)$", re.MULTILINE)
_SETEXT = re.compile(r"^ {0,3}(\S[^\n]{0,200})\n {0,3}(=+|-{2,})[ \t]*$", re.MULTILINE)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*+([^\n]++)$", re.MULTILINE)
_FRONT_SAID = re.compile(r"^(date|created|modified|updated|lastmod|author):[ \t]*+([^\n]++)$", re.MULTILINE)
_MARKUP = re.compile(rf"!?\[([^\[\]\n]{{0,300}}+)\]\([^)\[\n]{{0,300}}+\)|[*`]++|{TAG.pattern}")
_ORG = re.compile(r"^(\*{1,6})[ \t]+(.+)$", re.MULTILINE)
_ASCIIDOC = re.compile(r"^(={1,6})[ \t]+(.+)$", re.MULTILINE)
_LATEX = re.compile(r"\\(part|chapter|(?:sub){0,2}section|paragraph)\*?+(?:\[[^\[\]\n]{0,300}+\])?+\{([^{}\n]{1,500}+)")
_LATEX_TITLE = re.compile(r"\\title\s*+\{([^{}]++)\}")
_LATEX_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_RST = re.compile(r"^(\S[^\n]{0,200})\n([=\-~^\"'`#*+.:_])\2{2,}[ \t]*$", re.MULTILINE)
_DEFINITION = re.compile(
    r"^([ \t]*)(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|unsafe|virtual"
    r"|pub(?:\([a-z]+\))?|override|sealed|partial|inline|open|data|local)[ \t]+)*"
    r"(?:def|class|function|func|fun|fn|struct|interface|impl|enum|trait|module|namespace|type|sub|proc|object|protocol"
    r"|extension|record|macro_rules!|CREATE|create)(?=[ \t]+[\w<(*&\[])[^\n]*",
    re.MULTILINE,
)
_LEADING = re.compile(r"[ \t]*+(?:@|#|//|/\*|\*|---)")
_DOCSTRING = re.compile(r"(?:#[^\n]*+\n|\s)*+[rRuU]?+(\"\"\"|''')\s*+([^\n]++)")


def read_text(source: Source, found: Findings, max_chars: int) -> Iterator[Section]:
    """The text with its headings, if it is of a sort that has any. Raises Refused if the bytes are no text."""
    text = decoded(source, max_chars)
    marks: list[Mark] = []
    if found.kind in _MARKS:
        marks = list(_MARKS[found.kind](text))
    found.title = _title(found.kind, text, marks)
    if front := _FRONT.match(text[:FRONT_CHARS]):
        _note_front(front[1], found)
    yield from line_sections(text, marks, by_line=found.kind in ("code", "data", "csv"))


def _note_front(front: str, found: Findings) -> None:
    """Put author and date into `found` as the lines before a note's text say them."""
    said = {match[1]: _unquoted(match[2].strip()) for match in _FRONT_SAID.finditer(front)}
    names = ("date", "created", "modified", "updated", "lastmod")
    found.dated = next((at for name in names if (at := moment(said.get(name, "")))), 0)
    note_author(said.get("author", ""), found)


def decoded(source: Source, max_chars: int) -> str:
    """The source's text, a little more than max_chars of it at most. Raises Refused if the bytes are no text."""
    wanted = BYTES_A_CHARACTER * (max_chars + 1)
    whole = source.size_bytes <= wanted
    text = None
    if source.size_bytes < LARGE_BYTES or encoding.decode(source.head, whole=False) is not None:
        text = encoding.decode(source.read(None if whole else wanted), whole=whole)
    if text is None:
        raise Refused("unsupported", "Familiar cannot read this kind of file.",
                      "If it holds text, save it in a common format such as PDF, DOCX or plain text.")  # fmt: skip
    return clean(text[: max_chars + 1])


def _title(kind: str, text: str, marks: list[Mark]) -> str:
    """The document's own title: said to be one, or a heading or a short line that opens it."""
    if kind == "code":
        docstring = _DOCSTRING.match(text[:20_000])
        return one_line(docstring[2].partition(docstring[1])[0], TITLE_CHARS) if docstring else ""
    if kind == "latex":
        said = _LATEX_TITLE.search(text[:20_000])
        return one_line(said[1], TITLE_CHARS) if said else ""
    front = _FRONT.match(text[:FRONT_CHARS])
    named = _FRONT_TITLE.search(front.group(1)) if front else None
    if named:
        return one_line(_unquoted(named[1].strip()))
    if marks and marks[0].level == 1 and not text[front.end() if front else 0 : marks[0].position].strip():
        return marks[0].heading
    return _first_line(text) if kind in ("text", "rst") else ""


def _unquoted(words: str) -> str:
    return words[1:-1] if len(words) > 2 and words[0] == words[-1] and words[0] in "\"'" else words


def _first_line(text: str) -> str:
    """A short first line that stands alone and is no sentence."""
    lines = text.lstrip("\n ")[: 2 * TITLE_CHARS].split("\n", 2)
    line = lines[0].strip()
    alone = len(lines) == 3 and not lines[1].strip()
    if alone and 3 <= len(line) <= TITLE_CHARS and line[0].isalnum() and line[-1] not in ",;:":
        return line
    return ""


def _markdown(text: str) -> Iterator[Mark]:
    fences = _fenced(text)
    headings = [(match.start(), len(match[1]), without_closing(match[2])) for match in _ATX.finditer(text)]
    headings += [(match.start(), 1 if match[2][0] == "=" else 2, match[1]) for match in _SETEXT.finditer(text)]
    front = _FRONT.match(text)
    body = front.end() if front else 0
    fence = 0
    for position, level, heading in sorted(headings):
        while fence < len(fences) and fences[fence][1] <= position:
            fence += 1
        inside = fence < len(fences) and fences[fence][0] <= position
        words = one_line(_MARKUP.sub(_unmarked, heading))
        if position >= body and not inside and words:
            yield Mark(position, level, words)


def without_closing(heading: str) -> str:
    """A Markdown heading without the signs that may close it; "C#" is none."""
    words = heading.rstrip()
    bare = words.rstrip("#")
    return words if bare[-1:] not in ("", " ", "\t") else bare.rstrip()


def _unmarked(match: re.Match[str]) -> str:
    """What a link, an emphasis or a tag leaves of itself in a heading."""
    foreign = match[2] is not None and match[2].lower() not in HTML_NAMES
    return match[0] if foreign else match[1] or ""


def _fenced(text: str) -> list[tuple[int, int]]:
    """Spans of code blocks between fences; an open one reaches to the end."""
    spans = []
    begun, sign = -1, ""
    for match in _FENCE.finditer(text):
        if begun < 0:
            begun, sign = match.start(), match[1]
        elif match[1].startswith(sign):
            spans.append((begun, match.end()))
            begun = -1
    return [*spans, (begun, len(text))] if begun >= 0 else spans


def _org(text: str) -> Iterator[Mark]:
    for match in _ORG.finditer(text):
        yield Mark(match.start(), len(match[1]), one_line(match[2]))


def _asciidoc(text: str) -> Iterator[Mark]:
    for match in _ASCIIDOC.finditer(text):
        yield Mark(match.start(), len(match[1]), one_line(match[2]))


def _latex(text: str) -> Iterator[Mark]:
    last = -1
    for match in _LATEX.finditer(text):
        begin = text.rfind("\n", max(0, match.start() - LINE_CHARS), match.start()) + 1
        if begin > last and "%" not in text[begin : match.start()]:  # "%" begins a comment
            last = begin
            yield Mark(begin, _LATEX_LEVELS[match[1]], one_line(match[2]))


def _rst(text: str) -> Iterator[Mark]:
    levels: dict[str, int] = {}
    for match in _RST.finditer(text):
        if len(match[0].split("\n")[1].rstrip()) >= len(match[1].rstrip()):
            yield Mark(match.start(), levels.setdefault(match[2], len(levels) + 1), one_line(match[1]))


def _code(text: str) -> Iterator[Mark]:
    """Definitions, each with the comments and decorators above it."""
    for match in _DEFINITION.finditer(text):
        indent = len(match[1].expandtabs(4))
        if indent <= 4 * DEEP:
            yield Mark(
                _with_leading(text, match.start()),
                DEEP + indent,
                one_line(match[0].strip().rstrip("{:("), 100),
                opens=True,
            )


def _with_leading(text: str, position: int) -> int:
    """Where the comments and decorators begin that stand right above the line at `position`."""
    least = max(0, position - LEADING_CHARS)
    while position > least:
        begin = text.rfind("\n", least, position - 1) + 1
        if begin < least or not _LEADING.match(text, begin, position):
            break
        position = begin
    return position


def _table(text: str) -> Iterator[Mark]:
    """The row of column names, for the passages below it."""
    row = text.split("\n", 1)[0].strip()
    if len(re.split(r"[,;\t|]", row)) > 1 and not re.fullmatch(r"[\d\s,;\t|.+-]*", row):
        yield Mark(0, DEEP, one_line(re.sub(r'["\']', "", row), HEADER_CHARS), opens=True)


_MARKS: dict[str, Callable[[str], Iterator[Mark]]] = {
    "markdown": _markdown, "org": _org, "asciidoc": _asciidoc, "latex": _latex, "rst": _rst, "code": _code,
    "csv": _table,
}  # fmt: skip
