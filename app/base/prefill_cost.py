"""What reading a prompt costs: a law fitted to every stretch that was read, and solved for a target time.

A stretch of m tokens from position p takes a·m + b·(m·p + m²/2) seconds: `a` for each token, `b` for each earlier one
that it attends to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.base.chat import Slice
from app.base.values import Value

_DECAY = 0.94  # a stretch counts half as much as one that is 11 stretches newer: machines get busy and calm again
_LEAST_TOKENS = 64  # fewer are read at another, worse rate


class PrefillCost(Value):
    """A fitted law, kept as the decayed sums of its normal equations.

    Sums over stretches with x = m, y = m·p + m²/2, s = seconds. overhead_s: what a request takes beside its prefill.
    """

    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0
    xs: float = 0.0
    ys: float = 0.0
    overhead_s: float = 0.0

    @property
    def known(self) -> bool:
        """Whether anything was measured."""
        return self.xx > 0 and self.xs > 0

    @property
    def law(self) -> tuple[float, float]:
        """(a, b), both at least 0; a in seconds a token, b in seconds a pair of tokens."""
        determinant = self.xx * self.yy - self.xy * self.xy
        if determinant > 1e-9 * self.xx * self.yy:
            a = (self.xs * self.yy - self.ys * self.xy) / determinant
            b = (self.ys * self.xx - self.xs * self.xy) / determinant
            if a > 0 and b >= 0:
                return a, b
            if a <= 0 and self.yy > 0:
                return 0.0, self.ys / self.yy
        return (self.xs / self.xx if self.xx else 0.0), 0.0

    @property
    def rate(self) -> float:
        """Tokens a second of a short prompt; 0 if nothing was measured."""
        seconds = self.seconds(512, 0) - self.overhead_s
        return 512 / seconds if self.known and seconds > 0 else 0.0

    def after(self, slices: Sequence[Slice], overhead_ms: float | None = None) -> PrefillCost:
        """The law with these stretches taken in. overhead_ms: what a request took before and after its prefill."""
        xx, xy, yy, xs, ys = self.xx, self.xy, self.yy, self.xs, self.ys
        for one in slices:
            if one.tokens < _LEAST_TOKENS or one.ms <= 0:
                continue
            x, s = float(one.tokens), one.ms / 1000
            y = x * one.position + x * x / 2
            weight = 1 / x  # each token counts alike, so that what was read adds up to what it took
            xx, xy, yy = xx * _DECAY + weight * x * x, xy * _DECAY + weight * x * y, yy * _DECAY + weight * y * y
            xs, ys = xs * _DECAY + weight * x * s, ys * _DECAY + weight * y * s
        overhead_s = self.overhead_s
        if overhead_ms is not None:
            overhead_s = overhead_ms / 1000 if not overhead_s else 0.8 * overhead_s + 0.2 * overhead_ms / 1000
        return PrefillCost(xx=xx, xy=xy, yy=yy, xs=xs, ys=ys, overhead_s=overhead_s)

    def seconds(self, new: int, reused: int) -> float:
        """Predicted seconds from a request to its first token: `new` tokens are read after `reused` kept ones."""
        a, b = self.law
        return self.overhead_s + a * new + b * (new * reused + new * new / 2)

    def tokens_within(self, target_s: float, reused: int) -> int:
        """How many tokens can be read within target_s after `reused` kept ones; 0 if not even one."""
        a, b = self.law
        left = target_s - self.overhead_s
        if left <= 0:
            return 0
        linear = a + b * reused
        root = linear + math.sqrt(linear * linear + 2 * b * left)
        return int(2 * left / root) if root > 0 else 0
