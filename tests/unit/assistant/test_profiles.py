"""How much is asked of a model: what each profile is given, and what it is not."""

from __future__ import annotations

import pytest

from app.base.aptitude import Profile
from app.base.calls import Ask
from app.base.values import Answer
from app.store.user import UserStore
from tests.support.scripted_model import Calls, Library, Never, Refused, ScriptedModel, assistant_over

TEXTS = {
    "/lease.txt": "The lease renews on 31 March 2027. Rent is due monthly.",
    "/cat.txt": "The lease of the cat cafe is another matter.",
    "/boat.txt": "The boat lease ended in 2019.",
    "/bike.txt": "A bike lease costs 20 euros.",
}


def asked(
    store: UserStore, profile: Profile, question: str = "When does the lease renew?"
) -> tuple[ScriptedModel, Answer]:
    model = ScriptedModel("The lease renews on 31 March 2027.")
    model.profile = profile
    answer = assistant_over(store, Library(TEXTS), model).ask(Ask(question=question), lambda _: None, Never())
    return model, answer


def test_full_model_gets_tools_and_all_passages(store: UserStore) -> None:
    model, _ = asked(store, "full")
    assert model.tools[0]
    assert model.prompts[0][-1].content.count("<passage ") == 4


def test_plain_model_gets_short_instructions_few_passages_and_no_tools(store: UserStore) -> None:
    full, _ = asked(store, "full")
    plain, answer = asked(store, "plain")
    assert plain.tools == [()]
    assert plain.prompts[0][-1].content.count("<passage ") == 3
    assert len(plain.prompts[0][0].content) < len(full.prompts[0][0].content) / 3
    assert answer.mode == "chat"


def test_reader_gets_the_sentence_that_answers_and_nothing_else(store: UserStore) -> None:
    model, answer = asked(store, "reader")
    (prompt,) = model.prompts
    assert "The lease renews on 31 March 2027." in prompt[-1].content
    assert "Rent" not in prompt[-1].content
    assert "cat" not in prompt[-1].content
    assert answer.mode == "chat"
    assert answer.coverage.files[0].path == "/lease.txt"


def test_reader_is_not_asked_what_the_files_do_not_say(store: UserStore) -> None:
    model, answer = asked(store, "reader", "Who painted the Sistine Chapel?")
    assert (model.prompts, answer.mode) == ([], "not_found")


@pytest.mark.parametrize("question", ["When does the lease renew?", "Hello!"])
def test_model_that_is_fit_for_nothing_writes_nothing(store: UserStore, question: str) -> None:
    model, answer = asked(store, "quotes", question)
    assert model.prompts == []
    assert answer.mode in ("quotes", "not_found")


def rungs(store: UserStore, *rounds: str | Calls | Refused, profile: Profile = "full") -> tuple[ScriptedModel, Answer]:
    model = ScriptedModel(rounds=rounds)
    model.profile = profile
    ask = Ask(question="When does the lease renew?")
    return model, assistant_over(store, Library(TEXTS), model).ask(ask, lambda _: None, Never())


RENEWS = "The lease renews on 31 March 2027 [1]."


def test_answer_says_which_profile_wrote_it(store: UserStore) -> None:
    _, answer = rungs(store, RENEWS, profile="plain")
    assert answer.rung == "plain"
    assert store.turns.answer(answer.turn).rung == "plain"


def test_answer_in_quotes_says_so(store: UserStore) -> None:
    answer = assistant_over(store, Library(TEXTS)).ask(
        Ask(question="When does the lease renew?"), lambda _: None, Never()
    )
    assert (answer.mode, answer.rung) == ("quotes", "quotes")


@pytest.mark.parametrize(
    "failure", ["", "When does the lease renew?", "the the " * 60, Refused(("no such tool",), text="Let me see.")]
)
def test_model_that_comes_to_nothing_is_asked_less(store: UserStore, failure: str | Refused) -> None:
    tries = [failure, failure] if isinstance(failure, Refused) else [failure]
    model, answer = rungs(store, *tries, RENEWS)
    assert (answer.rung, answer.mode, answer.error) == ("plain", "chat", "")
    assert answer.text.startswith("The lease renews on 31 March 2027")
    assert "the the" not in answer.text
    assert "Let me see" not in answer.text
    assert model.tools[-1] == ()


def test_ladder_ends_in_quotes(store: UserStore) -> None:
    model, answer = rungs(store, "")
    assert len(model.prompts) == 3
    assert (answer.mode, answer.rung) == ("quotes", "quotes")
    assert "31 March 2027" in answer.text
    assert "gave no answer, so these are quotes" in answer.error


def test_reader_that_only_says_the_question_again_is_passed_over(store: UserStore) -> None:
    model, answer = rungs(store, "When does the lease renew?", profile="reader")
    assert len(model.prompts) == 1
    assert (answer.mode, answer.rung) == ("quotes", "quotes")


@pytest.mark.parametrize(
    ("profile", "question", "most"),
    [
        ("plain", "When does the lease renew?", 160), ("plain", "Wann endet der Mietvertrag, the lease?", 160),
        ("plain", "Tell me about the lease.", 320), ("reader", "When does the lease renew?", 96),
        ("full", "When does the lease renew?", 768),
    ],
)  # fmt: skip
def test_answer_may_be_as_long_as_its_question_deserves(
    store: UserStore, profile: Profile, question: str, most: int
) -> None:
    model, _ = asked(store, profile, question)
    assert model.max_tokens == [most]
