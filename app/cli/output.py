"""What a command prints: for people in lines, for programs as JSON; hostile names cannot steer the terminal."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TextIO

import msgspec

from app.base.errors import Problem

_STEERING = re.compile("(\x1b\\[[012]m)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters and those that reorder text on the screen. Harmless are tab, newline, and bold, faint and plain,
which we use ourselves."""


class Output:
    """Standard output and error of one command.

    json: print one JSON document (or JSON lines for a stream) instead of lines for people.
    terminal: standard output is one, so text is made safe for it and may carry colour.
    watched: standard error is a terminal, so progress may be drawn there.
    width: columns for wrapped text, 40 to 100.
    """

    def __init__(self, *, json: bool) -> None:
        self.json = json
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding="utf-8" if json else None, errors="backslashreplace")
        self.terminal = not json and _is_terminal(sys.stdout)
        self.watched = _is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"
        self.colour = self.terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self.width = max(40, min(100, shutil.get_terminal_size().columns if self.terminal else 80))

    def line(self, text: str = "") -> None:
        """Print a line (or several) for people."""
        self.stream(text + "\n")

    def stream(self, text: str) -> None:
        """Print a piece of text as it comes. Raises Problem output.failed if it cannot be written."""
        self._write(harmless(text) if self.terminal else text)

    def document(self, value: object) -> None:
        """Print a value as one line of JSON, and make sure that it leaves now."""
        self._write(msgspec.json.encode(value).decode() + "\n")
        self.flush()

    def raw(self, document: bytes) -> None:
        """Print JSON that is already encoded as one line, and make sure that it leaves now."""
        self._write(document.decode() + "\n")
        self.flush()

    def note(self, text: str) -> None:
        """Say something beside the result, on standard error; nothing if nobody can read it."""
        try:
            print(harmless(text), file=sys.stderr)
        except OSError:
            pass  # the exit code still tells

    def flush(self) -> None:
        """Send what was printed so far. Raises Problem output.failed."""
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _unwritable(error) from error

    def bold(self, text: str) -> str:
        """Text that stands out on a terminal; elsewhere as it is."""
        return f"\x1b[1m{text}\x1b[0m" if self.colour else text

    def faint(self, text: str) -> str:
        """Text that steps back on a terminal; elsewhere as it is."""
        return f"\x1b[2m{text}\x1b[0m" if self.colour else text

    def name(self, path: str) -> str:
        """A path as people read it: relative if below the current folder, on one line, with nothing hidden in it."""
        shown = path
        try:
            shown = str(Path(path).relative_to(Path.cwd()))
        except (ValueError, OSError):
            pass
        return harmless(shown).replace("\n", "\\n").replace("\t", "\\t")

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _unwritable(error) from error


def harmless(text: str) -> str:
    """Text whose control characters are replaced by visible marks; tabs and newlines stay."""
    return _STEERING.sub(lambda found: found[1] or "\N{REPLACEMENT CHARACTER}", text)


def count(number: int, noun: str, plural: str = "") -> str:
    """“1 file”, “2,310 files”."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(size_bytes: int) -> str:
    """“640 bytes”, “1.2 MB”: decimal units, as file managers show them."""
    if size_bytes < 1000:
        return count(size_bytes, "byte")
    amount = float(size_bytes)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 1000:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"


def silence() -> None:
    """Send what is still buffered for standard output nowhere: its reader has gone, or its disk is full."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass  # there is no descriptor behind this stream, so nothing is sent at exit either


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and (os.name != "nt" or "WT_SESSION" in os.environ)


def _unwritable(error: OSError) -> Problem:
    return Problem(
        "output.failed",
        f"The output could not be written: {error.strerror or error}.",
        "Free some space, then try again.",
    )
