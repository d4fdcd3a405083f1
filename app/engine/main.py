"""The engine process: elected by a lock, it serves one home until nobody needs it."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from app.base.errors import Problem
from app.base.foreign_text import harmless
from app.base.logs import start_logging
from app.base.malloc import share_arenas
from app.base.paths import Home
from app.base.telemetry import forget_device_id
from app.link.client import report_failure, spawn_engine

if TYPE_CHECKING:
    from app.engine.engine import Engine

log = logging.getLogger("familiar.engine")
LEAVE_S = 20.0


def main(arguments: list[str]) -> int:
    """Run the engine of `--home DIR`. Exit code 0 also if another engine holds the home; 1 if it cannot start."""
    parser = argparse.ArgumentParser(prog="familiar engine")
    parser.add_argument("--home")
    home = Home.find(parser.parse_args(arguments).home)
    try:
        home.create()
    except Problem as problem:
        sys.stderr.write(harmless(f"familiar: {problem.title} {problem.hint}\n"))
        return 1
    lock = FileLock(home.engine_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return 0
    except OSError as error:
        report_failure(home, home.unwritable(error))
        return 1
    try:
        start_logging(home, "engine")
        forget_device_id(home)
        restart = _serve(home)
    except Problem as problem:
        log.error("the engine cannot serve: %s", problem.code)
        report_failure(home, problem)
        return 1
    finally:
        lock.release()
    if restart:
        try:
            spawn_engine(home)
        except Problem as problem:
            log.error("no engine takes the place of this one: %s", problem.code)
    return 0


def _serve(home: Home) -> bool:
    """Serve until the end; whether a fresh engine is wanted. Raises Problem if it cannot begin, or go on."""
    from app.engine.engine import Engine

    share_arenas()
    engine = Engine(home)
    gone = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=engine.end, daemon=True).start()  # the thread that was interrupted may hold the lock

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is meant for its client
    threading.Thread(target=_leave_at_last, args=(engine, gone), name="leave", daemon=True).start()
    gc.freeze()
    try:
        engine.run()
    finally:
        gone.set()
    return engine.restart


def _leave_at_last(engine: Engine, gone: threading.Event) -> None:
    """End a process that cannot close what it has open (a disk that does not answer, say): it holds the home's lock.

    Nothing is lost by it: at every moment all that was acknowledged is on disk.
    """
    engine.leaving.wait()
    if not gone.wait(LEAVE_S):
        log.error("the engine cannot close what it has open, and leaves as it is")
        logging.shutdown()
        os._exit(0)
