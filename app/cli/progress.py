"""A progress line on a terminal: bar, counts, rate, elapsed time, current file. Nothing where nobody watches."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections import deque
from types import TracebackType

from app.base.foreign_text import harmless
from app.base.index_values import Status
from app.base.values import PENDING_STATES
from app.base.wording import count, display_width

_TICK_S = 0.25
_RATE_OVER_S = 10.0
_BAR = 24


class Progress:
    """One line on standard error that is drawn anew four times a second; a context manager.

    watched: whether standard error is a terminal; if not, nothing is drawn at all.
    """

    def __init__(self, *, watched: bool) -> None:
        self._watched = watched
        self._began = time.monotonic()
        self._text = ""
        self._detail = ""
        self._said = ""
        self._amount: tuple[int, int] | None = None
        self._samples: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="progress", daemon=True)

    def __enter__(self) -> Progress:
        if self._watched:
            self._ticker.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.clear()

    def show(self, text: str, *, done: int = 0, total: int = 0, detail: str = "", said: str = "") -> None:
        """Say what happens now. done of total draws a bar and a rate; the rate begins anew when `text` changes.

        said: instead of the counts and the rate.
        """
        with self._lock:
            if text != self._text:
                self._samples.clear()
            self._text = text
            self._detail = detail
            self._said = said
            self._amount = (done, total) if total > 0 else None
            self._samples.append((time.monotonic(), done))
            while len(self._samples) > 2 and self._samples[0][0] < self._samples[-1][0] - _RATE_OVER_S:
                self._samples.popleft()

    def wipe(self) -> None:
        """Take the line away until something is shown again, so that something else may be printed."""
        with self._lock:
            self._text = ""
            if self._ticker.is_alive():
                _write("\r\x1b[K")

    def clear(self) -> None:
        """End drawing and wipe the line, so that something else may be printed."""
        self._ended.set()
        if self._ticker.is_alive():
            self._ticker.join()
            _write("\r\x1b[K")

    def drawn(self, columns: int) -> str:
        """The line as it stands now, at most `columns` wide."""
        with self._lock:
            elapsed = duration(time.monotonic() - self._began)
            parts = [self._text]
            if self._amount is not None:
                done, total = self._amount
                filled = min(_BAR, _BAR * done // total)
                bar = "█" * filled + "░" * (_BAR - filled)
                parts = [bar, f"{self._text} {self._said or f'{done:,} of {total:,}'}"]
                rate = self._rate()
                if rate > 0 and not self._said:
                    parts.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
            parts.append(elapsed)
            if self._detail:
                parts.append(self._detail)
        line = harmless("  ".join(part for part in parts if part)).replace("\n", " ").replace("\t", " ")
        return fitted(line, columns)

    def _rate(self) -> float:
        if len(self._samples) < 2:
            return 0.0
        (first_at, first), (last_at, last) = self._samples[0], self._samples[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else 0.0

    def _tick(self) -> None:
        while not self._ended.wait(_TICK_S):
            line = self.drawn(shutil.get_terminal_size().columns - 1)
            with self._lock:
                if self._text:
                    _write("\r" + line + "\x1b[K")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def show_index(progress: Progress, status: Status) -> None:
    """Show how indexing stands: first files to be read, then passages to be prepared for search by meaning."""
    pending = sum(status.files.get(state, 0) for state in PENDING_STATES)
    total = sum(status.files.values())
    if pending:
        progress.show("Reading files", done=total - pending, total=total, detail=status.current)
    elif status.scanning:
        progress.show("Looking through the folders", detail=f"{count(total, 'file')} so far")
    elif status.pending_vectors:
        progress.show(
            "Preparing search by meaning",
            done=max(0, status.chunks - status.pending_vectors),
            total=max(status.chunks, status.pending_vectors),
        )
    else:
        progress.show("Finishing")


def duration(seconds: float) -> str:
    """“8 s”, “2 min 5 s”, “1 h 3 min”."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def fitted(line: str, columns: int) -> str:
    """The line cut to `columns` of a terminal, wide letters counted as two."""
    used = 0
    for index, letter in enumerate(line):
        used += display_width(letter)
        if used > columns:
            return line[: max(0, index - 1)] + "…"
    return line
