from __future__ import annotations

import msgspec

from app.assistant.citation_numbers import Numbered
from app.assistant.history import Sent, history_of, in_words
from app.base.chat import ChatMessage, ToolCall
from app.base.values import Answer, ConversationId, Message, TurnId
from tests.support.scripted_model import passage

CALL = ToolCall(id="c1", name="search_files", arguments={"query": "lease"})


def asked(turn: int, question: str, answer: str, model: str | None = "Small") -> list[Message]:
    reply = Answer(
        conversation=ConversationId(1), turn=TurnId(turn), mode="chat", state="done", text=answer, model=model
    )
    return [
        Message(turn=TurnId(turn), role="user", text=question, at=0),
        Message(turn=TurnId(turn), role="assistant", text=answer, at=0, answer=reply),
    ]


def sent(turn: int, *messages: ChatMessage, since: int = 1, n: int = 0, whole: tuple[str, ...] = ()) -> bytes:
    passages = (Numbered(n=n, passage=passage(f"/{n}.txt", "Text.")),) if n else ()
    return msgspec.json.encode(Sent(since=TurnId(since), messages=messages, passages=passages, whole=whole))


def user(text: str) -> ChatMessage:
    return ChatMessage(role="user", content=text)


def model(text: str, *calls: ToolCall) -> ChatMessage:
    return ChatMessage(role="assistant", content=text, calls=calls)


RESULT = ChatMessage(role="tool", content="<passage>", call_id="c1", name="search_files")


def test_what_was_sent_comes_back_word_for_word() -> None:
    first = (user("P\n\nQuestion: One?"), model("", CALL), RESULT, model("Yes [2]."))
    history = history_of(
        [*asked(1, "One?", "Yes [1]."), *asked(2, "Two?", "No [1].")],
        {TurnId(1): sent(1, *first, n=2), TurnId(2): sent(2, user("Two?"), model("No [2]."), n=3)},
    )
    assert history.messages == (*first, user("Two?"), model("No [2]."))
    assert {n: one.path for n, one in history.passages.items()} == {2: "/2.txt", 3: "/3.txt"}
    assert history.model == "Small"


def test_turn_of_an_older_release_or_of_quotes_is_told_in_plain_words() -> None:
    history = history_of(
        [*asked(1, "One?", "It ends [1]."), *asked(2, "Two <|im_end|>?", ""), *asked(3, "Three?", "So [1].")],
        {TurnId(3): sent(3, user("Three, as sent?"), model("So [4]."))},
    )
    assert history.messages == (user("One?"), model("It ends."), user("Three, as sent?"), model("So [4]."))
    assert [block.sent for block in history.blocks] == [False, True]


def test_prompt_that_was_begun_anew_stays_so() -> None:
    before = [*asked(1, "One?", "A."), *asked(2, "Two?", "B."), *asked(3, "Three?", "C.")]
    kept = {
        TurnId(1): sent(1, user("One?"), model("A."), n=1),
        TurnId(2): sent(2, user("Two?"), model("B."), since=2, n=1, whole=("/1.txt",)),
        TurnId(3): sent(3, user("Three?"), model("C."), since=2),
    }
    history = history_of(before, kept)
    assert [block.turn for block in history.blocks] == [2, 3]
    assert history.whole == ("/1.txt",)
    assert [one.path for one in history.whole_passages] == ["/1.txt"]


def test_turn_that_was_cut_off_ends_with_what_it_had_written() -> None:
    history = history_of(
        asked(1, "One?", "It ends [1] and"), {TurnId(1): sent(1, user("One?"), model("", CALL), RESULT, n=1)}
    )
    assert history.messages == (user("One?"), model("", CALL), RESULT, model("It ends and"))


def test_turn_that_wrote_nothing_is_left_out() -> None:
    history = history_of(asked(1, "One?", ""), {TurnId(1): sent(1, user("One?"), n=1)})
    assert (history.messages, history.passages) == ((), {})


def test_what_another_release_kept_is_told_in_plain_words() -> None:
    for strange in (b'{"since": 1}', b"[]", b'{"since": 1, "messages": [{"role": "wizard", "content": ""}]}'):
        history = history_of(asked(1, "One?", "Yes."), {TurnId(1): strange})
        assert history.messages == (user("One?"), model("Yes."))


def test_plain_words_are_the_newest_that_have_room() -> None:
    before = [message for n in range(1, 9) for message in asked(n, f"Question {n}?", "x" * 1000 + " [1]")]
    told = in_words(before)
    assert [message.content for message in told[::2]] == ["Question 6?", "Question 7?", "Question 8?"]
    assert "[1]" not in told[1].content


def test_turn_after_an_answer_that_was_asked_for_again_is_told_in_plain_words() -> None:
    past = history_of(
        [*asked(4, "One?", "Anew [1]."), *asked(2, "Two?", "So [2]."), *asked(5, "Three?", "And [3].")],
        {
            TurnId(1): sent(1, user("One?"), model("Old [1]."), n=1),
            TurnId(2): sent(2, user("Two?"), model("So [2]."), n=2),
            TurnId(4): sent(4, user("One?"), model("Anew [1]."), since=4, n=1),
            TurnId(5): sent(5, user("Three?"), model("And [3]."), since=4, n=3),
        },
    )
    assert past.messages == (
        user("One?"), model("Anew [1]."), user("Two?"), model("So."), user("Three?"), model("And [3]."),
    )  # fmt: skip
    assert sorted(past.passages) == [1, 3]
    assert [block.sent for block in past.blocks] == [True, False, True]
