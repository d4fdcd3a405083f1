"""The vectors worker's entry."""

from __future__ import annotations

import os

from app.base.malloc import share_arenas
from app.link.serving import serve

THREADS = 16  # calls answered at once: more than the engine has under way, so that a question never queues


def main() -> int:
    """Serve until the engine goes; returns the exit code."""
    share_arenas()
    _shield()
    from app.workers.vectors.service import Service  # it brings numpy, which reads the environment once

    return serve("vectors", Service().handlers(), threads=THREADS)


def _shield() -> None:
    """Keep libraries from what the person's surroundings would tell them, and from threads that nobody needs.

    Chroma takes settings from variables and from a file .env in the working folder, even while it is imported; that
    folder would also keep a drive busy.
    """
    for name in [name for name in os.environ if name.upper().startswith(("CHROMA_", "OTEL_"))]:
        del os.environ[name]
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    os.chdir(os.path.abspath(os.sep))
