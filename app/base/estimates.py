"""How many tokens a text has, guessed from its letters, for models whose vocabulary is not at hand."""

from __future__ import annotations

import re

_ASCII_CHARS = 3.6  # characters a token: English has some 4, source code and numbers 3
_OTHER_CHARS = 2.0  # Latin with accents, Greek, Cyrillic, Arabic and the like
_IDEOGRAPH_CHARS = 1.0
_IDEOGRAPHS = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def estimated_tokens(text: str) -> int:
    """A guess at the tokens of a text, rather high than low: 3.6 ASCII characters a token, 2 others, 1 ideograph.

    Servers that report what a prompt had correct it: the engine keeps the ratio of each model.
    """
    if not text:
        return 0
    plain = sum(map(str.isascii, text)) if not text.isascii() else len(text)
    ideographs = len(_IDEOGRAPHS.findall(text)) if plain < len(text) else 0
    others = len(text) - plain - ideographs
    return int(plain / _ASCII_CHARS + others / _OTHER_CHARS + ideographs / _IDEOGRAPH_CHARS) + 1
