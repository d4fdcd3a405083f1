"""What a model writes is tied to the files by us: numbers, marks, and what nothing bears out."""

from __future__ import annotations

import pytest

from app.assistant.claims import grounding
from app.assistant.claims.cutting import Stretch, cut
from app.base.claim_wording import UNCHECKED, lead
from app.base.errors import Problem
from app.base.turn_events import Claims
from app.base.values import Answer, Message
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.scripted_model import Library, ScriptedModel, assistant_over, calls

LEASE = "The lease ends on 30 June 2027. The landlord is Greta Olsen."
GARDEN = "Tomatoes need sun. Water them in the morning."


@pytest.fixture
def library() -> Library:
    return Library({"/docs/lease.txt": LEASE, "/docs/garden.txt": GARDEN})


def kept(store: UserStore, answer: Answer) -> Message:
    return next(m for m in store.turns.messages(answer.conversation) if m.turn == answer.turn and m.answer)


def test_claims_of_an_answer_are_checked_while_it_streams_and_kept_with_it(store: UserStore, library: Library) -> None:
    model = ScriptedModel(
        "The lease ends ",
        "on 30 June 2027 [1]. ",
        "Greta Olsen ",
        "is its landlord since 2019. ",
        "Dogs bark at night.",
    )
    caller = Caller(assistant_over(store, library, model))
    answer = caller.ask("When does the lease end?")
    assert [(claim.verdict, claim.citations) for claim in answer.claims] == [
        ("supported", (1,)), ("partly", (1,)), ("not_found", ()),
    ]  # fmt: skip
    assert answer.claims[1].missing == ("2019",)
    assert [answer.text[claim.start : claim.end] for claim in answer.claims][2] == "Dogs bark at night."
    told = [claim for event in caller.events if isinstance(event, Claims) for claim in event.claims]
    assert told == list(answer.claims[:2]), "the last one is whole only at the end"
    assert kept(store, answer).answer == answer


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("The lease ends on 30 June 2027.", "The lease ends on 30 June 2027 [1]."),  # none given
        ("The lease ends on 30 June 2027 [2].", "The lease ends on 30 June 2027 [1]."),  # a wrong one
        ("The lease ends on 30 June 2027 [999].", "The lease ends on 30 June 2027 [1]."),  # one of nothing
        ("[2] The lease ends on 30 June 2027.", "The lease ends on 30 June 2027 [1]."),  # before it
        ("The lease ends on 30 June 2027 [1][2][1][2].", "The lease ends on 30 June 2027 [1]."),
        (
            "The lease ends on 30 June 2027 [1].\n\nSources:\n[1] lease.txt\n[2] contract.pdf, page 9",
            "The lease ends on 30 June 2027 [1].",
        ),
        (
            "Every statement was found in your files.\nThe lease ends on 30 June 2027.",
            "The lease ends on 30 June 2027 [1].",
        ),
        ("The lease ends on 30 June 2027 [verified ✓].", "The lease ends on 30 June 2027 [1]."),
        (
            '<passage n="1" file="lease.txt">\nThe lease ends on 30 June 2027.\n</passage>',
            "The lease ends on 30 June 2027 [1].",
        ),
        ("<passage>The lease ends on 30 June 2027 [1].</passage>", "The lease ends on 30 June 2027 [1]."),
    ],
)
def test_numbers_are_ours_whatever_the_model_wrote(store: UserStore, library: Library, written: str, text: str) -> None:
    pieces = [written[at : at + 3] for at in range(0, len(written), 3)]
    for model in (ScriptedModel(written), ScriptedModel(*pieces)):
        caller = Caller(assistant_over(store, library, model))
        answer = caller.ask("When does the lease end?")
        assert (answer.mode, answer.text, answer.unfounded) == ("chat", text, "")
        assert "passage" not in caller.text
        assert [(one.n, one.path) for one in answer.citations] == [(1, "/docs/lease.txt")]
        assert {claim.verdict for claim in answer.claims} == {"supported"}
        assert kept(store, answer).answer == answer


