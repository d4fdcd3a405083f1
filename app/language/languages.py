"""Which language a text is in, by its script and its function words, and what these words are."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from app.language.folding import fold
from app.language.words import words

_Holders = Mapping[str, tuple[str, ...]]

_LISTS = Path(__file__).parent / "function_words"
_SAMPLE = 4_000  # characters that are looked at
_KEYWORDS = 3  # words, at most, that are no sentence
ENOUGH_OF_A_QUESTION = 0.3  # one function word that three languages have
ENOUGH_OF_A_FILE = 2.5  # a few: in code and lists a word here and there is somebody's function word
# Scripts that one language, or one stemmer at least, has for itself; of several, the one with most letters.
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ar", re.compile("[\u0621-\u064a\u066e-\u06d3]")),
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# Letters that few languages of a script have.
_LETTERS = {
    "de": "ßäöü", "fr": "œçêèûîùàâ", "es": "ñ¿¡", "pt": "ãõç", "pl": "łąęśźżćń", "tr": "ğıİşçöü", "ro": "ășțşţâî",
    "da": "øæå", "no": "øæå", "sv": "åäö", "fi": "äö", "hu": "őűöü", "cs": "řůěščž", "it": "èàùòì",
    "vi": "ơưđạảấầẩậắằẵặẹẻẽếềểễệỉịọỏốồổỗộớờởợụủứừửữựỳỵỷỹ", "uk": "іїєґ", "fa": "پچژگکی",
}  # fmt: skip
_REPEATS = 2
COMPOUNDING = frozenset(["de", "nl", "sv", "da", "no", "fi", "hu"])
"""Languages that write compounds as one word."""
_RELATED = {"ru": ("ru", "uk"), "ar": ("ar", "fa")}
_LATIN_LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "no",
    "fi",
    "pl",
    "ro",
    "tr",
    "vi",
    "hu",
    "cs",
)


# After two syllables one of these, after one those that cannot be part of a noun.
_PARTICLES = re.compile(
    "(?<=..)(?:은|는|이|가|을|를|의|에|와|과|도|로|만|께|야|아|나|요)$|(?<=.)(?:에서는|에게는|으로는|에서|에게|에는|에도|으로|까지|부터|"
    "처럼|보다|마다|조차|밖에|이나|이란|이라는|라는|이라고|라고|에게서|한테|하고|들은|들이|들을|들의|입니까|입니다|인가요|인가|이다)$"
)

_ASCII_LANGUAGES = tuple(
    language for language in _LATIN_LANGUAGES if language != "vi"
)  # which accents every other word


def language_of(text: str, *, enough: float = ENOUGH_OF_A_QUESTION) -> str:
    """The language of a text, as ISO 639-1; "" where nothing tells it, as in a list of names.

    enough: the evidence that is asked for among the languages of a script, in function words that one of them has.
    """
    text = text[:_SAMPLE]
    if text.isascii():
        return _among(text, _ASCII_LANGUAGES, enough)
    letters = {name: len(script.findall(text)) for name, script in _SCRIPTS}
    best = max(letters, key=lambda name: letters[name])
    # A name in Latin letters among Chinese is longer than the question around it.
    if letters[best] * 2 > len(_LATIN.findall(text)):
        if letters["ja"] and best in ("ja", "zh"):
            return "ja"
        return _among(text, _RELATED[best], enough) or best if best in _RELATED else best
    return _among(text, _LATIN_LANGUAGES, enough)


def language_of_question(text: str, likely: str = "en") -> str:
    """The language of a question; "" where nothing tells it.

    likely: of most files, which alone can be that of a few keywords with a single function word: "war", "car", "end"
    and "man" are words of English as well.
    """
    language = language_of(text)
    if language == likely or not text.isascii() or "?" in text:
        return language
    said = {fold(word) for word in words(text)}
    one = len(said) <= _KEYWORDS and len(said & function_words(language)) == 1
    return "" if one else language


@functools.cache
def function_words(language: str) -> frozenset[str]:
    """Words of a language, folded, that say nothing of what a text is about; none of a language without a list."""
    path = _LISTS / f"{language}.txt"
    if not language.isalpha() or not path.is_file():
        return frozenset()
    return frozenset(fold(path.read_text(encoding="utf-8")).split())


def without_function_words(run: str, language: str) -> list[str]:
    """The stretches of a run of an unspaced script that are left without its language's function words.

    Of a Korean word, which spaces do tell, what is left without its particles. Empty if nothing is left.
    """
    if language == "ko":
        return [] if run in function_words("ko") else [_PARTICLES.sub("", run)]
    cut = _cutter(language)
    return [left for left in cut.split(run) if left] if cut is not None else [run]


@functools.cache
def _cutter(language: str) -> re.Pattern[str] | None:
    listed = sorted(function_words(language), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, listed))) if listed else None


def _among(text: str, languages: tuple[str, ...], enough: float) -> str:
    """Which of these languages a text is in; "" where nothing tells."""
    evidence = dict.fromkeys(languages, 0.0)
    holders, letters = _holders(languages)
    for word, times in Counter(map(fold, words(text))).items():
        for language in holders.get(word, ()):  # one that is said again and again tells little more
            evidence[language] += min(times, _REPEATS) / len(holders[word])
    if not text.isascii():
        for letter, times in Counter(text.lower()).items():
            for language in letters.get(letter, ()):
                evidence[language] += min(times, _REPEATS) / 2 / len(letters[letter])
    best, second = sorted(evidence.items(), key=lambda item: -item[1])[:2]
    return best[0] if best[1] >= enough and best[1] > second[1] else ""


@functools.cache
def _holders(languages: tuple[str, ...]) -> tuple[_Holders, _Holders]:
    """The languages that have each function word, and each of the telling letters."""
    of_words: dict[str, tuple[str, ...]] = {}
    of_letters: dict[str, tuple[str, ...]] = {}
    for language in languages:
        for word in (word for word in function_words(language) if len(word) > 1 or language not in _LATIN_LANGUAGES):
            of_words[word] = (*of_words.get(word, ()), language)
        for letter in _LETTERS.get(language, ""):
            of_letters[letter] = (*of_letters.get(letter, ()), language)
    return of_words, of_letters
