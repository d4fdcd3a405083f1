"""How far two texts say the same: SQuAD's exact match and token F1, and whether one holds the other."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

_ARTICLES = frozenset(["a", "an", "the"])
_LETTER_BY_LETTER = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Han
    (0xAC00, 0xD7AF),  # Hangul, whose particles cling to words
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
"""Scripts whose words no spaces part, as ranges of code points: each letter counts as a token."""


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text in one form: case folded, without punctuation, letter by letter where no spaces part words.

    Source: SQuAD's normalisation, and MLQA's for scripts without spaces; but punctuation parts words (it is not just
    taken out), so that an answer is found in “(1,200)” and in “King's”.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return tuple("".join(map(_spaced, folded)).split())


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether any of the answers stands in a text, word by word: “3” does not stand in “1936”."""
    whole = f" {' '.join(tokens(text))} "
    return any(f" {' '.join(tokens(answer))} " in whole for answer in answers)


def exact_match(text: str, answers: Sequence[str]) -> bool:
    """Whether a text is one of the answers, English articles apart."""
    said = _without_articles(text)
    return any(said == _without_articles(answer) for answer in answers)


def token_f1(text: str, answers: Sequence[str]) -> float:
    """The harmonic mean of how much of a text is answer and how much of the answer it has; of the best answer, 0 to 1.

    Source: SQuAD's evaluation; tokens count as often as they occur.
    """
    return max((_f1(_without_articles(text), _without_articles(answer)) for answer in answers), default=0.0)


def _f1(said: Sequence[str], right: Sequence[str]) -> float:
    shared = sum((Counter(said) & Counter(right)).values())
    return 2 * shared / (len(said) + len(right)) if shared else 0.0


def _without_articles(text: str) -> Sequence[str]:
    """Its tokens but articles; all of them where there is nothing else."""
    found = tokens(text)
    return tuple(one for one in found if one not in _ARTICLES) or found


def _spaced(letter: str) -> str:
    """A letter as it stands in a normalised text; a space for what is neither letter, mark nor number."""
    if letter < "\x80":
        return letter if letter.isalnum() else " "
    if unicodedata.category(letter)[0] not in "LMN":
        return " "
    code = ord(letter)
    return f" {letter} " if any(first <= code <= last for first, last in _LETTER_BY_LETTER) else letter
