from __future__ import annotations

import pytest

from app.assistant.terms import Weights, telling, terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("indexing", "indexed"), ("stories", "story"), ("stored", "store"), ("stopping", "stopped"), ("Über", "uber"),
        ("ＦＵＬＬ", "full"), ("эдикт", "эдикта"), ("Straße", "STRASSE"), ("contracts", "contract"), ("files", "file"),
        ("boxes", "box"), ("classes", "class"), ("quickly", "quick"),
    ],
)  # fmt: skip
def test_forms_of_a_word_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize(("one", "other"), [("bus", "but"), ("2026", "2027"), ("red", "r"), ("sing", "s"), ("is", "i")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_unspaced_scripts_become_pairs() -> None:
    assert terms("中文搜索abc") == ["中文", "文搜", "搜索", "abc"]
    assert terms("中") == ["中"]


def test_question_tells_what_it_is_about() -> None:
    assert telling("Please tell me: what does the contract say about termination?") == ["contract", "termination"]
    assert telling("What is this about?") == []
    assert telling("") == []


def test_rare_terms_weigh_more_than_common_ones() -> None:
    weights = Weights([{"a", "b"}, {"a", "c"}, {"a"}])
    assert weights.of("b") > weights.of("a") > 0
    assert weights.share(["a", "b"], {"b"}) > 0.5
    assert weights.share([], {"a"}) == 0
    assert weights.share(["a", "b"], {"a", "b", "z"}) == 1
    assert Weights([]).of("x") == 1
