"""Thumbs: kept with their turns, taken back, and gone with their conversations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.base.errors import Problem
from app.base.ratings import LONGEST_NOTE, Rating
from app.base.values import Answer, TurnId
from app.store.user import UserStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[UserStore]:
    times = iter(range(1000, 2000))
    store = UserStore.open(tmp_path / "user.db", now=lambda: next(times))
    yield store
    store.close()


def _answered(store: UserStore, question: str = "When?") -> Answer:
    answer = msgspec.structs.replace(store.turns.begin(question, scope=["/docs"]), state="done", text="In May.")
    store.turns.save(answer)
    return answer


def test_rating_is_shown_with_its_answer(store: UserStore) -> None:
    answer = _answered(store)
    rating = store.ratings.rate(answer.turn, "up", "  just so ")
    assert rating is not None
    assert (rating.thumb, rating.note) == ("up", "just so")
    assert store.turns.answer(answer.turn).rating == rating
    shown = store.turns.messages(answer.conversation)[1].answer
    assert shown is not None
    assert shown.rating == rating


def test_second_rating_takes_the_place_of_the_first(store: UserStore) -> None:
    answer = _answered(store)
    first = store.ratings.rate(answer.turn, "up", "good")
    second = store.ratings.rate(answer.turn, "down", "")
    assert first is not None
    assert second == Rating(thumb="down", note="", at=first.at + 1)
    assert store.ratings.rated() == [answer.turn]


def test_rating_is_taken_back(store: UserStore) -> None:
    answer = _answered(store)
    store.ratings.rate(answer.turn, "down", "no")
    assert store.ratings.rate(answer.turn, None, "") is None
    assert store.ratings.rate(answer.turn, None, "") is None
    assert store.turns.answer(answer.turn).rating is None
    assert store.ratings.rated() == []


def test_saving_an_answer_again_keeps_its_rating(store: UserStore) -> None:
    answer = _answered(store)
    rating = store.ratings.rate(answer.turn, "up", "")
    store.turns.save(answer)
    assert store.turns.answer(answer.turn).rating == rating


def test_new_version_of_an_answer_has_no_rating_yet(store: UserStore) -> None:
    answer = _answered(store)
    store.ratings.rate(answer.turn, "down", "")
    again = store.turns.begin("When?", conversation=answer.conversation, again=answer.turn)
    store.turns.save(msgspec.structs.replace(again, state="done", text="In June."))
    assert store.turns.answer(again.turn).rating is None
    assert store.ratings.rated() == [answer.turn]


def test_streaming_answer_cannot_be_rated_yet(store: UserStore) -> None:
    answer = store.turns.begin("When?")
    with pytest.raises(Problem) as caught:
        store.ratings.rate(answer.turn, "up", "")
    assert caught.value.code == "rate.unsettled"


def test_reason_that_is_too_long_changes_nothing(store: UserStore) -> None:
    answer = _answered(store)
    with pytest.raises(Problem) as caught:
        store.ratings.rate(answer.turn, "up", "x" * (LONGEST_NOTE + 1))
    assert caught.value.code == "rate.too_long"
    assert store.turns.answer(answer.turn).rating is None


def test_rating_goes_and_comes_back_with_its_conversation(store: UserStore) -> None:
    answer = _answered(store)
    store.ratings.rate(answer.turn, "up", "")
    store.conversations.delete(answer.conversation)
    assert store.ratings.rated() == []
    for turn in (answer.turn, TurnId(answer.turn + 99)):
        with pytest.raises(Problem) as caught:
            store.ratings.rate(turn, "down", "")
        assert caught.value.code == "ask.no_turn"
    store.conversations.restore(answer.conversation)
    assert store.ratings.rated() == [answer.turn]
    store.conversations.delete(answer.conversation)
    store.conversations.erase(answer.conversation)
    assert store.ratings.rated() == []


def test_question_of_a_turn_is_told_with_what_it_was_about(store: UserStore) -> None:
    answer = _answered(store, "When does it end?")
    assert store.turns.question(answer.turn) == ("When does it end?", ("/docs",), ())
    with pytest.raises(Problem) as caught:
        store.turns.question(TurnId(answer.turn + 99))
    assert caught.value.code == "ask.no_turn"
