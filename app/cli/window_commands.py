"""The commands that open a window: they are run without the command line, which only explains them."""

from __future__ import annotations

import click

from app.cli.command import command
from app.cli.context import Context
from app.cli.parameters import PathWord

_REFUSED = "a window takes only files, --home and --help"


@command("ask-about", json=False)
@click.argument("paths", metavar="PATH", nargs=-1, required=True, type=PathWord(),
                help="a file to ask about, inside your folders or not")  # fmt: skip
def ask_about(_context: Context, *, paths: tuple[str, ...]) -> int:  # noqa: ARG001 - only to be explained
    """Refuse, since the words were not such that a window opens."""
    raise click.UsageError(_REFUSED)


@command("sidebar", json=False)
def sidebar(_context: Context) -> int:
    """Refuse, since the words were not such that a window opens."""
    raise click.UsageError(_REFUSED)
