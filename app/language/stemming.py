"""The stem that a word's inflected forms share, by Snowball's stemmer for its script or its text's language."""

from __future__ import annotations

import re
import threading
from typing import Any

import Stemmer

from app.language.folding import fold, pointless

_ALGORITHMS = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese",
    "nl": "dutch", "sv": "swedish", "da": "danish", "no": "norwegian", "fi": "finnish", "pl": "polish",
    "ro": "romanian", "tr": "turkish", "hu": "hungarian", "cs": "czech", "ru": "russian", "el": "greek",
    "ar": "arabic", "hi": "hindi",
}  # fmt: skip
_SCRIPTS = (
    ("ru", re.compile("[\u0400-\u04ff]")), ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("ar", re.compile("[\u0621-\u064a\u066e-\u06d3]")), ("hi", re.compile("[\u0900-\u097f]")),
)  # fmt: skip
STEMMED = frozenset(_ALGORITHMS) - {name for name, _ in _SCRIPTS}
"""Languages in Latin letters with a stemmer of their own: a word's stem there depends on the language of its text."""
_stemmers = threading.local()


def stem(word: str, language: str) -> str:
    """The folded stem of a word as it is written. language: of its text; only words in Latin letters need it.

    Words with a digit stay whole, and so do those of a language without a stemmer. The stemmers work on folded words,
    so that one typed without its accents has the same stem; only Arabic's reads the letters that folding makes one.
    Stems against words as they are, nDCG@10 of xquad by words: ru .943 (.844), ro .959 (.908), ar .918 (.868),
    tr .916 (.887), de .925 (.899), el .935 (.912); scifact, Cranfield and cosqa as with FTS5's own porter.
    """
    folded = fold(word)
    script = next((name for name, letters in _SCRIPTS if letters.search(folded)), "") if not folded.isascii() else ""
    if script == "ar":
        return fold(_stemmer("ar").stemWord(pointless(word)))
    if script:
        return str(_stemmer(script).stemWord(folded))
    return str(_stemmer(language).stemWord(folded)) if language in STEMMED and folded.isalpha() else folded


def _stemmer(language: str) -> Any:
    """This thread's stemmer: one may not be used by two threads at once."""
    found = getattr(_stemmers, language, None)
    if found is None:
        found = Stemmer.Stemmer(_ALGORITHMS[language])
        setattr(_stemmers, language, found)
    return found
