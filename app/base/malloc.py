"""How the C library keeps freed memory: for processes that live long, and whose threads come and go."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8  # of glibc's malloc.h


def share_arenas(most: int = 2) -> bool:
    """Have all threads of this process share `most` pools of memory, where glibc would make eight a processor.

    Each pool keeps what its threads once had. Returns whether it was heard: other C libraries have no such pools.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, most))
    except (OSError, AttributeError, TypeError):  # TypeError: Windows has no library without a name
        return False
