"""Places: tops follow from heights, estimated or measured."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from app.window.chat.message_places import Places


def _column(*heights: int) -> Places:
    made = Places(before=10, after=30)
    for height in heights:
        made.append(height, gap=5)
    return made


def test_tops_are_sums_of_heights_and_gaps() -> None:
    column = _column(100, 50, 20)
    assert [column.top(index) for index in range(4)] == [10, 115, 170, 220]


def test_empty_column_ends_where_it_begins() -> None:
    column = _column()
    assert column.top(0) == 10
    assert column.at(500) == 0
    assert column.between(0, 900) == range(0)


def test_measuring_moves_what_is_below_and_says_so() -> None:
    column = _column(100, 50, 20)
    assert not column.is_exact(0)
    assert column.measure(0, 140)
    assert column.is_exact(0)
    assert column.top(2) == 210
    assert not column.measure(0, 140)


def test_estimates_replace_what_was_measured() -> None:
    column = _column(100, 50)
    column.measure(0, 140)
    column.estimate([60, 60])
    assert not column.is_exact(0)
    assert column.top(1) == 75
    column.measure(1, 60)
    column.doubt(1)
    assert not column.is_exact(1)


@given(
    heights=some.lists(some.integers(1, 900), min_size=1, max_size=60),
    top=some.integers(-100, 30_000),
    screen=some.integers(1, 2_000),
)
def test_every_item_that_touches_a_stretch_is_found(heights: list[int], top: int, screen: int) -> None:
    column = _column(*heights)
    found = column.between(top, top + screen)
    for index, height in enumerate(heights):
        begin = column.top(index)
        if begin <= top + screen and begin + height > top:
            assert index in found
    assert all(column.top(index) <= top + screen for index in found)


@given(heights=some.lists(some.integers(1, 900), min_size=1, max_size=60), data=some.data())
def test_item_at_a_place_begins_at_or_above_it(heights: list[int], data: some.DataObject) -> None:
    column = _column(*heights)
    y = data.draw(some.integers(10, column.top(len(heights)) - 1))
    index = column.at(y)
    assert column.top(index) <= y
    assert y < column.top(index + 1)
