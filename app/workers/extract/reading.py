"""One file to a Document: finds its reader, keeps the limits, cuts the chunks and settles the state."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from app.base.errors import Cancelled, Problem
from app.base.values import Document, FileState
from app.base.worker_calls import ReadDocument
from app.link.lending import OWN, Places
from app.workers.extract import text
from app.workers.extract.chunker import chunk, fitting_title
from app.workers.extract.content import Findings, Refused, Section, one_line
from app.workers.extract.formats import reader_of
from app.workers.extract.kinds import kind_of
from app.workers.extract.properties import note_properties
from app.workers.extract.source import Source, open_source
from app.workers.extract.task import Task, mistake
from app.workers.extract.tokens import Tokens

REASONS = 4  # of why a file is partial, told in full
CUTTING_SHARE = 0.9  # of the time limit, after which no more of the text is cut into chunks
SOFT_SHARE = 0.8  # of the time limit, after which a reader ends with what it has


def read_file(call: ReadDocument, tokens: Tokens, cancelled: Callable[[], bool], places: Places = OWN) -> Document:
    """What reading the file gave: never an error of the file's, but a state with its reason.

    places: who opens it. Raises Problem file.linked or file.replaced if it is not the file that is meant: then nothing
    was read, and nothing is said of what stands there. Raises Cancelled if `cancelled` says so in between.
    """
    found = Findings("")
    sha256 = ""
    try:
        with open_source(Path(call.path), call.max_bytes, call.identity, places) as source:
            sha256 = source.sha256
            begun = time.monotonic()
            stop_at = begun + SOFT_SHARE * call.timeout_s
            sections = collect(source, found, Task(call.max_chars, stop_at, cancelled, read_source))
        title = fitting_title(one_line(found.title), tokens)
        end_at = begun + CUTTING_SHARE * call.timeout_s
        chunks = chunk(title, sections, tokens, lambda: time.monotonic() > end_at)
        read = sum(len(piece.text) for piece in chunks)
        if read < sum(len(section.text) for section in sections):
            found.left_out = [f"Only the first {read:,} characters were read in time."]
        state: FileState = "partial" if found.left_out else "ready"
        if not chunks:
            raise Refused("empty", _reason(found) or "The file holds no text.", found.hint)
        return Document(
            state=state, reason=_reason(found), hint=_hint(found), title=title, kind=found.kind,
            sha256=sha256, author=found.author, dated=found.dated, chunks=chunks,
        )  # fmt: skip
    except Refused as refused:
        return _settled(refused, found, sha256)
    except (Cancelled, Problem):
        raise
    except MemoryError:
        return _settled(
            Refused("too_large", "The file needs more memory than a file may take.", "Split it."), found, sha256
        )
    except Exception as error:  # noqa: BLE001 - the top of a task: a stranger's file has found a mistake of ours
        return _settled(mistake(error, found), found, sha256)


def collect(source: Source, found: Findings, task: Task) -> list[Section]:
    """The file's sections, as many as the limits allow; what is missing is noted in `found`."""
    sections: list[Section] = []
    length = 0
    for section in read_source(source, found, task):
        task.check()
        if not section.text.strip():
            continue
        room = task.max_chars - length
        if len(section.text) > room:
            found.left_out.append(f"Only the first {task.max_chars:,} characters were read.")
            if section.text[:room].strip():
                sections.append(replace(section, text=section.text[:room]))
            break
        sections.append(section)
        length += len(section.text)
    return sections


def read_source(source: Source, found: Findings, task: Task) -> Iterable[Section]:
    """The sections as their reader gives them. Raises Refused where there is none."""
    if source.size_bytes == 0:
        raise Refused("empty", "The file has no bytes in it.")
    kind = kind_of(source)
    found.kind = kind.partition(":")[0]
    if not task.depth:
        note_properties(source, found)
    if kind == "image":
        raise Refused("empty", "This is a picture; reading pictures is not on yet.")
    if kind.startswith("binary:"):
        raise Refused("unsupported", f"This is {kind.partition(':')[2]}; Familiar reads documents and text.")
    if kind.startswith("broken:"):
        found.kind = kind.partition(":")[2]
        raise Refused(
            "damaged", f"It does not look like {found.kind.upper()} inside: it is damaged, or of an older format.",
            "Open and save it again in a current program, or get it again.",
        )  # fmt: skip
    reader = reader_of(kind)
    return reader(source, found, task) if reader else text.read_text(source, found, task.max_chars)


def _reason(found: Findings) -> str:
    more = len(found.left_out) - REASONS
    return " ".join([*found.left_out[:REASONS], *([f"And {more:,} more."] if more > 0 else [])])


def _hint(found: Findings) -> str:
    if not found.left_out:
        return ""
    return found.hint or "What was read can be searched and asked about."


def _settled(refused: Refused, found: Findings, sha256: str) -> Document:
    hint = refused.hint or {
        "empty": "Nothing needs to be done.",
        "unsupported": "Nothing needs to be done.",
        "too_large": "Split it into parts.",
    }.get(refused.state, "")
    return Document(
        state=refused.state, reason=refused.reason, hint=hint, kind=found.kind, sha256=sha256,
        author=found.author, dated=found.dated,
    )  # fmt: skip