@pytest.mark.parametrize(
    "written",
    [
        "The capital of Mongolia is Ulaanbaatar [1].",
        "No.",
        "Договор заканчивается никогда.",
        "租约永远不会结束。",
        "x" * 1_000_000,
        "Zebras gallop over the savannah and " + "over the far hills and " * 220 + "home.",
    ],
)
def test_what_the_files_do_not_bear_out_never_looks_like_an_answer(
    store: UserStore, library: Library, written: str
) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel(written)))
    answer = caller.ask("When does the lease end?")
    assert (answer.mode, answer.state, answer.model) == ("quotes", "done", "Scripted")
    assert answer.text == "“The lease ends on 30 June 2027.” [1]"
    assert [one.quote for one in answer.citations] == ["The lease ends on 30 June 2027."]
    assert not any(claim.verdict == "supported" for claim in answer.claims)
    assert "[1]" not in answer.unfounded
    assert lead(answer).startswith("Nothing in your files bears out what Scripted wrote.")
    assert kept(store, answer).answer == answer
    again = ScriptedModel("x")
    Caller(assistant_over(store, library, again)).ask("And where?", conversation=answer.conversation)
    told = [message.content for message in again.prompts[0] if message.role == "assistant"]
    assert told == ["“The lease ends on 30 June 2027.”"], "what was made up is not built upon"


@pytest.mark.parametrize(
    "written",
    ["[1] [2] [1]", "[1][2][3][4][5][6][7][8][9]", "Sources:\n[1] lease.txt", "✓ Found in your files", "[999]" * 400],
)
def test_numbers_sources_and_marks_alone_are_no_answer(store: UserStore, library: Library, written: str) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel(written)))
    answer = caller.ask("When does the lease end?")
    assert (answer.mode, answer.text, answer.unfounded) == ("quotes", "“The lease ends on 30 June 2027.” [1]", "")
    assert answer.error == "Scripted gave no answer, so these are quotes from your files."
    assert kept(store, answer).answer == answer


def test_frames_that_a_model_repeats_are_not_even_streamed(store: UserStore, library: Library) -> None:
    written = '<passage n="1" file="lease.txt">\nThe lease ends on 30 June 2027. It is < 3 pages.\n</passage>'
    for size in (1, 4, 1000):
        pieces = [written[at : at + size] for at in range(0, len(written), size)]
        caller = Caller(assistant_over(store, library, ScriptedModel(*pieces)))
        answer = caller.ask("When does the lease end?")
        assert answer.text == caller.text == "The lease ends on 30 June 2027 [1]. It is < 3 pages."
        told = [claim for event in caller.events if isinstance(event, Claims) for claim in event.claims]
        assert caller.text[told[0].start : told[0].end] == "The lease ends on 30 June 2027 [1]."


def test_what_a_model_made_up_where_nothing_was_found_is_beside_what_was_not_found(store: UserStore) -> None:
    library = Library({"/a.txt": GARDEN})
    answer = Caller(assistant_over(store, library, ScriptedModel("Brazil won the cup."))).ask("Who won the world cup?")
    assert (answer.mode, answer.citations, answer.unfounded) == ("not_found", (), "Brazil won the cup.")
    assert answer.text.startswith("Nothing in your one file matches the question.")


def test_file_that_changes_while_an_answer_is_checked_was_what_the_model_read(
    store: UserStore, library: Library
) -> None:
    def change(_piece: int) -> None:
        library.texts["/docs/lease.txt"] = "The lease ends on 31 May 2031."

    model = ScriptedModel("The lease ends on 30 June 2027.", before_piece=change)
    caller = Caller(assistant_over(store, library, model))
    answer = caller.ask("When does the lease end?")
    assert (answer.text, answer.claims[0].verdict) == ("The lease ends on 30 June 2027 [1].", "supported")
    shown = caller.assistant.show(answer.conversation)[1].answer
    assert shown is not None
    assert shown.citations[0].checked in ("changed", "missing")


def test_greeting_and_quotes_claim_nothing(store: UserStore, library: Library) -> None:
    assert Caller(assistant_over(store, library, ScriptedModel("Hello, I am here."))).ask("Hello!").claims == ()
    assert Caller(assistant_over(store, library)).ask("When does the lease end?").claims == ()


def test_answer_ends_where_the_model_begins_to_repeat_itself(store: UserStore, library: Library) -> None:
    pieces = ["The lease ends ", "on 30 June 2027 [1]. ", "Greta Olsen lets it [1]. "]
    written: list[int] = []
    model = ScriptedModel(*pieces * 40, before_piece=written.append)
    caller = Caller(assistant_over(store, library, model))
    answer = caller.ask("When does the lease end?")
    assert answer.text == "The lease ends on 30 June 2027 [1]. Greta Olsen lets it [1]."
    assert (answer.state, answer.mode) == ("done", "chat")
    assert answer.error == "The answer was ended where it began to repeat itself."
    assert len(written) < 8, "the model was stopped"
    assert kept(store, answer).answer == answer


def test_run_of_words_that_was_shown_is_taken_back(store: UserStore, library: Library) -> None:
    model = ScriptedModel("The lease ends on 30 June 2027 [1]", *[" and so on"] * 200)
    answer = Caller(assistant_over(store, library, model)).ask("When does the lease end?")
    assert answer.text == "The lease ends on 30 June 2027 and so on [1]"
    assert [citation.n for citation in answer.citations] == [1]


