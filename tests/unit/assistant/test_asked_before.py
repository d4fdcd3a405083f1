"""The same asked before: the earlier answer is given once more, as long as it holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.base.claim_wording import earlier_note
from app.base.turn_events import Claims, Delta
from app.base.values import Answer
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.scripted_model import Calls, Library, Refused, ScriptedModel, assistant_over, calls

LEASE = "The lease ends on 30 June 2027. The landlord is Greta Olsen."
GARDEN = "Tomatoes need sun. Water them in the morning."
QUESTION = "When does the lease end?"


@pytest.fixture
def library() -> Library:
    return Library({"/docs/lease.txt": LEASE, "/docs/garden.txt": GARDEN})


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel("The lease ends ", "on 30 June 2027 [1].")


@pytest.fixture
def ask(store: UserStore, library: Library, model: ScriptedModel) -> Callable[..., Answer]:
    """Asks, in a conversation of its own."""

    def ask(question: str = QUESTION, *, anew: bool = False, **more: object) -> Answer:
        return Caller(assistant_over(store, library, model)).ask(question, None, anew=anew, **more)

    return ask


def test_answer_is_given_once_more_at_once_and_says_from_when_it_is(
    store: UserStore, library: Library, model: ScriptedModel, ask: Callable[..., Answer]
) -> None:
    first = ask()
    caller = Caller(assistant_over(store, library, model))
    again = caller.ask("Tell me when the lease ends, please", anew=False)
    assert len(model.prompts) == 1, "nobody has written it"
    assert (again.text, again.citations, again.claims) == (first.text, first.citations, first.claims)
    assert (again.mode, again.model, again.state, again.rung) == ("chat", "Scripted", "done", "full")
    assert again.reused is not None
    assert again.reused.turn == first.turn
    assert earlier_note(again).startswith("You asked this before: the answer is of ")
    assert earlier_note(first) == ""
    assert caller.text == again.text
    assert any(isinstance(event, Delta) for event in caller.events)
    assert not any(isinstance(event, Claims) for event in caller.events)
    (_, message) = store.turns.messages(again.conversation)
    assert message.answer == again
    assert again.coverage.matching == first.coverage.matching


def test_answer_that_was_itself_given_once_more_leads_to_the_first(ask: Callable[..., Answer]) -> None:
    first = ask()
    ask()
    third = ask()
    assert third.reused is not None
    assert third.reused.turn == first.turn


def test_another_question_is_answered_anew(model: ScriptedModel, ask: Callable[..., Answer]) -> None:
    ask()
    for question in ("When does the lease not end?", "When does the lease start?", "When does the lease end in 2028?"):
        assert ask(question).reused is None
    assert len(model.prompts) == 4


def test_person_can_have_it_written_anew(store: UserStore, ask: Callable[..., Answer]) -> None:
    first = ask()
    assert ask(anew=True).reused is None
    again = ask("", conversation=first.conversation, again=first.turn)
    assert again.reused is None


def change_the_file(library: Library) -> None:
    library.texts["/docs/lease.txt"] = LEASE.replace("30 June 2027", "1 May 2028")


def add_a_better_file(library: Library) -> None:
    library.texts = {"/docs/new lease.txt": "The new lease ends on 1 May 2030.", **library.texts}


def remove_the_file(library: Library) -> None:
    del library.texts["/docs/lease.txt"]


@pytest.mark.parametrize("change", [change_the_file, add_a_better_file, remove_the_file])
def test_change_of_what_it_rests_on_makes_it_stale(
    library: Library, model: ScriptedModel, ask: Callable[..., Answer], change: Callable[[Library], None]
) -> None:
    ask()
    change(library)
    assert ask().reused is None
    assert len(model.prompts) == 2


def test_file_that_ranks_below_all_that_was_used_changes_nothing(library: Library, ask: Callable[..., Answer]) -> None:
    ask()
    library.texts["/docs/zoo.txt"] = "The zoo opens at nine."
    assert ask().reused is not None


def test_other_scope_is_another_question(ask: Callable[..., Answer]) -> None:
    ask()
    assert ask(scope=["/docs/lease.txt"]).reused is None


def test_thumb_down_takes_it_out(store: UserStore, ask: Callable[..., Answer]) -> None:
    first = ask()
    store.ratings.rate(first.turn, "down", "")
    assert ask().reused is None


def test_deleted_conversation_answers_nothing(store: UserStore, ask: Callable[..., Answer]) -> None:
    store.conversations.delete(ask().conversation)
    assert ask().reused is None


def test_other_model_writes_its_own(store: UserStore, library: Library, ask: Callable[..., Answer]) -> None:
    ask()
    other = ScriptedModel("It ends on 30 June 2027 [1].")
    other.name = "Another"
    assert Caller(assistant_over(store, library, other)).ask(QUESTION, anew=False).reused is None


def test_other_profile_writes_its_own(store: UserStore, library: Library, ask: Callable[..., Answer]) -> None:
    ask()
    plain = ScriptedModel("It ends on 30 June 2027 [1].")
    plain.profile = "plain"
    assert Caller(assistant_over(store, library, plain)).ask(QUESTION, anew=False).reused is None


def test_what_the_files_do_not_bear_out_is_not_given_again(store: UserStore, library: Library) -> None:
    model = ScriptedModel("Whales sing at night.")
    caller = Caller(assistant_over(store, library, model))
    assert caller.ask(QUESTION, anew=False).unfounded
    assert caller.ask(QUESTION, anew=False).reused is None


def test_answer_that_needed_tools_is_written_anew(store: UserStore, library: Library) -> None:
    rounds: list[str | Calls | Refused] = [
        calls(("search_files", {"query": "landlord"})),
        "The lease ends on 30 June 2027 [1].",
    ]
    model = ScriptedModel(rounds=rounds)
    caller = Caller(assistant_over(store, library, model))
    assert caller.ask(QUESTION, anew=False).steps
    assert caller.ask(QUESTION, anew=False).reused is None


def test_follow_up_that_took_its_subject_from_before_is_no_question_of_its_own(
    store: UserStore, ask: Callable[..., Answer]
) -> None:
    first = ask("When does the lease of the flat end?")
    ask("and the landlord?", conversation=first.conversation)
    assert ask("and the landlord?").reused is None


def test_quotes_are_always_made_anew(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    assert caller.ask(QUESTION, anew=False).reused is None
    assert caller.ask(QUESTION, anew=False).reused is None
