"""Where a text has the words that were asked for, in whatever spelling and with whatever ending."""

from __future__ import annotations

from collections.abc import Iterable

from app.language.folding import fold, spelled_out, without_second_letters
from app.language.words import UNSPACED_RUN, word_spans, words

_ENDING = 3  # letters by which two forms of a word differ
_LONG = 4  # letters of a word that takes such an ending; a shorter one takes a single letter
_BEGINNING = 3


class AskedWords:
    """Words that were asked for, to be found in texts."""

    def __init__(self, asked: Iterable[str]) -> None:
        """asked: words or identifiers, in any spelling."""
        self._runs: list[str] = []
        self._by_beginning: dict[str, list[tuple[str, str]]] = {}
        for word in dict.fromkeys(fold(part) for one in asked for part in words(one)):
            runs = UNSPACED_RUN.findall(word)
            self._runs += runs
            for form in () if runs else dict.fromkeys((word, without_second_letters(word))):
                self._by_beginning.setdefault(form[:_BEGINNING], []).append((form, word))

    def places_in(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, which) of each word of the text that is one of those asked for, in the text's order.

        "leases" is "lease", "Müller" and "Mueller" are "muller"; `which` is folded. In scripts without spaces an asked
        run may stand anywhere.
        """
        found: list[tuple[int, int, str]] = []
        for start, end in word_spans(text) if self._by_beginning else ():
            which = self.same_as(text[start:end])
            if which:
                found.append((start, end, which))
        for run in self._runs:
            at = text.find(run)
            while at >= 0:
                found.append((at, at + len(run), run))
                at = text.find(run, at + len(run))
        return sorted(found)

    def same_as(self, word: str) -> str:
        """The asked word, folded, that a word of a text is; "" if none."""
        folded = fold(word)
        for form in dict.fromkeys((folded, without_second_letters(folded), spelled_out(word))):
            for other, asked in self._by_beginning.get(form[:_BEGINNING], ()):
                if _is_same(form, other):
                    return asked
        return ""


def _is_same(form: str, other: str) -> bool:
    """Whether two folded words that begin alike are one but for an ending."""
    if form == other:
        return True
    shorter, longer = (form, other) if len(form) < len(other) else (other, form)
    most = _ENDING if len(shorter) >= _LONG else len(shorter) // _BEGINNING
    return len(longer) - len(shorter) <= most and longer.startswith(shorter)
