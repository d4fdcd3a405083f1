"""How many tokens a text has, guessed from its letters, for models whose vocabulary is not at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.base.chat import ChatMessage, ToolSpec

_ASCII_CHARS = 3.6  # characters a token: English has some 4, source code and numbers 3
_OTHER_CHARS = 2.0  # Latin with accents, Greek, Cyrillic, Arabic and the like
_IDEOGRAPH_CHARS = 1.0
_MESSAGE_TOKENS = 6  # what a template adds to each message, about
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


def estimated_prompt(messages: Sequence[ChatMessage], tools: Sequence[ToolSpec]) -> int:
    """A guess at the tokens of a whole prompt, as `estimated_tokens` guesses."""
    told = [tool.name + tool.description + str(tool.parameters) for tool in tools]
    for message in messages:
        told += [message.content, *(call.name + str(call.arguments) for call in message.calls)]
    return sum(map(estimated_tokens, told)) + _MESSAGE_TOKENS * len(messages)
