"""How text becomes words for the full-text index, and a question becomes words to look for.

FTS5's tokenizer splits at spaces and punctuation; scripts without spaces and camelCase names are opened up here first,
on both sides alike.
"""

from __future__ import annotations

import re
import unicodedata

# Scripts written without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
_CAMEL = re.compile(r"\b\w*[a-z][A-Z]\w*\b")
_CAMEL_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_WORD = re.compile(r"[^\W_]+")
MAX_TERMS = 64

_STOP_WORDS = """
a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing down during each for from further had has have having he her here hers him his how i if in
into is it its itself just me more most my no nor not now of off on once only or other our out over own s same she
should so some such t than that the their them then there these they this those through to too under until up us very
was we were what when where which while who whom whose why will with would you your yours
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def searchable(text: str) -> str:
    """`text` as FTS5 is to see it: folded to NFKC, characters of unspaced scripts apart, camelCase words also split."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if not folded.isascii():
        folded = _UNSPACED_RUN.sub(lambda run: " " + " ".join(run.group()) + " ", folded)
    extra = [" ".join(_CAMEL_PART.findall(word)) for word in _CAMEL.findall(folded)]
    return f"{folded}\n{' '.join(extra)}" if extra else folded


def query_terms(query: str) -> list[str]:
    """FTS5 phrases to look for, each quoted, without repeats and stop words (unless there is nothing else).

    A run of an unspaced script becomes its overlapping pairs of characters. At most 64 terms: the first ones.
    """
    folded = unicodedata.normalize("NFKC", query)
    terms: dict[str, None] = {}
    plain: dict[str, None] = {}
    for run in _UNSPACED_RUN.findall(folded):
        for pair in [run[at : at + 2] for at in range(max(1, len(run) - 1))]:
            terms[" ".join(pair)] = None
    for word in _WORD.findall(_UNSPACED_RUN.sub(" ", folded)):
        parts = _CAMEL_PART.findall(word) if _CAMEL.fullmatch(word) else []
        for term in [word, *parts]:
            plain[term.lower()] = None
    kept = [term for term in plain if term not in STOP_WORDS]
    terms.update(dict.fromkeys(kept or (plain if not terms else [])))
    return [f'"{term}"' for term in list(terms)[:MAX_TERMS]]
