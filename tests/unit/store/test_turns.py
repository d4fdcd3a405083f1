from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.errors import Problem
from app.base.turn_trace import SearchTrace, TurnTrace
from app.base.values import (
    Answer,
    Attachment,
    ChunkId,
    Citation,
    ConversationId,
    Coverage,
    FileShare,
    Filter,
    Place,
    ToolStep,
    TurnId,
    Usage,
)
from app.store.user import UserStore

PLACE = Place(kind="line", first=3, last=4, label="lines 3–4", start=10, end=30)
CITATION = Citation(
    n=2, path="/a/b.txt", sha256="ab" * 32, place=PLACE, quote="two\nlines", chunk_id=ChunkId(9),
    caption="Rent › Deposit",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[UserStore]:
    store = UserStore.open(tmp_path / "user.db")
    yield store
    store.close()


def attached(path: str, identity: str = "1:1") -> Attachment:
    """A file as it was attached, by way of a link."""
    return Attachment(path=path, real=f"/real{path}", identity=identity)


def test_question_and_streaming_answer_are_saved_together(store: UserStore, tmp_path: Path) -> None:
    answer = store.turns.begin("What?", scope=["/a"], attachments=[attached("/x.pdf"), attached("/y.pdf")], mode="chat")
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
        query="rent flat",
        filters=(Filter(kind="type", value="pdf", label="PDF files", start=0, end=4),),
        without=("after:2024-03-01",),
    )
    store.turns.save(answer, TurnTrace(search=SearchTrace(ms=1.5)))
    assert store.turns.messages(answer.conversation)[1].answer == answer
    assert store.turns.trace(answer.turn) == TurnTrace(search=SearchTrace(ms=1.5))
    store.turns.save(msgspec.structs.replace(answer, citations=()))
    assert store.turns.trace(answer.turn) == TurnTrace(search=SearchTrace(ms=1.5)), "no trace given leaves the old one"
    again = store.turns.messages(answer.conversation)[1].answer
    assert again is not None
    assert again.citations == ()


def test_checkpoint_changes_the_text_alone(store: UserStore) -> None:
    begun = store.turns.begin("What?")
    store.turns.save(msgspec.structs.replace(begun, citations=(CITATION,), model="Small"))
    store.turns.checkpoint(begun.turn, "So far")
    (left,) = store.turns.unfinished()
    assert (left.text, left.citations, left.model, left.state) == ("So far", (CITATION,), "Small", "streaming")


def test_answer_whose_conversation_was_removed_is_not_saved_and_that_is_said(store: UserStore) -> None:
    answer = store.turns.begin("What?", scope=[], attachments=[], mode="chat")
    store.conversations.delete(answer.conversation)
    store.turns.checkpoint(answer.turn, "It can be restored still")
    store.conversations.erase(answer.conversation)
    with pytest.raises(Problem) as caught:
        store.turns.checkpoint(answer.turn, "text")
    assert caught.value.code == "chats.erased"
    for cited in ((), (CITATION,)):
        with pytest.raises(Problem) as caught:
            store.turns.save(msgspec.structs.replace(answer, state="done", citations=cited))
        assert caught.value.code == "chats.erased"


def test_attachments_stay_with_the_conversation(store: UserStore) -> None:
    first = store.turns.begin("What?", attachments=[attached("/b"), attached("/a")])
    store.turns.begin("And?", conversation=first.conversation, attachments=[attached("/c"), attached("/b", "1:9")])
    other = store.turns.begin("Else?", attachments=[attached("/z")])
    assert store.turns.attachments(first.conversation) == [attached("/b", "1:9"), attached("/a"), attached("/c")]
    assert store.turns.attachments(other.conversation) == [attached("/z")]


def test_attachment_in_whose_place_another_file_stands_is_renewed_in_its_conversation_alone(store: UserStore) -> None:
    first = store.turns.begin("What?", attachments=[attached("/b"), attached("/a")])
    store.turns.begin("Again?", conversation=first.conversation, attachments=[attached("/b")])
    other = store.turns.begin("Else?", attachments=[attached("/b")])
    store.turns.renew(first.conversation, [attached("/b", "1:7")])
    assert store.turns.attachments(first.conversation) == [attached("/b", "1:7"), attached("/a")]
    assert store.turns.attachments(other.conversation) == [attached("/b")]


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
    assert store.turns.trace(TurnId(99)) == TurnTrace()


def texts(store: UserStore, conversation: ConversationId) -> list[str]:
    return [message.text for message in store.turns.messages(conversation)]


def answered(store: UserStore, question: str, text: str, **more: Any) -> Answer:
    """A finished turn."""
    answer = msgspec.structs.replace(store.turns.begin(question, **more), state="done", text=text)
    store.turns.save(answer)
    return answer


def test_a_new_version_takes_the_place_of_the_answer_and_the_older_ones_stay(store: UserStore) -> None:
    first = answered(store, "One?", "old", attachments=[attached("/a.pdf")])
    chat = first.conversation
    second = answered(store, "Two?", "two", conversation=chat)
    newer = answered(store, "One?", "new", conversation=chat, again=first.turn)
    newest = answered(store, "One?", "newest", conversation=chat, again=newer.turn)
    assert texts(store, chat) == ["One?", "newest", "Two?", "two"]
    question, answer, _, other = store.turns.messages(chat)
    assert question.attachments == ("/a.pdf",)
    assert store.turns.attachments(chat) == [attached("/a.pdf")]
    assert answer.versions == (first.turn, newer.turn, newest.turn)
    assert (answer.turn, other.turn, other.versions) == (newest.turn, second.turn, ())
    assert [store.turns.answer(turn).text for turn in answer.versions] == ["old", "new", "newest"]
    (head,) = store.conversations.list()
    assert head.messages == 4


def test_a_question_after_a_new_version_follows_it(store: UserStore) -> None:
    first = answered(store, "One?", "old")
    chat = first.conversation
    answered(store, "Two?", "two", conversation=chat)
    answered(store, "One?", "new", conversation=chat, again=first.turn)
    third = answered(store, "Three?", "three", conversation=chat)
    answered(store, "Three?", "three again", conversation=chat, again=third.turn)
    answered(store, "Four?", "four", conversation=chat)
    wanted = ["One?", "new", "Two?", "two", "Three?", "three again", "Four?", "four"]
    assert texts(store, chat) == wanted


def test_a_version_of_what_is_not_there_saves_nothing(store: UserStore) -> None:
    first = answered(store, "One?", "one")
    other = answered(store, "Else?", "else")
    for turn in (TurnId(99), other.turn):
        with pytest.raises(Problem) as caught:
            store.turns.begin("One?", conversation=first.conversation, again=turn)
        assert caught.value.code == "ask.no_turn"
    assert texts(store, first.conversation) == ["One?", "one"]
    store.conversations.delete(first.conversation)
    for turn in (TurnId(99), first.turn):
        with pytest.raises(Problem) as caught:
            store.turns.answer(turn)
        assert caught.value.code == "ask.no_turn"


def test_attached_files_below_a_folder_are_known_of_all_conversations(store: UserStore) -> None:
    first = answered(
        store, "One?", "one", attachments=[attached("/home/pasted/1/a.txt"), attached("/home/pasted2/b.txt")]
    )
    answered(store, "Two?", "two", attachments=[attached("/home/pasted/1/a.txt"), attached("/home/pasted/2/c.txt")])
    store.conversations.delete(first.conversation)
    assert store.turns.attached_below("/home/pasted") == {"/home/pasted/1/a.txt", "/home/pasted/2/c.txt"}
