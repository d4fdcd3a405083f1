"""What is recognised by its words alone: a greeting, and the sentence by which a model says that it found nothing."""

from __future__ import annotations

import re

from app.assistant.citation_markers import used_numbers

_SMALL_TALK = frozenset(
    [
        "hi", "hello", "hey", "hello there", "hi there", "good morning", "good evening", "thanks", "thank you",
        "thanks a lot", "thank you very much", "bye", "goodbye", "who are you", "what can you do", "hallo", "guten tag",
        "guten morgen", "danke", "vielen dank", "bonjour", "salut", "merci", "hola", "gracias", "ciao", "grazie",
    ]
)  # fmt: skip


def is_small_talk(question: str) -> bool:
    """Whether a question is a greeting or the like, for which no file needs to be read."""
    return _words(question) in _SMALL_TALK


def is_not_found(text: str, sentence: str) -> bool:
    """Whether an answer is the sentence that says so, marks and letter case apart, and rests on nothing."""
    return _words(text).startswith(_words(sentence)) and not used_numbers(text)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
