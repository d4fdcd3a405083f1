"""familiar files, familiar read: what is indexed, why something is not, and what was read of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec
from typing_extensions import override

from app.base.calls import Files, Read
from app.base.values import ALL_STATES, PROBLEM_STATES, READABLE_STATES, FileState
from app.cli.command import command, suggestion
from app.cli.context import Context
from app.cli.parameters import PathWord, absolute, completed

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_STATE_WORDS = (*ALL_STATES, "problems")


class StateWord(click.ParamType[tuple[FileState, ...]]):
    """The state of a file, or “problems” for all that are one; becomes a tuple of states."""

    name = "state"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[FileState, ...]:
        states = (
            PROBLEM_STATES
            if value == "problems"
            else tuple(state for state in ALL_STATES if state == value.replace("-", "_"))
        )
        if not states:
            near = suggestion(value, _STATE_WORDS) or f"; it is problems or one of {', '.join(ALL_STATES)}"
            self.fail(f"there is no state “{value}”{near}", param, ctx)
        return states

    @override
    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
        return completed(_STATE_WORDS, incomplete)


@command("files", "familiar files --state problems", "familiar files --state locked --state damaged")
@click.option("--state", "chosen", metavar="STATE", multiple=True, type=StateWord(),
              help=f"only these; may be repeated. problems, or one of: {', '.join(ALL_STATES)}")  # fmt: skip
def files(context: Context, *, chosen: tuple[tuple[FileState, ...], ...]) -> int:
    """Tell every file and its state."""
    states = list(dict.fromkeys(state for states in chosen for state in states))
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


@command("read", "familiar read ~/Documents/scan.pdf", "familiar read --json report.docx")
@click.argument("path", metavar="PATH", type=PathWord(), help="a file in one of your folders")
def read(context: Context, *, path: str) -> int:
    """Print the text of a file."""
    path = absolute(path)
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
