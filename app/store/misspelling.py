"""What a word that stands in no file may have meant: words of the files that differ in a letter or two."""

from __future__ import annotations

import re
import string
from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA, Hamming

from app.base.values import Correction
from app.language.folding import fold
from app.language.stemming import stem
from app.language.words import word_spans, words
from app.store.full_text import SPELLING_LENGTHS, any_of, quoted
from app.store.index_file import IndexFile

_MOST_TRIED = 8  # of the nearest
_LOOKED_AT = 5  # chunks, for how a word is written
_LONG = 8
_LONG_REPLACED = 10  # letters of a word, and
_NAME_REPLACED = 6  # of a name, from which on one in another's place is a slip
_LONG_NAME = 9  # letters from which on a name may have two slips of any kind
_DOUBLED = re.compile(r"(.)\1")
_SOUNDS = str.maketrans("yczvtw", "iksfdv")  # letters that sound alike: Meyer and Meier, Schmidt and Schmitt
_CAPITAL_NOUNS = frozenset(["de"])
"""Languages that write each noun as they write a name."""
_DETERMINER = re.compile(
    r"\b(?:d(?:er|ie|as|en|em|es)|(?:k|m|d|s)?ein(?:e[nmrs]?)?|ihre?[nmrs]?|unsere?[nmrs]?|(?:dies|jen|jed|welch|solch|manch)"
    r"e[nmrs]?|all?e[nmr]?|viele[nr]?|zu[mr]|[ai]m|beim|vom|ins|ans|pro)\s+$",
    re.IGNORECASE,
)
_BEFORE = 16  # characters in which an article before a word is looked for
_MOST_COMPARED = 20_000  # words that begin alike; 500,000 distinct words have some 15,000 of the commonest beginning
_BEGINNING = 2  # letters that nearly all misspellings share
_LETTERS = string.ascii_lowercase


def distance_allowed(word: str) -> int:
    """How many letters of a folded word may be wrong, missing, too many or exchanged with the next."""
    return 0 if len(word) < SPELLING_LENGTHS[0] else 1 if len(word) < 7 else 2


def known_words(index: IndexFile, words: Collection[str]) -> list[str]:
    """Those of some folded words that the files have, or had."""
    found = index.query(f"SELECT word FROM vocabulary WHERE word IN ({', '.join('?' * len(words))})", sorted(words))
    return [row[0] for row in found]


def similar_words(index: IndexFile, word: str, limit: int) -> list[tuple[str, int]]:
    """Words of the files that a folded word may have meant, with how many letters differ; the fewest first.

    Those that begin with the same two letters and, for a slip in these, those that differ there alone.
    """
    furthest = distance_allowed(word)
    if not furthest or len(word) > SPELLING_LENGTHS[-1]:
        return []
    beginning = word[:_BEGINNING]
    rows = index.query(
        "SELECT word FROM vocabulary WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ? LIMIT ?",
        [beginning, beginning[:-1] + chr(ord(beginning[-1]) + 1), len(word) - furthest, len(word) + furthest,
         _MOST_COMPARED],
    )  # fmt: skip
    candidates = {row[0] for row in rows}.union(known_words(index, _slips(word))) - {word}
    found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=furthest, limit=limit)
    return sorted(((str(other), int(distance)) for other, distance, _ in found), key=lambda pair: (pair[1], pair[0]))


def _slips(word: str) -> set[str]:
    """The words with one slip in the first two letters."""
    rest = word[1:]
    made = {rest, word[1] + word[0] + word[2:], word[0] + word[2:], word[0] + word[2:3] + word[1] + word[3:]}
    for letter in _LETTERS:
        made |= {letter + word, letter + rest, word[0] + letter + rest, word[0] + letter + word[2:]}
    return made


def meant_by(index: IndexFile, word: str, question: str, language: str = "") -> Correction | None:
    """What a word that stands in no file is taken for, as the files write it; None where nothing is near enough.

    word: folded. language: of the question. A name of the files may differ in two letters. Another word only in one,
    and must be long: "contact" is no slip for "contract", and who writes capitals but not this one asks for no name.
    """
    written = next((one for one in words(question) if fold(one) == word), word)
    nouns = language in _CAPITAL_NOUNS
    may_be_name = question.islower() or (
        written[:1].isupper() and not (nouns and _is_determined(question, question.find(written)))
    )
    for other, distance in similar_words(index, word, _MOST_TRIED):
        surface, determined = _as_written(index, other)
        if not surface:
            continue
        named = may_be_name and surface[:1].isupper() and not (nouns and determined)
        if _is_slip(word, other, distance, named=named):
            return Correction(word=written, meant=surface)
    return None


def _is_slip(word: str, other: str, distance: int, *, named: bool) -> bool:
    """Whether a word may be another one with a slip, rather than a word of its own. named: whether that is a name.

    Letters left out, doubled, exchanged, or written as they sound are slips; one in another's place makes a word of its
    own, the sooner the shorter it is: "Helm" and "Heim", "Gedicht" and "Gericht".
    """
    replaced = len(word) == len(other) and Hamming.distance(word, other) == distance
    if word.translate(_SOUNDS) == other.translate(_SOUNDS):
        replaced = False
    if not named:
        return distance == 1 and other[0] == word[0] and len(word) >= (_LONG_REPLACED if replaced else _LONG)
    if distance > 1:
        return len(word) >= _LONG_NAME or OSA.distance(_DOUBLED.sub(r"\1", word), _DOUBLED.sub(r"\1", other)) <= 1
    return not replaced or len(word) >= _NAME_REPLACED


def _is_determined(text: str, at: int) -> bool:
    """Whether an article or the like stands before what begins there, as before a noun and seldom before a name."""
    return _DETERMINER.search(text[max(0, at - _BEFORE) : at]) is not None


def _as_written(index: IndexFile, folded: str) -> tuple[str, bool]:
    """A folded word as a file has it, within a sentence if it can be, and whether any file has an article before it.

    "" if no file has the word any more.
    """
    languages = [row[0] for row in index.query("SELECT language FROM languages WHERE files > 0")]
    match = any_of(quoted([stem(folded, language)]) for language in languages)
    rows = index.query(
        "SELECT c.heading, c.text FROM words JOIN chunks AS c ON c.id = words.rowid WHERE words MATCH ? LIMIT ?",
        [match, _LOOKED_AT],
    ) if match else []  # fmt: skip
    found: list[str] = []
    determined = False
    for heading, text in rows:
        whole = f"{heading} {text}"
        for start, end in word_spans(whole):
            if fold(whole[start:end]) == folded:
                found.append(whole[start:end])
                determined = determined or _is_determined(whole, start)
    return min(found, key=lambda word: word[:1].isupper(), default=""), determined
