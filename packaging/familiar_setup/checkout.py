"""Where everything of one checkout's set-up lies, and how a person is spoken to."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path


class SetupFailed(Exception):
    """Set-up cannot go on; the text tells a person what happened, what was kept and what to do."""


@dataclass(frozen=True)
class Checkout:
    """A clone of the project. `root` is absolute."""

    root: Path

    @property
    def venv(self) -> Path:
        """The environment that everything is installed into."""
        return self.root / ".venv"

    @property
    def scripts(self) -> Path:
        """The environment's commands."""
        return self.venv / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.scripts / ("python.exe" if os.name == "nt" else "python")

    @property
    def pyproject(self) -> Path:
        """The project's own description."""
        return self.root / "pyproject.toml"

    @property
    def stamp(self) -> Path:
        """What was installed for good, as JSON."""
        return self.venv / "familiar-stamp.json"

    @property
    def install_log(self) -> Path:
        """All that pip said, the last time it installed."""
        return self.venv / "familiar-install.log"

    @property
    def install_lock(self) -> Path:
        """Held by the one process that installs."""
        return self.venv / "familiar-install.lock"

    @property
    def chat_state(self) -> Path:
        """How llama-cpp-python's build stands, as JSON that the window reads."""
        return self.venv / "familiar-setup.json"

    @property
    def chat_log(self) -> Path:
        """All that llama-cpp-python's build said."""
        return self.venv / "familiar-setup.log"

    @property
    def chat_lock(self) -> Path:
        """Held by the one process that builds."""
        return self.venv / "familiar-setup.lock"

    @property
    def test_models(self) -> Path:
        """Chat models that only tests and benches run."""
        return self.venv / "familiar-test-models"

    @property
    def model_log(self) -> Path:
        """All that pip said when it fetched them last."""
        return self.venv / "familiar-model.log"

    @property
    def sample(self) -> Path:
        """A folder of documents to try Familiar on."""
        return self.root / "resources" / "sample"

    def locked(self, part: str) -> Path:
        """The lock of a part: "run", "chat", "test", "build" or "model"."""
        return self.root / "packaging" / ("lock.txt" if part == "run" else f"lock-{part}.txt")


def clock(seconds: float) -> str:
    """Elapsed time for a person: "0:07", "12:30"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class ProgressLine:
    """One line on stderr that tells what goes on and for how long; a line now and then where there is no terminal."""

    def __init__(self, title: str, *, every_s: float = 30.0) -> None:
        self._title = title
        self._started = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._every_s = 0.2 if self._terminal else every_s
        self._shown = float("-inf") if self._terminal else self._started
        self._width = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._started

    def show(self, text: str) -> None:
        """Say what goes on now; repeated calls are cheap."""
        now = time.monotonic()
        if now - self._shown >= self._every_s:
            self._shown = now
            self._write(f"{self._title}: {text} ({clock(self.elapsed_s)})")

    def finish(self, text: str) -> None:
        """Say how it ended; the line stays."""
        self._write(f"{self._title}: {text} ({clock(self.elapsed_s)})", last=True)

    def _write(self, line: str, *, last: bool = False) -> None:
        if self._terminal:
            line = line[: max(20, _columns() - 1)]
            print(f"\r{line.ljust(self._width)}", end="\n" if last else "", file=sys.stderr, flush=True)
            self._width = len(line)
        else:
            print(line, file=sys.stderr, flush=True)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80
