"""How the C library keeps freed memory: for processes that live long, and whose threads come and go."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
_GIVEN_BACK_BYTES = 128 * 1024  # glibc's own first threshold, which it otherwise raises with what was once freed


def share_arenas(most: int = 2) -> bool:
    """Have all threads of this process share `most` pools of memory, where glibc would make eight a processor.

    Each pool keeps what its threads once had; what is large is given back as soon as it is free. Returns whether it was
    heard: other C libraries have no such pools.
    """
    try:
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _GIVEN_BACK_BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, _GIVEN_BACK_BYTES)
        return bool(library.mallopt(_M_ARENA_MAX, most))
    except (OSError, AttributeError, TypeError):  # TypeError: Windows has no library without a name
        return False
