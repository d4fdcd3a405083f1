"""What a command prints: for people in lines, for programs as JSON; nothing that a stranger wrote steers a terminal."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TextIO

from app.base.errors import Problem
from app.base.foreign_text import ForeignStream, harmless, harmless_json
from app.base.wording import count


class Output:
    """Standard output and error of one command.

    json: print one JSON document (or JSON lines for a stream) instead of lines for people.
    terminal: standard output is one, so it may carry colour.
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
        self._style = os.urandom(8).hex()
        self._begin = re.compile(f"\x1b{self._style}([012])")
        self._foreign = ForeignStream()
        self.width = max(40, min(100, shutil.get_terminal_size().columns if self.terminal else 80))

    def line(self, text: str = "") -> None:
        """Print a line (or several) for people."""
        self.stream(text + "\n")

    def stream(self, text: str) -> None:
        """Print a piece of text as it comes, made harmless. Raises Problem output.failed if it cannot be written."""
        foreign, *styled = self._begin.split(text)
        self._write(self._foreign.feed(foreign))
        for code, piece in zip(styled[::2], styled[1::2], strict=True):
            self._write(f"{self._foreign.end()}\x1b[{code}m{self._foreign.feed(piece)}")

    def document(self, value: object) -> None:
        """Print a value as one line of JSON, and make sure that it leaves now."""
        import msgspec  # `familiar --help` need not wait for it

        self.raw(msgspec.json.encode(value))

    def raw(self, document: bytes) -> None:
        """Print JSON that is already encoded as one line, and make sure that it leaves now."""
        self._write(harmless_json(document.decode()) + "\n")
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
        return self._styled(1, text)

    def faint(self, text: str) -> str:
        """Text that steps back on a terminal; elsewhere as it is."""
        return self._styled(2, text)

    def name(self, path: str) -> str:
        """A path as people read it: relative if below the current folder, on one line, with nothing hidden in it."""
        shown = path
        try:
            shown = str(Path(path).relative_to(Path.cwd()))
        except (ValueError, OSError):
            pass
        return harmless(shown).replace("\r\n", "\\r\\n").replace("\n", "\\n").replace("\t", "\\t")

    def _styled(self, code: int, text: str) -> str:
        """Text between marks that only `stream` of this very output takes for a style: no stranger can write them."""
        return f"\x1b{self._style}{code}{text}\x1b{self._style}0" if self.colour else text

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _unwritable(error) from error


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
