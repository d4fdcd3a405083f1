"""familiar stop: end the engine of this home."""

from __future__ import annotations

import psutil

from app.base.calls import Drain
from app.base.errors import Problem
from app.base.paths import Home
from app.cli.command import command
from app.cli.context import Context
from app.link.client import connect

STOP_S = 30.0


@command("stop")
def stop(context: Context) -> int:
    """End the engine."""
    stopped = stop_engine(context.home)
    if context.output.json:
        context.output.document({"stopped": stopped})
    else:
        context.output.line("Stopped; nothing is lost." if stopped else "Familiar was not running.")
    return 0


def stop_engine(home: Home) -> bool:
    """End the engine of `home` and wait until its process has gone. False if none was running; never starts one.

    Raises Problem engine.busy if it is still there after 30 s.
    """
    try:
        peer = connect(home, role="cli", spawn=False)
    except Problem as problem:
        if problem.code == "engine.absent":
            return False
        raise
    try:
        engine = psutil.Process(peer.wait_hello(STOP_S).pid)
        peer.call(Drain(), timeout_s=STOP_S)
    except psutil.NoSuchProcess:
        return True
    except Problem as problem:
        if problem.code not in (
            "link.closed",
            "link.leaving",
        ):  # it left before it could reply: just as wanted
            raise
    finally:
        peer.close()
    try:
        engine.wait(STOP_S)
    except psutil.TimeoutExpired as error:
        raise Problem(
            "engine.busy",
            f"Familiar (process {engine.pid}) is still finishing what it does.",
            "Nothing is lost. Try again in a moment.",
        ) from error
    return True
