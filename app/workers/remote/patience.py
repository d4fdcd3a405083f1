"""How often, and after which pauses, a request that failed is made again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from app.base.backoff import pause_s
from app.workers.remote.failures import Failure, Kind

WHOLE_S = 30.0
_FIRST_PAUSE_S: dict[Kind, float] = {"busy": 1.0, "broken": 0.5, "unreachable": 0.25}
_TRIES: dict[Kind, int] = {"busy": 8, "broken": 4, "unreachable": 3}
_JITTER = 0.25


class Patience:
    """The patience for one request. whole_s: how long all tries and pauses may take together.

    clock: seconds that only grow. chance: 0 to 1, for pauses that differ between clients.
    """

    def __init__(
        self,
        whole_s: float = WHOLE_S,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._until = clock() + whole_s
        self._failed = 0

    def pause_s(self, failure: Failure) -> float | None:
        """Seconds to wait before the next try; None to give up.

        Doubles with each failure, give or take a quarter; never shorter than the server asked for.
        """
        self._failed += 1
        if failure.kind == "final" or self._failed >= _TRIES[failure.kind]:
            return None
        wait_s = pause_s(self._failed, first_s=_FIRST_PAUSE_S[failure.kind], longest_s=WHOLE_S)
        wait_s *= 1 - _JITTER + 2 * _JITTER * self._chance()
        if failure.wait_s is not None:
            wait_s = max(wait_s, failure.wait_s)
        return wait_s if self._clock() + wait_s <= self._until else None
