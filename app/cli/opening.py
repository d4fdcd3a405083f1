"""The commands that open a window: they are run without the command line, which only explains them."""

from __future__ import annotations

import argparse

from app.cli.context import Context
from app.cli.usage import Parser, UsageError


def declare(name: str, parser: Parser) -> None:
    """The words of `ask-about` and `sidebar`."""
    if name == "ask-about":
        parser.add_argument("paths", metavar="PATH", nargs="+", help="a file to ask about, inside your folders or not")
    parser.set_defaults(run=_refuse)


def _refuse(_options: argparse.Namespace, _context: Context) -> int:
    raise UsageError("familiar", "a window takes only files, --home and --help")
