"""Jupyter notebooks. Places are cells, under the headings of the Markdown cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from app.base.wording import count
from app.workers.extract.content import Border, Findings, Refused, Section, clean, one_line
from app.workers.extract.formats import Format
from app.workers.extract.outline import Trail, border_of, line_sections
from app.workers.extract.source import Source
from app.workers.extract.task import Task
from app.workers.extract.text import decoded, without_closing

T = TypeVar("T")
JSON_A_CHARACTER = 16  # pictures in the outputs take the most of a notebook
OUTPUT_CHARS = 4_000  # of one cell's output; more is hardly meant to be read
_HEADING = re.compile(r"^(#{1,6})[ \t]++([^\n]++)$", re.MULTILINE)


class _Output(msgspec.Struct):
    text: str | list[str] = ""
    data: dict[str, Any] = {}
    traceback: list[str] = []
    ename: str = ""
    evalue: str = ""


class _Cell(msgspec.Struct):
    cell_type: str = ""
    source: str | list[str] = ""
    input: str | list[str] = ""  # instead of source in the third format
    outputs: list[_Output] = []


class _Worksheet(msgspec.Struct):
    cells: list[msgspec.Raw] = []  # each is looked at by itself: an odd one loses no other


class _Language(msgspec.Struct):
    language: str = ""
    name: str = ""


class _Metadata(msgspec.Struct):
    kernelspec: _Language = msgspec.field(default_factory=_Language)
    language_info: _Language = msgspec.field(default_factory=_Language)


class _Notebook(msgspec.Struct):
    metadata: msgspec.Raw = msgspec.Raw(b"{}")
    cells: list[msgspec.Raw] = []
    worksheets: list[_Worksheet] = []


def read_notebook(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """The cells' texts and their printed outputs; those that are odd are counted. Raises Refused for damaged JSON."""
    text = decoded(source, JSON_A_CHARACTER * task.max_chars)
    if len(text) > JSON_A_CHARACTER * task.max_chars:  # its end is missing: read as it is written
        found.kind = "data"
        yield from line_sections(text, (), by_line=True)
        return
    try:
        notebook = msgspec.json.decode(text.encode(), type=_Notebook)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused("damaged", "The notebook is damaged.", "Open and save it again in Jupyter.") from error
    metadata = _understood(notebook.metadata, _Metadata) or _Metadata()
    language = one_line(metadata.language_info.name or metadata.kernelspec.language, 40)
    trail = Trail()
    cells = [*notebook.cells, *(cell for sheet in notebook.worksheets for cell in sheet.cells)]
    odd = 0
    for number, raw in enumerate(cells, 1):
        cell = _understood(raw, _Cell)
        if cell is None:
            odd += 1
            continue
        text = clean(_joined(cell.source) or _joined(cell.input)).strip("\n")
        border = Border.SUB
        heading = _HEADING.search(text) if cell.cell_type in ("markdown", "heading") else None
        if heading:
            level = len(heading[1])
            border = border_of(level)
            words = one_line(without_closing(heading[2]))
            trail.enter(level, words)
            found.title = found.title or words
        if cell.cell_type == "code" and text.strip():
            text = f"```{language}\n{text}\n```"
        shown = [text, *(_shown(output) for output in cell.outputs)]
        body = "\n\n".join(part for part in shown if part.strip())
        if body:
            yield Section(body + "\n\n", "heading", number, f"cell {number}", trail.path, border, by_line=not heading)
    if odd:
        found.left_out.append(f"{count(odd, 'cell is', 'cells are')} damaged and not read.")


def _understood(raw: msgspec.Raw, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError):
        return None


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _shown(output: _Output) -> str:
    """What the output prints: text, not pictures."""
    plain = output.data.get("text/plain", "")
    text = _joined(output.text) or _joined(plain if isinstance(plain, str | list) else "")
    if output.ename:
        text = f"{output.ename}: {output.evalue}"
    return clean(text)[:OUTPUT_CHARS].strip("\n")


def _is_notebook(source: Source) -> bool:
    return source.suffix == ".ipynb" and source.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


FORMATS = (Format(("notebook",), read_notebook, is_it=_is_notebook),)
