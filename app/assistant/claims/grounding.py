"""An answer with citation numbers of ours: each claim cites what it is tied to, whatever numbers the model wrote."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

import msgspec

from app.assistant.citation_markers import CitationMarkers
from app.assistant.claims.checking import ClaimChecker
from app.assistant.claims.cutting import Stretch, cut
from app.assistant.claims.forgeries import WithoutFrames, forged
from app.assistant.ports import Passage, Similar
from app.base.values import Claim

_MOST_NUMBERS = 3
_HIGHEST = 999
_MARKER = re.compile(r"([ \t]{0,80}\[\d{1,3}\])")
_LONG_LINE = 500
_MAY_END = frozenset(".!?…。！？|\n")
_AFTER_WORDS = ' \t\n|.!?…。！？"”’»)*_'  # what may stand between a claim's last word and its end
_FULL_STOPS = ".!?…。！？"
_AS_GOOD = {"supported": 2, "partly": 1, "not_found": 0}


class Grounded(msgspec.Struct, frozen=True):
    """A whole answer as it is shown. bare: the same without numbers; bare_claims: with offsets into that."""

    text: str
    claims: tuple[Claim, ...]
    bare: str
    bare_claims: tuple[Claim, ...]

    @staticmethod
    def of_files(text: str) -> Grounded:
        """The files' own words, which claim nothing."""
        return Grounded(text=text, claims=(), bare=text, bare_claims=())

    @property
    def holds(self) -> bool:
        """Whether the files bear any of it out."""
        return any(claim.verdict == "supported" for claim in self.claims)


class Grounding:
    """Checks an answer while it streams, and puts numbers to its claims, each as soon as it is whole.

    What is shown only ever grows: the last marks of a claim are held back until it is known what supports it.
    """

    def __init__(
        self, passages: Callable[[], Mapping[int, Passage]], number: Callable[[int], int], similar: Similar
    ) -> None:
        """passages: those that the answer may rest on by now. number: what a person sees for one of their keys, 0 for
        what has no number. similar: what sentences mean."""
        self._passages = passages
        self._number = number
        self._similar = similar
        self._checker = ClaimChecker({})
        self._known: list[int] = []
        self._seen: dict[tuple[str, tuple[int, ...]], Claim | None] = {}
        self._unmarked = _Unmarked()
        self._shown = 0  # characters of the unmarked text that were shown
        self._added = 0  # characters of numbers that were shown
        self._held = ""
        self._reached = 0
        self._due = False

    def feed(self, piece: str, *, pause: bool = False) -> tuple[str, Sequence[Claim]]:
        """More of the answer: what can be shown now, and the claims that have become whole, by what was shown.

        pause: whether a paragraph ends with it.
        """
        more = self._unmarked.feed(piece)
        self._held += more
        self._due = self._due or pause or not _MAY_END.isdisjoint(more)
        if not self._shown:  # what stands before the first word is not shown
            before = len(self._held) - len(self._held.lstrip())
            if before == len(self._held):
                return "", ()
            self._held = self._held[before:]
            self._shown, self._added = before, -before
        shown: list[str] = []
        claims: list[Claim] = []
        if self._due:
            self._look_again()
            text, own = self._unmarked.text, None
            stretches = self._newest(text, ended=pause)
            for stretch in stretches:
                if not stretch.whole or stretch.end <= self._reached:
                    continue
                own = own or _by_stretch(text, self._unmarked.since(stretches[0].start), stretches)
                self._reached = stretch.end
                claim = self._claim(stretch, own.get(stretch.start, ()))
                marks = _marks(claim)
                at = _place(text, stretch)
                start = stretch.start + self._added
                if marks and at >= self._shown:
                    shown += [text[self._shown : at], marks]
                    self._shown, self._added = at, self._added + len(marks)
                if claim is not None:
                    claims.append(_moved(claim, start, stretch.end + self._added))
            self._held = text[self._shown :]
            self._due = bool(text) and text[-1] in _AFTER_WORDS  # whether that was an end, the next word tells
        ready = len(self._held) if pause else max(len(self._held.rstrip(_AFTER_WORDS)), self._reached - self._shown)
        shown.append(self._held[:ready])
        self._held = self._held[ready:]
        self._shown += ready
        return "".join(shown), claims

    def _newest(self, text: str, *, ended: bool) -> list[Stretch]:
        """The stretches from the line on in which the last whole one ended; of a long line, from there on."""
        line = text.rfind("\n", 0, self._reached) + 1
        base = line if self._reached - line < _LONG_LINE else self._reached
        return [
            msgspec.structs.replace(one, start=one.start + base, end=one.end + base)
            for one in cut(text[base:], ended=ended)
        ]

    def whole(self, answer: str, *, ended: bool = True) -> Grounded:
        """All of an answer, as the model wrote it, as it is to be shown and kept.

        ended: whether the model came to its end; otherwise the last sentence may not be one, and claims nothing that
        does not hold.
        """
        self._look_again()
        unmarked = _Unmarked()
        at = 0
        for start, end in forged(answer):
            unmarked.feed(answer[at:start])
            at = end
        unmarked.feed(answer[at:])
        unmarked.finish()
        bare = unmarked.text.strip()
        before = len(unmarked.text) - len(unmarked.text.lstrip())
        stretches = cut(bare, ended=ended)
        own = _by_stretch(bare, [(place - before, number) for place, number in unmarked.numbers], stretches)
        parts: list[str] = []
        claims: list[tuple[Claim, Claim]] = []
        shown = added = 0
        for stretch in stretches:
            claim = self._claim(stretch, own.get(stretch.start, ()))
            if claim is None or not (stretch.whole or claim.verdict == "supported"):
                continue
            marks, place = _marks(claim), _place(bare, stretch)
            parts += [bare[shown:place], marks]
            shown, start, added = place, stretch.start + added, added + len(marks)
            claims.append((claim, _moved(claim, start, stretch.end + added)))
        parts.append(bare[shown:])
        return Grounded(
            text="".join(parts), claims=tuple(claim for _, claim in claims), bare=bare,
            bare_claims=tuple(claim for claim, _ in claims),
        )  # fmt: skip

    def _look_again(self) -> None:
        """Take up passages that have come since."""
        passages = self._passages()
        if sorted(passages) != self._known:
            self._checker, self._known = ClaimChecker(passages, self._similar), sorted(passages)
            self._seen.clear()

    def _claim(self, stretch: Stretch, own: tuple[int, ...]) -> Claim | None:
        """How a stretch stands; None if it claims nothing. own: the numbers that the model gave it."""
        key = stretch.text, own
        if key not in self._seen:
            self._seen[key] = self._checked(stretch, own)
        claim = self._seen[key]
        return None if claim is None else _moved(claim, stretch.start, stretch.end)

    def _checked(self, stretch: Stretch, own: tuple[int, ...]) -> Claim | None:
        checked = self._checker.check(stretch, own)
        if checked is None:
            return None
        verdict = "partly" if stretch.cut_short and checked.verdict == "supported" else checked.verdict
        tied = tuple(dict.fromkeys(unit.n for unit in checked.supports))
        if checked.verdict != "not_found":
            kept = tuple(n for n in own if n in self._known and self._holds(stretch, n, checked.verdict))
            tied = kept or tied
        numbers = dict.fromkeys(n for key in tied if (n := self._number(key)))
        return Claim(
            text=stretch.text, start=stretch.start, end=stretch.end, verdict=verdict,
            citations=tuple(numbers)[:_MOST_NUMBERS], missing=checked.missing,
        )  # fmt: skip

    def _holds(self, stretch: Stretch, n: int, verdict: str) -> bool:
        """Whether one passage alone bears a claim out as well as all of them."""
        alone = self._checker.check(stretch, (n,), only=n)
        return alone is not None and _AS_GOOD[alone.verdict] >= _AS_GOOD[verdict]


