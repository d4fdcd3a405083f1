"""What reading a prompt costs: a law fitted to the prompts that were read last, and solved for a target time.

A stretch of m tokens from position p takes a·m + b·(m·p + m²/2) seconds: `a` for each token, `b` for each earlier one
that it attends to. A prompt that was read in a busy moment does not rule the next: its pace counts only once several
in a row have it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.base.chat import Slice
from app.base.values import Value

_LEAST_TOKENS = 64  # fewer are read at another, worse rate
_MOST_READINGS = 12
_DECAY = 0.6  # so much less does a prompt count than the one after it
_FAST_SHARE = 0.3  # of the weight: the pace that is believed is that of the fastest prompts with so much of it
_SAME_PACE = 1.5  # paces within this factor of the believed one count as they were measured
_ROUNDS = 3
_MOST_OVERHEAD = 3.0  # how many times longer than before a request's rest can count


class PrefillReading(Value):
    """One prompt that was read: sums over its stretches with x = m, y = m·p + m²/2, s = seconds, each weighted by 1/x.

    So xx are its tokens and xs its seconds.
    """

    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0
    xs: float = 0.0
    ys: float = 0.0

    def plus(self, other: PrefillReading, weight: float, pace: float = 1.0) -> PrefillReading:
        """The sums of both. weight: of the other; pace: what its seconds are multiplied with."""
        return PrefillReading(
            xx=self.xx + weight * other.xx, xy=self.xy + weight * other.xy, yy=self.yy + weight * other.yy,
            xs=self.xs + weight * pace * other.xs, ys=self.ys + weight * pace * other.ys,
        )  # fmt: skip

    @property
    def law(self) -> tuple[float, float]:
        """(a, b) that fit best, both at least 0."""
        determinant = self.xx * self.yy - self.xy * self.xy
        if determinant > 1e-9 * self.xx * self.yy:
            a = (self.xs * self.yy - self.ys * self.xy) / determinant
            b = (self.ys * self.xx - self.xs * self.xy) / determinant
            if a > 0 and b >= 0:
                return a, b
            if a <= 0 and self.yy > 0:
                return 0.0, self.ys / self.yy
        return (self.xs / self.xx if self.xx else 0.0), 0.0


class PrefillCost(Value):
    """A fitted law. readings: the prompts that were read last, newest first.

    overhead_s: what a request takes beside its prefill.
    """

    readings: tuple[PrefillReading, ...] = ()
    overhead_s: float = 0.0

    @property
    def known(self) -> bool:
        """Whether anything was measured."""
        return bool(self.readings)

    @property
    def law(self) -> tuple[float, float]:
        """(a, b), both at least 0; a in seconds a token, b in seconds a pair of tokens."""
        paces = [1.0] * len(self.readings)
        law = (0.0, 0.0)
        for _ in range(_ROUNDS):
            total = PrefillReading()
            for age, (reading, pace) in enumerate(zip(self.readings, paces, strict=True)):
                total = total.plus(reading, _DECAY**age, pace)
            law = total.law
            paces = self._corrections(law)
        return law

    def _corrections(self, law: tuple[float, float]) -> list[float]:
        """What to multiply each reading's seconds with: 1, or what brings it to the pace that is believed."""
        measured = [one.xs / max(law[0] * one.xx + law[1] * one.xy, 1e-9) for one in self.readings]
        weights = [one.xx * _DECAY**age for age, one in enumerate(self.readings)]
        believed, seen = 1.0, 0.0
        for pace, weight in sorted(zip(measured, weights, strict=True)):
            believed, seen = pace, seen + weight
            if seen >= _FAST_SHARE * sum(weights):
                break
        return [1.0 if believed / _SAME_PACE <= pace <= believed * _SAME_PACE else believed / pace for pace in measured]

    @property
    def rate(self) -> float:
        """Tokens a second of a short prompt; 0 if nothing was measured."""
        seconds = self.seconds(512, 0) - self.overhead_s
        return 512 / seconds if self.known and seconds > 0 else 0.0

    def after(self, slices: Sequence[Slice], overhead_ms: float | None = None) -> PrefillCost:
        """The law with one more prompt taken in. overhead_ms: what its request took before and after its prefill."""
        read = PrefillReading()
        for one in slices:
            if one.tokens < _LEAST_TOKENS or one.ms <= 0:
                continue
            x, s = float(one.tokens), one.ms / 1000
            y = x * one.position + x * x / 2
            # Weighted so that each token counts alike, and what was read adds up to what it took.
            read = read.plus(PrefillReading(xx=x * x, xy=x * y, yy=y * y, xs=x * s, ys=y * s), 1 / x)
        readings = (read, *self.readings)[:_MOST_READINGS] if read.xx else self.readings
        overhead_s = self.overhead_s
        if overhead_ms is not None:
            new_s = overhead_ms / 1000
            overhead_s = 0.8 * overhead_s + 0.2 * min(new_s, _MOST_OVERHEAD * overhead_s) if overhead_s else new_s
        return PrefillCost(readings=readings, overhead_s=overhead_s)

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
