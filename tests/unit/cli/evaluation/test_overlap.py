"""When two texts say the same, against values worked out by hand, in many scripts."""

from __future__ import annotations

import pytest

from app.cli.evaluation.overlap import exact_match, holds, token_f1, tokens


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It was built in 1936, they say.", "1936"),
        ("They came with (1,200) men.", "1,200"),
        ("The King's horses", "king"),
        ("in the\nMiddle  Ages", "middle ages"),
        ("**Aurora** is the ship", "Aurora"),
        ("Der große Bär", "GROSSE bär"),
        ("ﬁve ﬁsh", "five fish"),
        ("1936年に建てられた", "1936年"),
        ("东京是日本的首都", "东京"),
        ("서울에서 열린 올림픽", "서울"),
        ("กรุงเทพมหานครเป็นเมืองหลวง", "กรุงเทพมหานคร"),
        ("भारत की राजधानी दिल्ली है।", "दिल्ली"),
        ("Столица — Москва.", "москва"),
        ("العاصمة هي القاهرة.", "القاهرة"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_answer_that_stands_in_a_text_is_found(text: str, answer: str) -> None:
    assert holds(text, ["no such thing", answer])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It was built in 1936.", "3"),
        ("Venomous snakes", "Venom"),
        ("middle of the ages", "middle ages"),
        ("", "Venom"),
        ("日本の首", "首都"),
    ],
)
def test_part_of_a_word_is_not_the_answer(text: str, answer: str) -> None:
    assert not holds(text, [answer])


def test_exact_match_passes_over_articles_case_and_punctuation() -> None:
    assert exact_match("The Beatles!", ["stones", "beatles"])
    assert not exact_match("The Beatles sang", ["Beatles"])
    assert exact_match("a", ["A."])  # an article alone is the answer itself


def test_f1_is_the_harmonic_mean_over_shared_tokens_of_the_best_answer() -> None:
    # 2 of the 4 tokens said are the 3 of the answer's: precision 2/4, recall 2/3
    assert token_f1("red green white white", ["red green blue"]) == pytest.approx(
        2 * (1 / 2) * (2 / 3) / (1 / 2 + 2 / 3)
    )
    assert token_f1("red", ["blue", "the red"]) == 1.0
    assert token_f1("white", ["blue"]) == 0.0
    assert token_f1("", ["blue"]) == 0.0
    assert token_f1("东京", ["东京都"]) == pytest.approx(2 * 2 / 5)


def test_tokens_count_as_often_as_they_occur() -> None:
    assert token_f1("no no no", ["no"]) == pytest.approx(2 / 4)


def test_text_without_letters_has_no_tokens() -> None:
    assert tokens("… – !? 🙂 $") == ()
