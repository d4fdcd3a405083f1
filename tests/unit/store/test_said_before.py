"""What was said is found by its words: in conversations that are there, newest first, answers only if borne out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.base.values import Answer, Claim, ConversationId
from app.store.user import UserStore

NONE = ConversationId(0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[UserStore]:
    store = UserStore.open(tmp_path / "user.db")
    yield store
    store.close()


def say(store: UserStore, question: str, text: str, verdict: str = "supported", **more: object) -> Answer:
    answer = store.turns.begin(question, mode="chat")
    claims = (msgspec.convert({"text": text, "start": 0, "end": len(text), "verdict": verdict}, Claim),)
    answer = msgspec.structs.replace(answer, state="done", text=text, claims=claims, **more)
    store.turns.save(answer)
    return answer


def test_most_words_come_first_then_the_newest(store: UserStore) -> None:
    say(store, "When does the lease end?", "In May.")
    say(store, "How much is the rent of the boat?", "900.")
    say(store, "And the lease of the boat?", "In June.")
    found = store.said_before.find("lease boat", 5, but=NONE)
    assert [one.question for one in found] == [
        "And the lease of the boat?", "How much is the rent of the boat?", "When does the lease end?",
    ]  # fmt: skip
    assert [one.answer for one in found] == ["In June.", "900.", "In May."]
    assert [one.question for one in store.said_before.find("LEASE", 1, but=NONE)] == ["And the lease of the boat?"]


def test_words_of_answers_are_found_and_what_was_not_borne_out_is_not_given(store: UserStore) -> None:
    say(store, "Where is the boat?", "At pier seven.", "not_found")
    say(store, "Who owns the pier?", "Nothing certain.", unfounded="Ann owns it.")
    say(store, "When does the pier open?", "At nine.", "partly")
    found = store.said_before.find("pier", 5, but=NONE)
    assert len(found) == 3 and {one.answer for one in found} == {""}


def test_deleted_conversations_and_the_one_that_asks_are_not_looked_through(store: UserStore) -> None:
    first = say(store, "When does the lease end?", "In May.")
    second = say(store, "And the lease of the garage?", "In June.")
    assert [one.turn for one in store.said_before.find("lease", 5, but=first.conversation)] == [second.turn]
    store.conversations.delete(second.conversation)
    assert store.said_before.find("lease", 5, but=first.conversation) == []
    store.conversations.erase(second.conversation)
    assert store.said_before.find("garage", 5, but=NONE) == []


@pytest.mark.parametrize("query", ["", "a b", '"', "lease OR", "NEAR(", "*", "x" * 5000, "\0", "日本 -", "' OR 1=1"])
def test_any_words_can_be_asked_for(store: UserStore, query: str) -> None:
    say(store, "When does the lease end?", "In May.")
    assert len(store.said_before.find(query, 5, but=NONE)) <= 1
