"""How long to rest before something that failed is tried again."""

from __future__ import annotations

_MOST_DOUBLINGS = 60


def pause_s(failures: int, *, first_s: float, longest_s: float) -> float:
    """The pause after so many failures in a row: `first_s` after the first, doubled with each, never over `longest_s`.

    failures: from 1, without an end. No I/O.
    """
    return min(longest_s, first_s * 2.0 ** min(max(failures - 1, 0), _MOST_DOUBLINGS))
