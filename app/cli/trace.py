"""familiar trace: how an answer came about."""

from __future__ import annotations

import click

from app.base.calls import TraceShow
from app.base.trace_wording import as_lines
from app.base.values import TurnId
from app.cli.command import command
from app.cli.context import Context
from app.cli.parameters import TurnNumber


@command("trace", "familiar trace 34", "familiar trace 34 --json")
@click.argument(
    "turn", metavar="TURN", type=TurnNumber(), help="the answer's number, as “familiar chats show” tells it"
)
def show(context: Context, *, turn: int) -> int:
    """Tell how an answer came about: what was searched, read, passed over and written, and how long it took."""
    output = context.output
    shown = context.call(TraceShow(turn=TurnId(turn)))
    if output.json:
        output.document(shown)
        return 0
    output.line(output.bold(output.name(shown.question)))
    output.line()
    for line in as_lines(shown):
        output.line(output.name(line) if line.startswith("  ") else output.bold(output.name(line)))
    return 0
