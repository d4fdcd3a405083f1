"""The log of a worker's process, which opens no file: its warnings and errors go to the engine, which writes them down.

A worker reads strangers' bytes, so neither what an exception says nor much of anything gets into the log.
"""

from __future__ import annotations

import logging
import logging.handlers
import traceback
from pathlib import PurePath

from app.base.foreign_text import harmless_line
from app.link.frames import Logged
from app.link.peer import Peer

log = logging.getLogger("familiar.link")
OWN = logging.getLogger("familiar")  # what libraries say may hold addresses and texts
MOST_LINES = 200  # of one process
TEXT_CHARS = 500
FRAMES = 12  # of a traceback, the innermost


class LinkHandler(logging.Handler):
    """Sends records to the engine. Of an exception its type and where it was raised, not what it says."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(logging.WARNING)
        self._peer = peer

    def emit(self, record: logging.LogRecord) -> None:
        """Send it; nothing if the engine has gone."""
        text = record.getMessage()
        kind, _, trace = record.exc_info or (None, None, None)
        if kind is not None:
            frames = traceback.extract_tb(trace)[-FRAMES:]
            text += f": {kind.__name__}" + "".join(
                f" < {PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
            )
        self._peer.send(Logged(record.levelno, record.name, text[:TEXT_CHARS]))


class _Held(logging.handlers.MemoryHandler):
    def __init__(self) -> None:
        super().__init__(MOST_LINES, logging.CRITICAL + 1)
        self.setLevel(logging.WARNING)


def hold() -> None:
    """Keep what is logged before there is a connection, such as why a process could not be confined."""
    OWN.addHandler(_Held())


def send_to(peer: Peer) -> None:
    """From now on, send what is logged to the engine, first what was held."""
    handler = LinkHandler(peer)
    OWN.addHandler(handler)
    for held in [each for each in OWN.handlers if isinstance(each, _Held)]:
        OWN.removeHandler(held)
        held.setTarget(handler)
        held.flush()


class WorkerLog:
    """Writes what one process sends into the engine's log, each as one line; what comes after MOST_LINES is dropped."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._lines = 0

    def __call__(self, said: Logged) -> None:
        """Write it down."""
        self._lines += 1
        if self._lines > MOST_LINES:
            return
        level = said.level if said.level in (logging.WARNING, logging.ERROR, logging.CRITICAL) else logging.WARNING
        name, text = harmless_line(said.name[:60]), harmless_line(said.text[:TEXT_CHARS])
        log.log(level, "worker %s, %s: %s", self._role, name, text)
