"""A real engine over a real home, for tests that watch it work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from app.base.calls import Drain, Files, FoldersAdd, GetStatus, Index, Read
from app.base.errors import Problem
from app.base.index_values import FileRow, Status
from app.base.models import ModelsAdd
from app.base.paths import Home
from app.link.client import connect, read_address
from app.link.peer import Peer


class Live:
    """An engine of the test's own. `stop` ends it and its workers whatever happened."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._peer: Peer | None = None
        self._pids: set[int] = set()

    @property
    def peer(self) -> Peer:
        """A connection; the engine is started if there is none."""
        if self._peer is None or self._peer.closed:
            self._peer = connect(self.home, role="cli")
            hello = self._peer.hello
            assert hello is not None
            self._pids.add(hello.pid)
        return self._peer

    def watch(self, *folders: Path) -> Status:
        """Add folders and wait until the index has settled."""
        self.peer.call(FoldersAdd(paths=[str(f) for f in folders]), timeout_s=30)
        return self.settle()

    def settle(self) -> Status:
        """Scan and wait until the index has settled."""
        return self.peer.call(Index(wait=True), timeout_s=120)

    def status(self) -> Status:
        """How the index stands."""
        return self.peer.call(GetStatus(), timeout_s=30)

    def rows(self) -> dict[str, FileRow]:
        """The files of the index by path."""
        return {row.path: row for row in self.peer.call(Files(), timeout_s=30)}

    def text(self, path: Path | str) -> str:
        """What was read of a file."""
        document = self.peer.call(Read(path=str(path)), timeout_s=30)
        return "".join(chunk.text for chunk in document.chunks)

    def kill(self) -> None:
        """SIGKILL the engine; its workers see the end of their connections and leave."""
        address = read_address(self.home)
        assert address is not None
        workers = psutil.Process(address.pid).children(recursive=True)
        os.kill(address.pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(p) for p in (address.pid,) if psutil.pid_exists(p)], timeout=10)
        psutil.wait_procs(workers, timeout=10)

    def stop(self) -> None:
        """End the engine."""
        address = read_address(self.home)
        if self._peer is not None and not self._peer.closed:
            try:
                self._peer.call(Drain(), timeout_s=30)
            except Problem:
                pass  # it was leaving already
            self._peer.close()
        if address is not None and psutil.pid_exists(address.pid):
            _, alive = psutil.wait_procs([psutil.Process(address.pid)], timeout=15)
            for process in alive:
                process.kill()


@contextmanager
def scripted_engine(home: Home, files: Path, model: Path) -> Iterator[Live]:
    """An engine with `files` indexed, and a chat model in use that writes a script. model: the file to make for it."""
    script = Path(__file__).with_name("scripted_engine.py")
    process = subprocess.Popen([sys.executable, str(script), str(home.root)])
    assert until(home.engine_json.exists, 60)
    live = Live(home)
    try:
        live.watch(files)
        model.write_bytes(b"script")
        live.peer.call(ModelsAdd(path=str(model)), timeout_s=60)
        yield live
    finally:
        live.stop()
        process.wait(30)


def until(condition: Callable[[], bool], limit_s: float = 10.0) -> bool:
    """Whether the condition held within the limit; asked every 20 ms."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
