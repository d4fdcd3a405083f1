"""Part numbers, accounts, telephone numbers, versions: one thing each, however they are spaced and punctuated.

An identifier has a sign of its own, which no word can be: "=" and what it is without its punctuation. "AB-1234/5",
"AB 1234/5" and "ab12345" are "=ab12345"; an IBAN's groups are one; in versions and numbers of clauses the dots stay,
so that 3.10 is neither 3.1 nor 31.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from app.language.folding import fold
from app.language.words import word_spans

_LONGEST = 64  # characters; what is longer is data
_FEW_DIGITS = 7  # digits alone that are fewer are left to be looked for side by side, as 12/34 or 10:30
_JOIN = "-\u2010\u2011\u2013./_:\\\\@+#"
_RUN = re.compile(rf"(?<![^\W_])[^\W_]++(?:[{_JOIN}][^\W_]++)+")
_GROUPS = re.compile(
    r"(?<![^\W_])(?:[A-Z]{2}[0-9]{2}|[0-9]{1,6})"
    r"(?:(?:\(0\))?[ \u00a0\u202f./()-]{1,3}(?:[0-9]{1,6}|[A-Z]{4})(?![^\W_])){1,12}"
)
_THOUSANDS = re.compile(r"(?<![\w.,])[0-9]{1,3}(?:([.,'\u2019 \u00a0\u202f])[0-9]{3})(?:\1[0-9]{3}){0,4}(?![\w])")
_DOTTED = re.compile(r"(?<![^\s\"'(\[“„«])\.[A-Za-z]\w{1,15}")
_DIGIT = re.compile(r"\d")
_DIGITS_APART = re.compile(r"[0-9][\W_]{1,3}[0-9(]")
_SEPARATORS = re.compile(r"(?:[\W_]|\(0\))+")
_VERSION = re.compile(r"v(?=[0-9])")
_MOST_JOINED = 4
_DIGITS_BESIDE = 3  # of "AB 1234": "Python 3" is a word and a number
_LETTERS_BESIDE = 4
_Found = tuple[int, int, tuple[str, ...]]  # start, end, signs


class Mention(msgspec.Struct, frozen=True):
    """Where a question may name an identifier, and the signs that it has.

    whole: it is punctuated as one. Else it is words side by side, and one thing only if a file has such a sign.
    """

    start: int
    end: int
    signs: tuple[str, ...]
    whole: bool = True


def signs_of(text: str) -> list[str]:
    """The signs of a text's identifiers, without repeats, for an index."""
    found = ["=" + fold(dotted) for dotted in _DOTTED.findall(text)] if "." in text else []
    if _DIGIT.search(text):
        for piece in text.split():
            if not piece.isalpha() and not piece.isdigit() and _DIGIT.search(piece):
                found += [sign for _, _, signs in _runs(piece) for sign in signs]
        if _DIGITS_APART.search(text):
            found += [sign for _, _, signs in _apart(text) for sign in signs]
    return list(dict.fromkeys(found))


def mentions(question: str) -> list[Mention]:
    """What may be identifiers in a question, longest first, some of them within others.

    A question is read more widely than a text: short words and numbers side by side may be one ("AB 1234").
    """
    found = [Mention(start, end, signs) for start, end, signs in (*_runs(question), *_apart(question))]
    whole = [(mention.start, mention.end) for mention in found]
    found += [Mention(*one.span(), ("=" + fold(one[0]),)) for one in _DOTTED.finditer(question)]
    spans = word_spans(question)
    for first in range(len(spans)):
        for last in range(first + 1, min(first + _MOST_JOINED, len(spans))):
            start, end = spans[first][0], spans[last][1]
            if spans[last][0] - spans[last - 1][1] > 1:
                break
            piece = question[start:end]
            if any(start < stop and begin < end and not (start <= begin and stop <= end) for begin, stop in whole):
                continue  # a part of an identifier is another one
            if sum(map(str.isdigit, piece)) >= _DIGITS_BESIDE and _is_short_and_lettered(piece):
                found.append(Mention(start, end, ("=" + _squeezed(piece),), whole=False))
    return sorted(found, key=lambda mention: (mention.start - mention.end, mention.start))


def _runs(text: str) -> Iterator[_Found]:
    """What has digits and is joined by punctuation: part numbers, versions, names of files."""
    for run in _RUN.finditer(text):
        if run.end() - run.start() <= _LONGEST and _DIGIT.search(run[0]) and (signs := _of_run(run[0])):
            yield *run.span(), signs


def _apart(text: str) -> Iterator[_Found]:
    """Digits in groups: accounts, cards and telephone numbers, and numbers with their thousands apart."""
    for groups in _GROUPS.finditer(text):
        pieces = _SEPARATORS.split(fold(groups[0]))
        wholes = (pieces, pieces[1:], pieces[:-1])  # a number that stands beside it may have been taken for a part
        signs = tuple("=" + "".join(some) for some in wholes if sum(map(len, some)) >= _FEW_DIGITS)
        if signs:
            yield *groups.span(), signs
    for number in _THOUSANDS.finditer(text):
        yield *number.span(), ("=" + _squeezed(number[0]),)


def _of_run(run: str) -> tuple[str, ...]:
    folded = fold(run)
    digits = sum(map(str.isdigit, folded))
    squeezed = "=" + _squeezed(folded)
    only_digits = squeezed[1:].isdigit()
    if set(_SEPARATORS.findall(folded)) == {"."}:
        dotted = "=" + _VERSION.sub("", folded, count=1) if _VERSION.match(folded) else "=" + folded
        return (dotted, squeezed) if only_digits and digits >= _FEW_DIGITS else (dotted,)
    return (squeezed,) if not only_digits or digits >= _FEW_DIGITS else ()


def _is_short_and_lettered(piece: str) -> bool:
    """Whether a stretch has letters, and no word of more than a few."""
    letters = [word for word in _SEPARATORS.split(piece) if any(map(str.isalpha, word))]
    return bool(letters) and all(sum(map(str.isalpha, word)) <= _LETTERS_BESIDE for word in letters)


def _squeezed(text: str) -> str:
    return _SEPARATORS.sub("", fold(text))
