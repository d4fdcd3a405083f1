"""What a command asks the person: a yes, or a secret that is not shown. Only where somebody sits at a terminal."""

from __future__ import annotations

import getpass
import os
import sys

from app.base.errors import Problem
from app.base.foreign_text import harmless

_SECRET_CHARS = 8192


def somebody_there() -> bool:
    """Whether a question would be seen and can be answered."""
    return sys.stdin.isatty() and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def agrees(question: str) -> bool:
    """Whether the person says yes; anything else, and the end of input, is no."""
    print(f"{harmless(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def allows(question: str, lines: int) -> tuple[bool, tuple[int, ...]]:
    """Whether the person says yes to numbered lines, and to which of them not.

    What was typed before the question stood there does not answer it. The end of input is no.
    """
    forget_typed()
    more = ", or the numbers of lines to leave out" if lines > 1 else ""
    while True:
        print(f"{harmless(question)} [y/N{more}] ", end="", file=sys.stderr, flush=True)
        typed = sys.stdin.readline()
        words = typed.replace(",", " ").lower().split()
        if not words or words[0] in ("n", "no"):
            return False, ()
        if words in (["y"], ["yes"]):
            return True, ()
        if lines > 1 and all(word.isdecimal() and 1 <= int(word) <= lines for word in words):
            return True, tuple(sorted({int(word) for word in words}))
        print(f"Type y, n{' or numbers from 1 to ' + str(lines) if lines > 1 else ''}.", file=sys.stderr)


def forget_typed() -> None:
    """Drop what stands in the terminal's input by now."""
    try:
        import termios
    except ImportError:  # Windows
        return
    try:
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    except (termios.error, ValueError, OSError):
        return


def secret(prompt: str) -> str:
    """A secret: typed without echo at a terminal, else the first line of standard input. Never an argument, which other
    users of the machine could see. "" if nothing was given. Raises Problem input.too_long."""
    if not somebody_there():
        line = sys.stdin.readline(_SECRET_CHARS)
        if len(line) == _SECRET_CHARS:
            raise Problem("input.too_long", "The first line of standard input is too long for a key.", "")
        return line.strip()
    try:
        return getpass.getpass(harmless(prompt)).strip()
    except EOFError:
        return ""
