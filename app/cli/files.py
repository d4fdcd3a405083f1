"""familiar files, familiar read: what is indexed, why something is not, and what was read of a file."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec

from app.base.calls import Files, Read
from app.base.values import ALL_STATES, PROBLEM_STATES, READABLE_STATES, FileState
from app.cli.context import Context
from app.cli.usage import Parser, absolute, suggestion


def declare(name: str, parser: Parser) -> None:
    """The words of `files` and `read`."""
    if name == "read":
        parser.add_argument("path", metavar="PATH", help="a file in one of your folders")
        parser.examples("familiar read ~/Documents/scan.pdf", "familiar read --json report.docx")
        parser.set_defaults(run=_read)
        return
    parser.add_argument(
        "--state",
        metavar="STATE",
        action="append",
        default=[],
        type=_states,
        help=f"only these; may be repeated. problems, or one of: {', '.join(ALL_STATES)}",
    )
    parser.examples("familiar files --state problems", "familiar files --state locked --state damaged")
    parser.set_defaults(run=_files)


def _states(text: str) -> tuple[FileState, ...]:
    if text == "problems":
        return PROBLEM_STATES
    for state in ALL_STATES:
        if text.replace("-", "_") == state:
            return (state,)
    near = suggestion(text, [*ALL_STATES, "problems"]) or f"; it is problems or one of {', '.join(ALL_STATES)}"
    raise argparse.ArgumentTypeError(f"there is no state “{text}”{near}")


def _files(options: argparse.Namespace, context: Context) -> int:
    states = list(dict.fromkeys(state for states in options.state for state in states))
    rows = context.call(Files(states=states))
    output = context.output
    if output.json:
        output.document(rows)
        return 0
    width = max((len(row.state) for row in rows), default=0)
    for row in rows:
        output.line(f"{row.state.replace('_', ' '):<{width}}  {output.name(row.path)}")
        if row.reason:
            output.line(f"{'':<{width}}  {output.faint(' '.join(part for part in (row.reason, row.hint) if part))}")
    if not rows:
        nothing = "No files are indexed. Begin with: familiar folders add FOLDER"
        output.note("No files in this state." if states else nothing)
    return 0


def _read(options: argparse.Namespace, context: Context) -> int:
    path = absolute(options.path)
    document = context.call(Read(path=path))
    output = context.output
    if output.json:
        fields: dict[str, Any] = msgspec.to_builtins(document)
        output.document({"path": path, **fields})
        return 0
    text = "".join(chunk.text for chunk in document.chunks)
    output.stream(text if text.endswith("\n") or not text else text + "\n")
    if document.state != "ready":
        output.flush()
        said = " ".join(part for part in (document.reason, document.hint) if part)
        output.note(f"{output.name(path)}: {document.state.replace('_', ' ')}. {said}")
    return 0 if document.state in (*READABLE_STATES, "empty") else 1
