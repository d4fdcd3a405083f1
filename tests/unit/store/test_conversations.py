from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.base.errors import Problem
from app.base.values import ConversationId
from app.store.turns import title_of
from app.store.user import UserStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[UserStore]:
    clock = iter(range(1, 10_000))
    store = UserStore.open(tmp_path / "user.db", now=lambda: next(clock))
    yield store
    store.close()


def add(store: UserStore, question: str, text: str = "") -> ConversationId:
    answer = store.turns.begin(question)
    store.turns.save(msgspec.structs.replace(answer, state="done", text=text))
    return answer.conversation


def found(store: UserStore, query: str) -> list[int]:
    return [head.id for head in store.conversations.list(query)]


def test_deleted_conversation_is_not_among_the_ids(store: UserStore) -> None:
    first, second = add(store, "First"), add(store, "Second")
    store.conversations.delete(first)
    assert store.conversations.ids() == {second}
    store.conversations.restore(first)
    assert store.conversations.ids() == {first, second}


def test_last_used_conversation_comes_first(store: UserStore) -> None:
    first, second = add(store, "First"), add(store, "Second")
    assert [head.id for head in store.conversations.list()] == [second, first]
    store.turns.begin("Again", conversation=first)
    heads = store.conversations.list()
    assert [head.id for head in heads] == [first, second]
    assert [head.messages for head in heads] == [4, 2]
    assert len(store.conversations.list(limit=1)) == 1


@pytest.mark.parametrize(
    "query",
    [
        "lease",
        "LEAS",
        "ease",
        "harbour answer",
        "Straße",
        "straß",
        "中文搜索",
        "搜索",
        "文",
        "100%",
        "a_b",
        "“quoted”",
        "don't",
    ],
)
def test_words_are_found_in_questions_answers_and_titles(store: UserStore, query: str) -> None:
    wanted = add(store, "The lease of Harbour Straße", "An answer about 中文搜索: 100% a_b, “quoted”, don't.")
    add(store, "Something else", "1000 axb")
    assert found(store, query) == [wanted]


@pytest.mark.parametrize("query", ["absent", "lease absent", "%", "_", '"', "\\", "1%", "NEAR(", "*", "--"])
def test_words_that_stand_nowhere_find_nothing(store: UserStore, query: str) -> None:
    add(store, "The lease ends", "In June")
    assert found(store, query) == []


def test_words_may_stand_in_different_messages(store: UserStore) -> None:
    wanted = add(store, "The lease", "ends in June")
    assert found(store, "june lease") == [wanted]


def test_streaming_answer_is_found_once_it_ends(store: UserStore) -> None:
    answer = store.turns.begin("Question")
    store.turns.checkpoint(answer.turn, "half a zebra")
    assert found(store, "zebra") == []
    store.turns.save(msgspec.structs.replace(answer, state="done", text="a whole zebra"))
    assert found(store, "zebra whole") == [answer.conversation]
    assert found(store, "half") == []


def test_renamed_conversation_is_found_by_its_new_title_alone(store: UserStore) -> None:
    number = add(store, "Old words in the question")
    assert store.conversations.rename(number, "  Fresh\n title ").title == "Fresh title"
    assert found(store, "fresh") == [number]
    assert store.conversations.rename(number, "x" * 500).title == "x" * 200


def test_empty_title_is_refused(store: UserStore) -> None:
    number = add(store, "Question")
    with pytest.raises(Problem) as caught:
        store.conversations.rename(number, " \n ")
    assert caught.value.code == "chats.no_title"
    assert store.conversations.head(number).title == "Question"


def test_deleted_conversation_can_be_brought_back(store: UserStore) -> None:
    number = add(store, "Question about whales")
    store.conversations.delete(number)
    assert store.conversations.list() == []
    assert found(store, "whales") == []
    with pytest.raises(Problem):
        store.turns.messages(number)
    with pytest.raises(Problem):
        store.turns.begin("More", conversation=number)
    assert store.conversations.restore(number).id == number
    assert len(store.turns.messages(number)) == 2
    assert store.conversations.restore(number).id == number, "a second time does no harm"


def test_unknown_conversation_is_a_problem(store: UserStore) -> None:
    missing = ConversationId(7)
    actions = (
        lambda: store.conversations.head(missing),
        lambda: store.conversations.rename(missing, "x"),
        lambda: store.conversations.delete(missing),
        lambda: store.conversations.restore(missing),
        lambda: store.turns.messages(missing),
        lambda: store.turns.begin("x", conversation=missing),
    )
    for action in actions:
        with pytest.raises(Problem) as caught:
            action()
        assert caught.value.code == "chats.unknown"
    assert store.conversations.list() == []


def test_deleting_twice_is_a_problem(store: UserStore) -> None:
    number = add(store, "Question")
    store.conversations.delete(number)
    with pytest.raises(Problem):
        store.conversations.delete(number)


def test_naughty_strings_are_stored_and_searched(store: UserStore, yardsticks: Path) -> None:
    path = yardsticks / "agent" / "naughty_strings" / "blns.json"
    strings = [text for text in json.loads(path.read_text("utf-8")) if text.strip()]
    for text in strings:
        number = store.turns.begin(text).conversation
        assert store.turns.messages(number)[0].text == text
        store.conversations.list(text)
    assert len(store.conversations.list(limit=10_000)) == len(strings)


def test_title_is_cut_between_words() -> None:
    assert title_of("Short  question\nhere?") == "Short question here?"
    long = title_of("When does the rental agreement for the office in Harbour Street, Bergen, end and who told us?")
    assert long == "When does the rental agreement for the office in Harbour…"
    assert title_of("x" * 100) == "x" * 60 + "…"


def test_consent_to_a_host_is_kept_once_and_for_that_conversation_alone(store: UserStore) -> None:
    first, second = add(store, "First"), add(store, "Second")
    for host in ("models.example", "models.example", "10.0.0.7:8080"):
        store.conversations.consent(first, host)
    assert store.conversations.consents(first) == ["models.example", "10.0.0.7:8080"]
    assert store.conversations.consents(second) == []


def test_consent_needs_a_conversation(store: UserStore) -> None:
    with pytest.raises(Problem) as caught:
        store.conversations.consent(ConversationId(9), "models.example")
    assert caught.value.code == "chats.unknown"
    with pytest.raises(Problem) as caught:
        store.conversations.consents(ConversationId(9))
    assert caught.value.code == "chats.unknown"


def test_deleted_conversations_are_listed_last_deleted_first_until_they_are_back(store: UserStore) -> None:
    first, second, _kept = add(store, "First"), add(store, "Second"), add(store, "Third")
    store.conversations.delete(second)
    store.conversations.delete(first)
    heads = store.conversations.deleted()
    assert [head.id for head in heads] == [first, second]
    assert all(head.deleted_at > head.updated_at for head in heads)
    assert store.conversations.restore(second).deleted_at == 0
    assert [head.id for head in store.conversations.deleted()] == [first]


def test_only_a_deleted_conversation_can_be_removed_for_good(store: UserStore) -> None:
    ident = add(store, "First")
    with pytest.raises(Problem) as caught:
        store.conversations.erase(ident)
    assert caught.value.code == "chats.not_deleted"
    store.conversations.delete(ident)
    store.conversations.erase(ident)
    assert store.conversations.deleted() == []
    for gone in (store.conversations.erase, store.conversations.restore):
        with pytest.raises(Problem) as caught:
            gone(ident)
        assert caught.value.code == "chats.unknown"
