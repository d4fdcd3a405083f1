from __future__ import annotations

from pathlib import Path

import pytest

from app.assistant.follow_ups.resolver import pin
from app.base.values import Answer
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.scripted_model import Library, ScriptedModel, assistant_over, document

KASTANIEN = (
    "The flat in Kastanienallee. The deposit is 1,950 euros. The notice period is three months. No dogs allowed."
)
HAFEN = "The flat in Hafenweg. The deposit is 2,400 euros. The notice period is six weeks. Dogs are allowed."
CHAIN = ("What is the deposit for the flat in Kastanienallee?", "and the notice period?", "and are dogs allowed?")


@pytest.fixture
def library() -> Library:
    return Library({"/docs/kastanienallee.md": KASTANIEN, "/docs/hafenweg.md": HAFEN})


def asked(caller: Caller, *questions: str) -> Answer:
    """The answer to the last of some questions of one conversation."""
    answer = caller.ask(questions[0])
    for question in questions[1:]:
        answer = caller.ask(question, conversation=answer.conversation)
    return answer


@pytest.mark.parametrize("writes", [False, True], ids=["quotes", "chat"])
def test_follow_up_is_searched_with_its_subject_and_says_so(store: UserStore, library: Library, writes: bool) -> None:
    model = ScriptedModel("Yes [1].") if writes else None
    answer = asked(Caller(assistant_over(store, library, model)), *CHAIN)
    assert answer.query == "dogs allowed flat Kastanienallee"
    assert [query for query, _ in library.queries] == [
        CHAIN[0], "notice period flat Kastanienallee", "dogs allowed flat Kastanienallee",
    ]  # fmt: skip
    search = store.turns.trace(answer.turn).search
    assert search is not None
    assert (search.query, search.carried) == ("dogs allowed flat Kastanienallee", "flat Kastanienallee")
    assert search.why == "It goes on with “and”."


def test_model_is_given_the_passages_of_the_carried_query(store: UserStore, library: Library) -> None:
    model = ScriptedModel("Three months [1].")
    library.found = {CHAIN[0]: ["/docs/hafenweg.md"], "notice period flat Kastanienallee": ["/docs/kastanienallee.md"]}
    asked(Caller(assistant_over(store, library, model)), *CHAIN[:2])
    assert "three months" in model.prompts[-1][-1].content
    assert "six weeks" not in model.prompts[-1][-1].content


def test_numbered_source_is_read_alone_and_is_a_limit_to_take_away(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    first = asked(caller, *CHAIN)
    second = next(one.path for one in first.citations if one.n == 2)
    answer = caller.ask("the second one?", conversation=first.conversation)
    assert (answer.query, library.queries[-1]) == ("dogs allowed", ("dogs allowed", (second,)))
    assert answer.filters == (pin(second),)
    assert {one.path for one in answer.citations} == {second}
    wider = caller.ask("", conversation=first.conversation, again=answer.turn, without=[pin(second).key])
    assert (library.queries[-1], wider.filters) == (("dogs allowed", ()), ())
    assert caller.ask("and the deposit?", conversation=first.conversation).filters == ()


def test_numbered_source_outside_of_the_scope_is_not_looked_into(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    first = asked(caller, *CHAIN)
    second = next(one.path for one in first.citations if one.n == 2)
    (other,) = {path for path in library.texts if path != second}
    answer = caller.ask("the second one?", conversation=first.conversation, scope=[other])
    assert (library.queries[-1][1], answer.filters) == ((other,), ())


def test_attached_file_that_is_pointed_to_is_read_alone(store: UserStore, library: Library) -> None:
    library.attached = {"/x/a.md": document("Dogs are allowed."), "/x/b.md": document("No dogs are allowed here.")}
    caller = Caller(assistant_over(store, library))
    first = caller.ask("Are dogs allowed?", attachments=["/x/a.md", "/x/b.md"])
    second = next(one.path for one in first.citations if one.n == 2)
    answer = caller.ask("the second one?", conversation=first.conversation)
    assert {one.path for one in answer.citations} == {second}
    assert library.queries == []


def test_answer_asked_for_again_goes_by_the_same_rules(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    asked(caller, *CHAIN)
    last = store.turns.messages(store.conversations.list()[0].id)
    for turn, query in ((last[3].turn, "notice period flat Kastanienallee"), (last[1].turn, CHAIN[0])):
        again = caller.ask("", conversation=store.conversations.list()[0].id, again=turn)
        assert again.query == query


def test_next_question_goes_on_from_the_edited_query_after_a_restart(tmp_path: Path, library: Library) -> None:
    store = UserStore.open(tmp_path / "again.db")
    caller = Caller(assistant_over(store, library))
    first = asked(caller, *CHAIN[:2])
    edited = caller.ask("", conversation=first.conversation, again=first.turn, query="notice period flat in Hafenweg")
    assert edited.query == "notice period flat in Hafenweg"
    search = store.turns.trace(edited.turn).search
    assert search is not None
    assert search.why == "The person wrote it."
    store.close()
    store = UserStore.open(tmp_path / "again.db")
    answer = Caller(assistant_over(store, library)).ask(CHAIN[2], conversation=first.conversation)
    assert answer.query == "dogs allowed Hafenweg"
    store.close()


def test_more_shows_what_was_not_cited_yet(store: UserStore) -> None:
    texts = {f"/docs/{n}.md": f"Dogs are allowed in house number {n}, says page {n}." for n in "abcdefgh"}
    library = Library(texts)
    caller = Caller(assistant_over(store, library))
    first = caller.ask("Where are dogs allowed?")
    more = caller.ask("anything else?", conversation=first.conversation)
    assert more.citations
    assert not {one.path for one in first.citations} & {one.path for one in more.citations}


def test_small_talk_is_not_searched_where_a_model_answers(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel("Welcome.")))
    first = asked(caller, *CHAIN[:2])
    assert caller.ask("thanks", conversation=first.conversation).query == ""
    assert caller.ask("and are dogs allowed?", conversation=first.conversation).query == (
        "dogs allowed flat Kastanienallee"
    )
