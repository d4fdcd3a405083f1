"""Notices when a model that streams an answer begins to repeat itself, before the repeat is shown."""

from __future__ import annotations

import re
from collections import Counter

_UNIT_END = re.compile(r"(?<![.!?…。！？])[.!?…。！？]++[\"”’)*_]*+(?=\s)|(?<=[。！？])|\n")
_COUNTER = re.compile(r"\s{0,12}(?:\d{1,3}[.)]|[-*+•>]|#{1,6})\s+")
_CITED = re.compile(r"\[\d{0,3}(?:\]|$)")
_COUNTER_ALONE = re.compile(r"\s{0,12}\d{1,3}[.)]")
_NUMBER = re.compile(r"\d{1,9}")
_WORDS = re.compile(r"\w+")
_FENCE = ("```", "~~~")
_LONG_WORDS = 4  # a unit of so many words, or so many letters, says enough that nobody writes it twice
_LONG_LETTERS = 16
_SHORT_IN_A_ROW = 3
_SHORT_AT_ALL = 8
_COUNTED_ON = 5  # units in a row that differ by their counters alone
_CODE_IN_A_ROW = 12
_LONGEST_UNIT = 2_000
_TAIL = 600
_LONGEST_PERIOD = 120
_LEAST_RUN = 48  # letters that a run of the same must have, and four times itself
_TIMES = 4


class RepetitionGuard:
    """Passes an answer on as it streams, up to where it begins to repeat itself.

    A sentence or a line that comes back, as it was or behind another counter, is held back as soon as that can be told.
    surplus: characters at the end of what was passed on that belong to the repeat, once there is one.
    """

    def __init__(self) -> None:
        self.repeated = False
        self.surplus = 0
        self._seen: Counter[str] = Counter()
        self._unit = ""  # the sentence or line that is being written
        self._passed = 0  # characters of it that were passed on
        self._tail = ""
        self._before: tuple[str, list[int]] = ("", [])
        self._in_a_row = 0
        self._counted_on = 1
        self._fenced = False

    def feed(self, text: str) -> str:
        """More of the answer; returns what can be shown now, nothing once it has repeated itself."""
        if self.repeated:
            return ""
        self._unit += text
        shown: list[str] = []
        while not self.repeated and (end := self._end()):
            unit, rest = self._unit[:end], self._unit[end:]
            if self._comes_back(unit):
                self.repeated = True
                self.surplus = self._passed
                break
            shown.append(unit[self._passed :])
            self._unit, self._passed = rest, 0
        if not self.repeated and not self._may_come_back(self._unit):
            shown.append(self._unit[self._passed :])
            self._passed = len(self._unit)
        passed = "".join(shown)
        if not self.repeated:
            self._look_for_a_run(passed)
        return passed

    def finish(self) -> str:
        """The rest, when the answer has ended."""
        if self.repeated:
            return ""
        if self._comes_back(self._unit):
            self.repeated = True
            self.surplus = self._passed
            return ""
        return self._unit[self._passed :]

    def _end(self) -> int:
        """Where the unit ends that is being written; 0 if it has not ended yet."""
        alone = _COUNTER_ALONE.match(self._unit)
        found = _UNIT_END.search(self._unit, alone.end() if alone is not None else 0)
        if found is not None and found.end():
            return found.end()
        return _LONGEST_UNIT if len(self._unit) >= _LONGEST_UNIT else 0

    def _comes_back(self, unit: str) -> bool:
        """Whether a whole unit says what an earlier one has said; notes it."""
        if unit.lstrip().startswith(_FENCE):
            self._fenced = not self._fenced
            return False
        plain = _plain(unit)
        if not _WORDS.search(plain):
            return False
        again = self._seen[plain] > 0
        self._seen[plain] += 1
        masked, numbers = _NUMBER.sub("0", plain), [int(number) for number in _NUMBER.findall(plain)]
        same = masked == self._before[0]
        self._in_a_row = self._in_a_row + 1 if same and numbers == self._before[1] else 1
        counted = same and bool(numbers) and _one_more(self._before[1], numbers)
        self._counted_on = self._counted_on + 1 if counted else 1
        self._before = masked, numbers
        if self._fenced:
            return self._in_a_row >= _CODE_IN_A_ROW
        if self._counted_on >= _COUNTED_ON:
            return True
        if again and _is_long(plain):
            return True
        return self._in_a_row >= _SHORT_IN_A_ROW or self._seen[plain] >= _SHORT_AT_ALL

    def _may_come_back(self, unit: str) -> bool:
        """Whether what is written of a unit may be the beginning of one that was written before."""
        plain = _plain(unit)
        return not self._fenced and any(_is_long(one) and one.startswith(plain) for one in self._seen)

    def _look_for_a_run(self, passed: str) -> None:
        """End where the same few words or letters go round and round."""
        self._tail = (self._tail + passed)[-_TAIL:]
        tail = self._tail
        for period in range(1, min(_LONGEST_PERIOD, len(tail) // _TIMES) + 1):
            pattern = tail[-period:]
            if not any(map(str.isalnum, pattern)):
                continue
            times = 1
            while tail[-(times + 1) * period : -times * period] == pattern:
                times += 1
            if times >= _TIMES and times * period >= _LEAST_RUN:
                self.repeated = True
                self.surplus = (times - 1) * period
                return


def _plain(unit: str) -> str:
    """A sentence or line without its counter, numbers of passages, marks and letter case."""
    counter = _COUNTER.match(unit)
    bare = unit[counter.end() :] if counter is not None else unit
    return " ".join(_CITED.sub("", bare).casefold().split()).strip(' .!?…*_"“”')


def _is_long(plain: str) -> bool:
    return len(plain) >= _LONG_LETTERS or len(_WORDS.findall(plain)) >= _LONG_WORDS


def _one_more(before: list[int], now: list[int]) -> bool:
    """Whether figures are those of before, one or more of them counted on by one."""
    steps = [n - b for b, n in zip(before, now, strict=True)] if len(before) == len(now) else []
    return bool(steps) and set(steps) <= {0, 1} and 1 in steps
