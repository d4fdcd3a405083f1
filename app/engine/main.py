"""The engine process: elected by a lock, it serves one home until nobody needs it."""

from __future__ import annotations

import argparse
import gc
import logging
import signal
import sys
from types import FrameType

from filelock import FileLock, Timeout

from app.base.errors import Problem
from app.base.logs import start_logging
from app.base.paths import Home
from app.base.telemetry import forget_device_id
from app.link.client import report_failure, spawn_engine

log = logging.getLogger("familiar.engine")


def main(arguments: list[str]) -> int:
    """Run the engine of `--home DIR`. Exit code 0 also if another engine holds the home; 1 if it cannot start."""
    parser = argparse.ArgumentParser(prog="familiar engine")
    parser.add_argument("--home")
    home = Home.find(parser.parse_args(arguments).home)
    try:
        home.create()
    except Problem as problem:
        sys.stderr.write(f"familiar: {problem.title} {problem.hint}\n")
        return 1
    lock = FileLock(home.engine_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return 0
    try:
        start_logging(home, "engine")
        forget_device_id(home)
        restart = _serve(home)
    finally:
        lock.release()
    if restart:
        spawn_engine(home)
    return 0


def _serve(home: Home) -> bool:
    """Serve until the end; whether a fresh engine is wanted. Exits 1 with a reason left for the client."""
    from app.engine.engine import Engine

    try:
        engine = Engine(home)
    except Problem as problem:
        log.error("the engine cannot start: %s", problem.code)
        report_failure(home, problem)
        sys.exit(1)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        engine.end()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is meant for its client
    gc.freeze()
    try:
        engine.run()
    except Problem as problem:  # the disk filled up between opening and serving, say
        log.error("the engine cannot serve: %s", problem.code)
        report_failure(home, problem)
        sys.exit(1)
    return engine.restart
