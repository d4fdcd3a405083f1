"""How text becomes words for the full-text index, and a question becomes words to look for.

FTS5's tokenizer splits at spaces and punctuation; scripts without spaces and camelCase names are opened up here first,
on both sides alike.
"""

from __future__ import annotations

import re
import unicodedata

from app.base.words import STOP_WORDS, UNSPACED_RUN, WORD, pairs

_CAMEL = re.compile(r"\b\w*[a-z][A-Z]\w*\b")
_CAMEL_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
MAX_TERMS = 64


def searchable(text: str) -> str:
    """`text` as FTS5 is to see it: folded to NFKC, characters of unspaced scripts apart, camelCase words also split."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if not folded.isascii():
        folded = UNSPACED_RUN.sub(lambda run: " " + " ".join(run.group()) + " ", folded)
    extra = [" ".join(_CAMEL_PART.findall(word)) for word in _CAMEL.findall(folded)]
    return f"{folded}\n{' '.join(extra)}" if extra else folded


def query_terms(query: str) -> list[str]:
    """FTS5 phrases to look for, each quoted, without repeats and stop words (unless there is nothing else).

    A run of an unspaced script becomes its overlapping pairs of characters. At most 64 terms: the first ones.
    """
    folded = unicodedata.normalize("NFKC", query)
    terms: dict[str, None] = {}
    plain: dict[str, None] = {}
    for run in UNSPACED_RUN.findall(folded):
        for pair in pairs(run):
            terms[" ".join(pair)] = None
    for word in WORD.findall(UNSPACED_RUN.sub(" ", folded)):
        parts = _CAMEL_PART.findall(word) if _CAMEL.fullmatch(word) else []
        for term in [word, *parts]:
            plain[term.lower()] = None
    kept = [term for term in plain if term not in STOP_WORDS]
    terms.update(dict.fromkeys(kept or (plain if not terms else [])))
    return [f'"{term}"' for term in list(terms)[:MAX_TERMS]]
