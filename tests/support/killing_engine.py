"""An engine that is killed at one step of its pump: `killing_engine.py HOME CLASS.METHOD WHEN VICTIM NTH`.

WHEN is "before" or "after" the NTH call of the step; VICTIM is "engine" or "vectors". SIGKILL, nothing is cleaned up.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from app.engine import main as engine_main
from app.engine.engine import Engine
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from app.store.texts import Texts

_OWNERS: dict[str, type] = {"IndexStore": IndexStore, "EmbeddingStore": EmbeddingStore, "Texts": Texts}


def main() -> int:
    """Wrap the step, then be the engine."""
    home, step, when, victim, nth = sys.argv[1:6]
    owner_name, method = step.split(".")
    owner = _OWNERS[owner_name]
    original = getattr(owner, method)
    made: list[Engine] = []
    calls = 0

    original_run = Engine.run

    def run(self: Engine) -> None:
        made.append(self)
        original_run(self)

    def kill() -> None:
        pid = os.getpid() if victim == "engine" else made[0]._crew.pids().vectors
        if pid:
            os.kill(pid, signal.SIGKILL)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        due = calls == int(nth)
        if due and when == "before":
            kill()
        result = original(*arguments, **named)
        if due and when == "after":
            kill()
        return result

    setattr(owner, method, wrapped)
    Engine.run = run  # type: ignore[method-assign]  # to learn of the engine that is made
    return engine_main.main(["--home", home])


if __name__ == "__main__":
    sys.exit(main())
