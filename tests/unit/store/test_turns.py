from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.base.values import ChunkId, Citation, Coverage, FileShare, Place, ToolStep, TurnId, Usage
from app.store.user import UserStore

PLACE = Place(kind="line", first=3, last=4, label="lines 3–4", start=10, end=30)
CITATION = Citation(n=2, path="/a/b.txt", sha256="ab" * 32, place=PLACE, quote="two\nlines", chunk_id=ChunkId(9))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[UserStore]:
    store = UserStore.open(tmp_path / "user.db")
    yield store
    store.close()


def test_question_and_streaming_answer_are_saved_together(store: UserStore, tmp_path: Path) -> None:
    answer = store.turns.begin("What?", scope=["/a"], attachments=["/x.pdf", "/y.pdf"], mode="chat")
    other = UserStore.open(tmp_path / "user.db")
    question, reply = other.turns.messages(answer.conversation)
    assert (question.role, question.text, question.attachments) == ("user", "What?", ("/x.pdf", "/y.pdf"))
    assert reply.answer == answer
    assert (answer.state, answer.text, answer.mode) == ("streaming", "", "chat")
    other.close()


def test_saved_answer_comes_back_as_it_was(store: UserStore) -> None:
    begun = store.turns.begin("What?")
    answer = msgspec.structs.replace(
        begun,
        mode="chat",
        state="stopped",
        text="Half [2].",
        citations=(CITATION,),
        coverage=Coverage(
            matching=9, read=1, files=(FileShare(path="/a/b.txt", share=0.5),), waiting=2, by_meaning=True
        ),
        usage=Usage(prompt_tokens=100, prefill_ms=12.5),
        model="Small",
        error="Cut off.",
    )
    store.turns.save(answer, {"search": {"ms": 1.5}})
    assert store.turns.messages(answer.conversation)[1].answer == answer
    assert store.turns.trace(answer.turn) == {"search": {"ms": 1.5}}
    store.turns.save(msgspec.structs.replace(answer, citations=()))
    assert store.turns.trace(answer.turn) == {"search": {"ms": 1.5}}, "no trace given leaves the old one"
    again = store.turns.messages(answer.conversation)[1].answer
    assert again is not None
    assert again.citations == ()


def test_checkpoint_changes_the_text_alone(store: UserStore) -> None:
    begun = store.turns.begin("What?")
    store.turns.save(msgspec.structs.replace(begun, citations=(CITATION,), model="Small"))
    store.turns.checkpoint(begun.turn, "So far")
    (left,) = store.turns.unfinished()
    assert (left.text, left.citations, left.model, left.state) == ("So far", (CITATION,), "Small", "streaming")


def test_attachments_stay_with_the_conversation(store: UserStore) -> None:
    first = store.turns.begin("What?", attachments=["/b", "/a"])
    store.turns.begin("And?", conversation=first.conversation, attachments=["/c", "/b"])
    other = store.turns.begin("Else?", attachments=["/z"])
    assert store.turns.attachments(first.conversation) == ["/b", "/a", "/c"]
    assert store.turns.attachments(other.conversation) == ["/z"]


def test_messages_of_turns_alternate_in_order(store: UserStore) -> None:
    first = store.turns.begin("One")
    store.turns.begin("Other conversation")
    store.turns.begin("Two", conversation=first.conversation)
    messages = store.turns.messages(first.conversation)
    assert [(message.role, message.text) for message in messages] == [
        ("user", "One"),
        ("assistant", ""),
        ("user", "Two"),
        ("assistant", ""),
    ]


def test_steps_are_kept_with_their_results(store: UserStore) -> None:
    begun = store.turns.begin("What?")
    step = ToolStep(
        call="c1", name="search_files", arguments={"query": "lease"}, title="Searched “lease”", state="done",
        result="<passage>", passages=1, ms=2.5,
    )  # fmt: skip
    store.turns.save(msgspec.structs.replace(begun, steps=(step,)))
    (left,) = store.turns.unfinished()
    assert left.steps == (step,)


def test_what_was_sent_comes_back_by_turn_and_goes_with_the_conversation(store: UserStore) -> None:
    first = store.turns.begin("One")
    store.turns.begin("Two, in quotes", conversation=first.conversation)
    third = store.turns.begin("Three", conversation=first.conversation)
    store.turns.save_sent(first.turn, {"messages": ["a"]})
    store.turns.save_sent(third.turn, {"messages": ["b"]})
    store.turns.save_sent(third.turn, {"messages": ["c"]})
    kept = {turn: msgspec.json.decode(sent) for turn, sent in store.turns.sent(first.conversation).items()}
    assert kept == {first.turn: {"messages": ["a"]}, third.turn: {"messages": ["c"]}}


def test_unknown_turn_has_no_trace(store: UserStore) -> None:
    assert store.turns.trace(TurnId(99)) == {}
