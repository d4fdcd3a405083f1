"""Counting in the embedder's tokens."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.workers.extract.tokens import Tokens

TOKENS = Tokens.load()


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=300))
def test_sum_of_words_is_the_tokenizers_own_count(text: str) -> None:
    assert TOKENS.count(text) == len(TOKENS.encode(text))


def test_long_text_is_not_cut_off() -> None:
    assert TOKENS.count("word " * 1000) == 1000


def test_shortening_keeps_a_text_that_fits() -> None:
    assert TOKENS.shorten("a short heading", 10) == "a short heading"


def test_shortening_cuts_even_a_single_endless_word() -> None:
    assert TOKENS.count(TOKENS.shorten("ab9" * 1000, 20)) <= 20
