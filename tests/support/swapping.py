"""Somebody who exchanges a folder or a file with a link to another place, again and again."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType


class Swapping:
    """While it lasts, `place` is now itself and now a link to `outside`. `place` is itself again at the end.

    The times are of every kind, from too short for anything to long enough for a file to be seen, queued and read; and
    what is not in place is touched meanwhile, which a watcher takes for a change of what is. count: exchanges so far.
    """

    def __init__(self, place: Path, outside: Path, beside: Path) -> None:
        """beside: a folder on the same file system, for what is not in place just now."""
        self._place = place
        self._link = beside / "link"
        self._aside = beside / "aside"
        self._link.symlink_to(outside)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.count = 0

    def __enter__(self) -> Swapping:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._link.unlink()

    def _run(self) -> None:
        pauses = (0.0, 0.001, 0.4, 0.01, 0.0, 1.0, 0.003, 0.05)
        while not self._ended.is_set():
            self._place.rename(self._aside)
            self._link.rename(self._place)
            self._ended.wait(pauses[self.count % len(pauses)])
            for file in [self._aside] if self._aside.is_file() else self._aside.rglob("*.txt"):
                file.touch()
            self._ended.wait(pauses[self.count % len(pauses)])
            self._place.rename(self._link)
            self._aside.rename(self._place)
            self._ended.wait(pauses[-self.count % len(pauses)])
            self.count += 1