class _Unmarked:
    """A streaming answer without its citation numbers, and where these stood. Code is left as it is."""

    def __init__(self) -> None:
        self.numbers: list[tuple[int, int]] = []
        """(place in the text, number), in order."""
        self._parts: list[str] = []
        self._length = 0
        self._taken: list[int] = []
        self._frames = WithoutFrames()
        self._markers = CitationMarkers(self._take)

    @property
    def text(self) -> str:
        """All of it so far."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def since(self, place: int) -> Sequence[tuple[int, int]]:
        """The numbers from a place on."""
        return self.numbers[bisect_left(self.numbers, (place, 0)) :]

    def feed(self, piece: str) -> str:
        """More of the answer; returns what is more of the text."""
        before = len(self._parts)
        for part in _MARKER.split(self._frames.feed(piece)):
            self._add(self._markers.feed(part))
        return "".join(self._parts[before:])

    def finish(self) -> None:
        """The answer has ended."""
        self._add(self._markers.feed(self._frames.finish()))
        self._add(self._markers.finish())

    def _take(self, number: int) -> None:
        self._taken.append(number)

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        self.numbers += [(self._length, number) for number in self._taken if number <= _HIGHEST]
        self._taken.clear()


def _by_stretch(
    text: str, numbers: Sequence[tuple[int, int]], stretches: Sequence[Stretch]
) -> dict[int, tuple[int, ...]]:
    """The numbers that stand in each stretch or behind it, by where it begins.

    A number that begins a line belongs to what follows it.
    """
    found: dict[int, dict[int, None]] = {}
    at = 0
    for place, number in numbers:
        while at + 1 < len(stretches) and stretches[at + 1].start < place:
            at += 1
        if not stretches:
            break
        owner = stretches[at]
        if at + 1 < len(stretches) and owner.end < place and "\n" in text[owner.end : place]:
            owner = stretches[at + 1]
        found.setdefault(owner.start, {})[number] = None
    return {start: tuple(some) for start, some in found.items()}


def _place(text: str, stretch: Stretch) -> int:
    """Where the numbers of a stretch are put: behind its words, before its full stop or its row's end."""
    words = text[stretch.start : stretch.end].rstrip(" \t\n|")
    return stretch.start + len(words.rstrip(_FULL_STOPS))


def _marks(claim: Claim | None) -> str:
    if claim is None or claim.verdict == "not_found" or not claim.citations:
        return ""
    return " " + "".join(f"[{n}]" for n in claim.citations)


def _moved(claim: Claim, start: int, end: int) -> Claim:
    return msgspec.structs.replace(claim, start=start, end=end)
