"""A worker that speaks the link's protocol: it answers, dies or hangs as it is told by the text it gets."""

from __future__ import annotations

import logging
import os
import sys
import time

from app.base.chat import CountTokens
from app.base.errors import Problem
from app.base.worker_calls import Embed
from app.link import serving
from app.link.peer import Incoming
from app.link.serving import serve
from app.link.worker_log import hold


def _embed(call: Embed, incoming: Incoming) -> list[str]:
    for text in call.texts:
        if text == "die":
            os._exit(9)
        if text == "hang":
            time.sleep(3600)
        if text == "wait":
            incoming.emit("waiting")
            incoming.wait_cancelled()
            incoming.check()
        if text == "problem":
            raise Problem("test.problem", "It went wrong.", "Do it right.")
        if text == "bug":
            raise ZeroDivisionError("the text of a file")
    return [text.upper() for text in call.texts]


def _count(_call: CountTokens, _incoming: Incoming) -> list[int]:
    return [os.getpid(), os.nice(0)]


if __name__ == "__main__":
    if "EARLY" in os.environ:
        hold()
        logging.getLogger("familiar.echo").warning("said before there was a connection")
        logging.getLogger("library").warning("said by a library")
    serving.LEAVE_S = float(os.environ.get("LEAVE_S", serving.LEAVE_S))
    sys.exit(serve("echo", {Embed: _embed, CountTokens: _count}))
