"""No secret goes to a server, and the person sees what was masked."""

from __future__ import annotations

from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.scripted_model import Library, ScriptedModel, assistant_over, calls

CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
NOTES = f"The rent is paid by card {CARD} from the account {IBAN}. The landlord is Greta Olsen."


def on_a_server(*pieces: str, **more: object) -> ScriptedModel:
    model = ScriptedModel(*pieces, **more)  # type: ignore[arg-type]
    model.local, model.host = False, "models.example"
    return model


def test_secrets_of_files_are_masked_and_told(store: UserStore) -> None:
    model = on_a_server("The landlord is Greta Olsen [1].")
    caller = Caller(assistant_over(store, Library({"/docs/notes.txt": NOTES}), model))
    answer = caller.ask("Who is the landlord?", consent=True)
    sent = str(model.prompts)
    assert CARD not in sent
    assert IBAN not in sent
    assert "[masked: card number]" in sent
    (step,) = answer.steps
    assert step.title == "Masked 1 account number and 1 card number before anything went to models.example"
    assert (answer.text, answer.citations[0].quote) == (
        "The landlord is Greta Olsen [1].", "The landlord is Greta Olsen.",
    )  # fmt: skip
    kept = store.turns.messages(answer.conversation)[1].answer
    assert kept is not None
    assert kept.steps == (step,)


def test_what_the_person_types_and_what_tools_find_is_masked_too(store: UserStore) -> None:
    library = Library({"/docs/a.txt": "The landlord is Greta Olsen.", "/docs/b.txt": f"It is {CARD}."})
    library.found["Is my password: hunter22! safe?"] = ["/docs/a.txt"]
    library.found["card"] = ["/docs/b.txt"]
    rounds = [calls(("search_files", {"query": "card"})), "The landlord is Greta Olsen [1]."]
    model = on_a_server(rounds=rounds)
    answer = Caller(assistant_over(store, library, model)).ask("Is my password: hunter22! safe?", consent=True)
    assert "hunter22" not in str(model.prompts)
    assert CARD not in str(model.prompts)
    assert [step.name for step in answer.steps] == ["mask", "search_files", "mask"]
    assert "1 card number and 1 password" in answer.steps[-1].title


def test_model_of_this_computer_reads_all_of_it(store: UserStore) -> None:
    model = ScriptedModel("The landlord is Greta Olsen [1].")
    answer = Caller(assistant_over(store, Library({"/docs/notes.txt": NOTES}), model)).ask("Who is the landlord?")
    assert CARD in str(model.prompts)
    assert answer.steps == ()


def test_nothing_is_told_where_nothing_was_masked(store: UserStore) -> None:
    model = on_a_server("The landlord is Greta Olsen [1].")
    library = Library({"/docs/a.txt": "The landlord is Greta Olsen."})
    assert Caller(assistant_over(store, library, model)).ask("Who is it?", consent=True).steps == ()
