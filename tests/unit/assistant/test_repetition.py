"""A model that repeats itself is ended at the first repeat, and one that does not is left alone."""

from __future__ import annotations

import random

import pytest

from app.assistant.repetition import RepetitionGuard


def streamed(text: str, size: int = 3) -> tuple[str, RepetitionGuard]:
    """What is left of a text that streams in pieces, and the guard."""
    guard = RepetitionGuard()
    shown = "".join(guard.feed(text[at : at + size]) for at in range(0, len(text), size)) + guard.finish()
    return shown[: len(shown) - guard.surplus], guard


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It renews in May. It ends in June. It renews in May. It ends", "It renews in May. It ends in June."),
        (
            "1. The lease renews.\n2. The deposit is due.\n3. The lease renews.\n4. The",
            "1. The lease renews.\n2. The deposit is due.\n",
        ),
        ("The rent is 300 euros [1]. The rent is 300 euros [2]. The rent", "The rent is 300 euros [1]."),
        ("- Yes\n- Yes\n- Yes\n- Yes\n- Yes\n", "- Yes\n- Yes\n"),
    ],
)  # fmt: skip
def test_sentence_or_line_that_comes_back_is_not_shown(text: str, kept: str, size: int) -> None:
    shown, guard = streamed(text, size)
    assert guard.repeated
    assert shown.strip() == kept.strip()


def test_lines_that_differ_by_their_counter_alone_end() -> None:
    shown, guard = streamed("".join(f"In year {n} the rent is 300 euros.\n" for n in range(1, 40)))
    assert guard.repeated
    assert shown.count("\n") == 4


@pytest.mark.parametrize("run", ["the ", "ha", "lease and ", "x", "of the tenant of the landlord "])
def test_run_of_the_same_words_or_letters_ends(run: str) -> None:
    shown, guard = streamed("It says " + run * 200)
    assert guard.repeated
    assert len(shown) < 8 + 2 * len(run) + 4


@pytest.mark.parametrize(
    "text",
    [
        "| year | rent |\n|------|------|\n| 2021 | 300 |\n| 2022 | 310 |\n| 2023 | 310 |\n| 2024 | 325 |\n",
        "- Rent 2022: 300 euros\n- Rent 2023: 310 euros\n- Rent 2024: 310 euros\n- Rent 2026: 330 euros\n",
        "```\nfor x in y:\n    pass\n}\n}\n}\n```\nDone. It runs.",
        "Yes. It ends in May. Yes, that is so. It renews in June.",
        "The first lease ends in May. The second lease ends in June. The third lease ends in July.",
        "-" * 300 + "\n" + "=" * 300,
        "",
        " \n \n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 5])
def test_answer_that_does_not_repeat_itself_is_passed_on_whole(text: str, size: int) -> None:
    shown, guard = streamed(text, size)
    assert shown == text
    assert not guard.repeated


def test_what_is_passed_on_does_not_depend_on_how_the_text_is_cut() -> None:
    chance = random.Random(1)
    words = ["lease", "rent", "flat", "deposit", "ends", "renews", "in", "May.", "June.", "the", "a", "of\n"]
    for _ in range(200):
        text = " ".join(chance.choice(words) for _ in range(60))
        assert streamed(text, 1)[0] == streamed(text, 4)[0] or streamed(text, 1)[1].surplus


def test_megabyte_without_a_space_costs_little() -> None:
    chance = random.Random(2)
    text = "".join(chance.choice("abcdefghij") for _ in range(1_000_000))
    shown, guard = streamed(text, 5_000)
    assert shown == text
    assert not guard.repeated
