"""Words made comparable: a question's, a passage's and an answer's, and how much each word tells."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from app.language.folding import fold
from app.language.hyphenation import made_whole
from app.language.languages import function_words, language_of_question
from app.language.stemming import stem as snowball
from app.language.words import UNSPACED_RUN, grams, words

_STEM_LENGTH = 4
_FOREIGN_STEM = 5
_KEPT = 20_000  # stems
# What questions say about themselves rather than about what they look for.
_ASKING = frozenset(
    [
        "answer", "describe", "document", "documents", "explain", "file", "files", "find", "folder", "give", "help",
        "know", "let", "list", "many", "mean", "much", "need", "please", "question", "say", "said", "says", "show",
        "summarise", "summarize", "summary", "tell", "text", "thanks", "thing", "things", "want",
    ]
)  # fmt: skip


def terms(text: str, language: str = "") -> list[str]:
    """The words of a text in order, with repeats: in one form for all spellings, and stemmed.

    language: of the question whose terms these are compared with; "" for English. A word that the end of a line divides
    is there as a whole, too.
    """
    return [stem(word, language) for word in _words(text)]


def telling(question: str, language: str = "") -> list[str]:
    """The terms of a question that say what it is about, without repeats; empty if it says nothing of that.

    language: how they are stemmed, as in `terms`; function words are those of the question's own.
    """
    empty = function_words(language_of_question(question) or "en") | _ASKING
    return list(dict.fromkeys(stem(word, language) for word in _words(question) if word not in empty))


def _words(text: str) -> list[str]:
    found = []
    for word in [*words(text), *made_whole(text)]:
        folded = fold(word)
        at = 0
        for run in UNSPACED_RUN.finditer(folded):
            found += [folded[at : run.start()], *grams(run.group())]
            at = run.end()
        found.append(folded[at:])
    return [word for word in found if word]


@functools.lru_cache(_KEPT)
def stem(word: str, language: str = "") -> str:
    """A folded word as its forms share it: English ones lose their commonest endings, others what Snowball says.

    Without a language, words of other alphabets keep five letters.
    """
    if language not in ("", "en") and not is_unspaced(word):
        return snowball(word, language)
    if not word.isascii():
        return word if is_unspaced(word) else word[:_FOREIGN_STEM]
    if len(word) < _STEM_LENGTH or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith(("xes", "ches", "shes", "sses")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_LENGTH - 1:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > _STEM_LENGTH else word


def is_unspaced(term: str) -> bool:
    """Whether a term is a pair of characters of a script without spaces, which tells less than a word."""
    return UNSPACED_RUN.match(term) is not None


class Weights:
    """How much each term tells among some stretches of text: rare ones much, common ones little."""

    def __init__(self, stretches: Iterable[Collection[str]]) -> None:
        """stretches: the terms of each."""
        counts: Counter[str] = Counter()
        total = 0
        for stretch in stretches:
            counts.update(set(stretch))
            total += 1
        self._weights: Mapping[str, float] = {term: math.log1p(total / count) for term, count in counts.items()}
        self._unknown = sum(self._weights.values()) / len(self._weights) if self._weights else 1.0

    def of(self, term: str) -> float:
        """A term's weight, above 0; for one that stands nowhere, the mean of the others."""
        return self._weights.get(term, self._unknown)

    def share(self, wanted: Collection[str], there: Collection[str]) -> float:
        """How much of `wanted` is `there`: 0 to 1 by weight; 0 if nothing is wanted."""
        whole = sum(map(self.of, wanted))
        return sum(self.of(term) for term in wanted if term in there) / whole if whole else 0.0