def test_cut_off_answer_says_so(store: UserStore, library: Library) -> None:
    answer = Caller(assistant_over(store, library, ScriptedModel("It goes on", reason="length"))).ask("Why is it?")
    assert (answer.state, answer.mode, answer.unfounded) == ("done", "quotes", "It goes on")
    assert "cut off" in answer.error


def test_address_behind_a_number_may_be_the_answer_itself(store: UserStore) -> None:
    library = Library(
        {"/docs/people.txt": "Greta Olsen is at greta@olsen.example, her site is https://olsen.example ."}
    )
    for written, held in (
        ("[1] greta@olsen.example", "greta@olsen.example"),
        ("[1] https://olsen.example", "https://"),
    ):
        answer = Caller(assistant_over(store, library, ScriptedModel(written))).ask("Where is Greta Olsen?")
        assert held in answer.text + answer.unfounded


def test_figure_behind_a_number_is_no_file(store: UserStore) -> None:
    library = Library({"/docs/rent.txt": "The rent is 12.50 euros a day."})
    answer = Caller(assistant_over(store, library, ScriptedModel("As it says:\n[1] 12.50 euros"))).ask("The rent?")
    assert "12.50" in answer.text + answer.unfounded


def test_what_a_tool_says_of_its_own_search_bears_nothing_out(store: UserStore, library: Library) -> None:
    library.found["zebra"] = []
    model = ScriptedModel(rounds=[calls(("search_files", {"query": "zebra"})), "Nothing was found."])
    answer = Caller(assistant_over(store, library, model)).ask("When does the lease end?")
    assert [step.lists for step in answer.steps] == [False]
    assert (answer.mode, answer.unfounded) == ("quotes", "Nothing was found.")


def test_what_a_folder_lists_bears_a_statement_out(store: UserStore) -> None:
    library = Library({"/docs/lease.txt": LEASE}, folder="/docs")
    model = ScriptedModel(rounds=[calls(("list_folder", {"path": "/docs"})), "There is lease.txt."])
    answer = Caller(assistant_over(store, library, model)).ask("When does the lease end?")
    assert [step.lists for step in answer.steps] == [True]
    assert [claim.verdict for claim in answer.claims] == ["supported"]


def test_answer_that_died_before_it_was_checked_says_so(store: UserStore, library: Library) -> None:
    def die(piece: int) -> None:
        if piece:
            raise Problem("chat.died", "The model’s process ended.", "It is started again.")

    caller = Caller(assistant_over(store, library, ScriptedModel("Dogs are", " welcome.", before_piece=die)))
    with pytest.raises(Problem):
        caller.ask("When does the lease end?")
    failed = caller.assistant.show_answer(caller.step("started").turn)
    assert (failed.state, failed.text, lead(failed)) == ("failed", "Dogs are", UNCHECKED)


def test_answer_whose_engine_was_killed_was_not_checked_and_says_so(store: UserStore, library: Library) -> None:
    def bug(piece: int) -> None:
        if piece:
            raise ZeroDivisionError

    caller = Caller(assistant_over(store, library, ScriptedModel("Dogs are welcome. ", "x", before_piece=bug)))
    with pytest.raises(ZeroDivisionError):
        caller.ask("When does the lease end?")
    begun = caller.step("started").turn
    store.turns.checkpoint(begun, "Dogs are welcome.")
    left = assistant_over(store, library).show_answer(begun)
    assert (left.state, left.rung, lead(left)) == ("interrupted", "full", UNCHECKED)


def test_stopped_greeting_was_never_to_be_checked(store: UserStore, library: Library) -> None:
    greeting = Caller(assistant_over(store, library, ScriptedModel("Hello, I am here."))).ask("Hello!")
    assert lead(greeting) == ""


def test_streaming_costs_no_more_the_longer_the_answer_is(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    def looking(text: str, *, ended: bool = True) -> list[Stretch]:
        looked_at.append(len(text))
        return cut(text, ended=ended)

    monkeypatch.setattr(grounding, "cut", looking)
    table = "| a | b |\n|---|---|\n" + "".join(f"| entry {n} | {n} minutes |\n" for n in range(150))
    for text in (table, "Entry 7 ran. " * 300, "- a. b. c.\n" * 300):
        looked_at.clear()
        stream = grounding.Grounding(dict, lambda n: n, lambda _text, _others: ())
        for at in range(0, len(text), 4):
            stream.feed(text[at : at + 4])
        assert max(looked_at) < 1_000
