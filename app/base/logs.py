"""Logging of one process into HOME/logs. Never file text, prompts or secrets."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import threading
from types import TracebackType

from app.base.paths import Home


def start_logging(home: Home, role: str) -> None:
    """Send this process's log to HOME/logs/ROLE.log (1 MB, 3 kept) and its crashes to HOME/logs/crash.log.

    Silently logs to stderr where the home cannot be written.
    """
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        home.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            home.logs / f"{role}.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
        )
        crash = open(home.logs / "crash.log", "a", encoding="utf-8")  # noqa: SIM115 - kept open for the process's life
        faulthandler.enable(crash)
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    log = logging.getLogger(f"familiar.{role}")

    def on_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("crashed", exc_info=(kind, error, trace))

    sys.excepthook = on_crash
    threading.excepthook = lambda crash: on_crash(crash.exc_type, crash.exc_value or SystemExit(), crash.exc_traceback)
