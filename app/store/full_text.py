"""How text becomes words on both sides of the full-text index.

All is decided here and in `app.language`: FTS5's tokenizer only splits at spaces what it is given. A column holds a
text's stems in their order, and of scripts without spaces the overlapping pairs of characters; another what the text
also says: words that a line's end divides, the parts of camelCase names, umlauts spelled out, identifiers as one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import msgspec

from app.language.folding import fold, spelled_out
from app.language.hyphenation import compounds, made_whole
from app.language.identifiers import signs_of
from app.language.stemming import stem
from app.language.words import UNSPACED_RUN, gram_length, grams_and_tail, words

_CAMEL = re.compile(r"[a-z][A-Z]")
_CAMEL_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_KEPT = 30_000  # words whose forms are remembered, of each language
SPELLING_LENGTHS = range(4, 31)  # of words that are kept for those that are misspelt
_LONGEST_WORD = 200  # characters of a word that count: what is longer is data


class Searchable(msgspec.Struct, frozen=True):
    """A text as FTS5 is to see it: its words in order, and the further forms that find it.

    spellings: its words in letters, folded and not stemmed, and "": what a misspelt one may have meant.
    """

    body: str
    extra: str
    spellings: frozenset[str]


class Indexer:
    """Makes texts of one language searchable. Thread-safe."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._forms: dict[str, tuple[str, str, str]] = {}

    def searchable(self, text: str, divided: Iterable[str] = ()) -> Searchable:
        """divided: words that begin before the text and end in it."""
        known = self._forms
        if len(known) > _KEPT:
            known = self._forms = {}
        written = words(text)
        distinct = set(written)
        for word in distinct.difference(known):
            known[word] = self._forms_of(word[:_LONGEST_WORD])
        whole = [*made_whole(text), *compounds(text), *divided]
        extra = [further for word in written if (further := known[word][1])]
        extra += [stem(word, self._language) for word in whole]
        extra += signs_of(text)
        return Searchable(
            " ".join([known[word][0] for word in written]),
            " ".join(extra),
            frozenset([known[word][2] for word in distinct]).union(map(_spelling, whole)),
        )

    def _forms_of(self, word: str) -> tuple[str, str, str]:
        """A word's tokens, its further ones, and its spelling, or "" if that is no word in letters."""
        tokens = apart(word, self._language)
        further = camel_parts(word)
        if spelled := spelled_out(word):
            further.append(spelled)
        stems = " ".join(stem(part, self._language) for part in further)
        return " ".join(tokens), stems, _spelling(word) if len(tokens) == 1 else ""


@functools.cache
def indexer(language: str) -> Indexer:
    """The indexer of a language, which remembers the forms of the words that it has seen."""
    return Indexer(language)


def _spelling(word: str) -> str:
    folded = fold(word)
    return folded if folded.isalpha() and len(folded) in SPELLING_LENGTHS else ""


def camel_parts(word: str) -> list[str]:
    """The parts of a camelCase name, small; none of another word."""
    return [part.lower() for part in _CAMEL_PART.findall(word)] if _CAMEL.search(word) else []


def phrase(text: str, languages: Iterable[str] = ("en",)) -> str:
    """An FTS5 expression for the text's words in that very order, side by side; "" if it has none.

    languages: those that the index has; its words are stemmed in each.
    """
    written = [word[:_LONGEST_WORD] for word in words(text)]
    found = []
    for language in languages if written else ():
        before = [token for word in written[:-1] for token in apart(word, language)]
        found.append(_ending(before, written[-1], language))
    return any_of(found)


def _ending(before: list[str], word: str, language: str) -> str:
    """A phrase that ends with a word; a run of an unspaced script at its end may go on in the text."""
    tokens = apart(word, language)
    run = UNSPACED_RUN.search(tokens[-1])
    if run is None:
        return quoted([*before, *tokens])
    whole = gram_length(tokens[-1])
    full = [token for token in tokens if len(token) >= whole or not UNSPACED_RUN.match(token)]
    return quoted([*before, *full]) if full else beginning([*before, tokens[0]])


def quoted(tokens: Iterable[str]) -> str:
    """An FTS5 phrase of tokens side by side."""
    return '"' + " ".join(tokens).replace('"', "") + '"'


def beginning(tokens: Iterable[str]) -> str:
    """The same, of whose last token only the beginning is given."""
    return quoted(tokens) + "*"


def any_of(expressions: Iterable[str]) -> str:
    """An FTS5 expression that holds where one of these does; "" of none."""
    given = list(dict.fromkeys(expressions))
    return given[0] if len(given) == 1 else f"({' OR '.join(given)})" if given else ""


def apart(word: str, language: str) -> list[str]:
    """A word's stem or, where it has runs of an unspaced script, their pieces, and the stems of what is between."""
    folded = fold(word)
    if folded.isascii() or not UNSPACED_RUN.search(folded):
        return [stem(word, language)]
    tokens: list[str] = []
    at = 0
    for run in UNSPACED_RUN.finditer(folded):
        tokens += [stem(part, language) for part in words(folded[at : run.start()])]
        tokens += grams_and_tail(run[0])
        at = run.end()
    return tokens + [stem(part, language) for part in words(folded[at:])]
