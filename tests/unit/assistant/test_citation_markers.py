from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assistant.citation_markers import CitationMarkers, Thoughts, used_numbers, without_markers


def first_five(number: int) -> int | None:
    return number if 1 <= number <= 5 else None


def shown(text: str) -> tuple[str, list[int]]:
    markers = CitationMarkers(first_five)
    return markers.feed(text) + markers.finish(), markers.used


@pytest.mark.parametrize(
    ("written", "expected", "used"),
    [
        ("It ends [1].", "It ends [1].", [1]),
        ("It ends [1, 3].", "It ends [1][3].", [1, 3]),
        ("It ends [1,3; 2 & 4].", "It ends [1][3][2][4].", [1, 3, 2, 4]),
        ("It ends 【2】.", "It ends [2].", [2]),
        ("It ends 【2†source】.", "It ends [2].", [2]),
        ("It ends [2-4].", "It ends [2][3][4].", [2, 3, 4]),
        ("It ends [^1].", "It ends [1].", [1]),
        ("It ends [Passage 1].", "It ends [1].", [1]),
        ("It ends [1][2].", "It ends [1][2].", [1, 2]),
        ("It ends [9].", "It ends.", []),
        ("It ends [9][2].", "It ends[2].", [2]),
        ("It ends [1, 9].", "It ends [1].", [1]),
        ("In [2024] and [x] or [ ] and [a link](b).", "In [2024] and [x] or [ ] and [a link](b).", []),
        ("From [2024-2026] and [1, 1999].", "From [2024-2026] and [1, 1999].", []),
        ("Call `a[1]` and [1].", "Call `a[1]` and [1].", [1]),
        ("```python\na[1] = b[9]\n```\nDone [1].", "```python\na[1] = b[9]\n```\nDone [1].", [1]),
        ("Unfinished [1", "Unfinished [1", []),
        ("Spaces   stay  [1]  here ", "Spaces   stay  [1]  here ", [1]),
    ],
)
def test_markers_become_uniform(written: str, expected: str, used: list[int]) -> None:
    assert shown(written) == (expected, used)


@pytest.mark.parametrize("number", [999, 1000, 4711, 123456])
def test_numbers_of_a_long_conversation_are_citations(number: int) -> None:
    markers = CitationMarkers({number: 1, number + 1: 2}.get)
    text = f"It ends in May [{number}, {number + 1}] and [{number}-{number + 1}]."
    assert "".join(map(markers.feed, text)) + markers.finish() == "It ends in May [1][2] and [1][2]."
    assert markers.used == [1, 2]


def test_white_space_before_a_marker_of_nothing_goes_in_part_only() -> None:
    assert shown("It ends" + " " * 200 + "[9].") == ("It ends" + " " * 120 + ".", [])
    assert shown("It ends" + " " * 200 + "[1].") == ("It ends" + " " * 200 + "[1].", [1])


def test_backticks_that_are_apart_begin_no_box_of_code() -> None:
    assert shown("` ``\nIt ends [9][1].") == ("` ``\nIt ends[1].", [1])


@pytest.mark.parametrize("piece", [" ", "\t", "[", "[1", "[ ", "a", "`", "` [", "\n"])
def test_long_text_of_one_sign_takes_no_longer_than_its_length_asks(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    whole = CitationMarkers(first_five)
    assert len(whole.feed(text) + whole.finish()) == len(text)
    streamed = CitationMarkers(first_five)
    assert sum(map(len, map(streamed.feed, text))) + len(streamed.finish()) == len(text)
    assert time.process_time() - began < 6.0  # what looks again at all that came before takes minutes


@pytest.mark.parametrize("lead", ["<think>", ""])
def test_thought_without_an_end_takes_no_longer_than_its_length_asks(lead: str) -> None:
    thoughts = Thoughts()
    thoughts.feed(lead)
    began = time.process_time()
    assert "".join(map(thoughts.feed, (" " for _ in range(400_000)))) == ""
    assert time.process_time() - began < 6.0
    assert thoughts.feed("<think></think>Done") == "Done"


@given(
    st.lists(
        st.sampled_from(
            ["[", "]", "1", "9", "12", ", ", "-", " ", "\n", "`", "```", "a", "【", "】", "†s.", "^", "passage "]
        ),
        max_size=40,
    ),
    st.data(),
)
def test_cutting_the_stream_changes_nothing(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    markers = CitationMarkers(first_five)
    pieces, at = [], 0
    while at < len(text):
        step = data.draw(st.integers(1, 7))
        pieces.append(markers.feed(text[at : at + step]))
        at += step
    pieces.append(markers.finish())
    assert ("".join(pieces), markers.used) == shown(text)


@given(st.text(alphabet="a1[] ,`\n", max_size=60))
def test_shown_numbers_are_those_used(text: str) -> None:
    result, used = shown(text)
    assert set(used) <= set(used_numbers(result))


def test_numbers_become_those_that_the_person_sees() -> None:
    markers = CitationMarkers({7: 1, 8: 2, 3: 3}.get)
    assert markers.feed("So [8], so [3, 7-9] and [1].") + markers.finish() == "So [2], so [3][1][2] and."
    assert markers.used == [2, 3, 1]


def test_half_a_marker_is_held_back() -> None:
    markers = CitationMarkers(first_five)
    assert markers.feed("It ends [") == "It ends"
    assert markers.feed("1") == ""
    assert markers.feed("]") == " [1]"
    assert markers.finish() == ""


@pytest.mark.parametrize("size", [1, 3, 100])
def test_thoughts_are_not_shown(size: int) -> None:
    def said(text: str) -> str:
        thoughts = Thoughts()
        cut = [thoughts.feed(text[at : at + size]) for at in range(0, len(text), size)]
        return "".join(cut) + thoughts.finish()

    assert said("<think>\nhm [1]\n</think>\n\nThe answer.") == "The answer."
    assert said("  <think></think>Yes") == "Yes"
    assert said("<b>no thought</b> here <think>") == "<b>no thought</b> here <think>"
    assert said("<think>never ends") == ""
    assert said("<thin") == "<thin"


def test_numbers_are_taken_out_for_the_history() -> None:
    assert without_markers("It ends [1][2]. See [2024].") == "It ends. See [2024]."
