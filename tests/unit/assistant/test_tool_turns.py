from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.assistant.ports import Retrieved
from app.assistant.prompt import Prompts, tools_for
from app.assistant.tools.toolbox import LIMIT, MOST_CALLS, find_tools
from app.base.errors import Problem
from app.base.paths import resources
from app.base.turn_events import Delta, Step
from app.base.values import Answer
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.scripted_model import Library, Refused, ScriptedModel, assistant_over, calls

LEASE = "The lease ends on 30 June 2027. The landlord is Greta Olsen."
GARDEN = "Tomatoes need sun. Water them in the morning."
BOAT = "The boat is moored at pier seven. It is painted green."
QUESTION = "Where is the boat and when does the lease end?"
_PROMPTS = Prompts.load(resources() / "prompts")
SPECS = tuple(tool.spec for tool in tools_for(_PROMPTS, ScriptedModel(), find_tools()))


@pytest.fixture
def library() -> Library:
    """A first search finds the lease alone."""
    library = Library({"/docs/lease.txt": LEASE, "/docs/garden.txt": GARDEN, "/docs/boat.txt": BOAT})
    library.found = {QUESTION: ["/docs/lease.txt"], "boat": ["/docs/boat.txt"], "zebra": []}
    return library


def answer_on_disk(store: UserStore, answer: Answer) -> Answer:
    found = store.turns.messages(answer.conversation)[-1].answer
    assert found is not None
    return found


def test_model_looks_further_and_cites_what_it_found(store: UserStore, library: Library) -> None:
    model = ScriptedModel(
        rounds=[calls(("search_files", {"query": "boat"})), "At pier seven [2]; it ends on 30 June 2027 [1]."]
    )
    caller = Caller(assistant_over(store, library, model))
    answer = caller.ask(QUESTION)
    assert (answer.mode, answer.state) == ("chat", "done")
    assert answer.text == "At pier seven; it ends on 30 June 2027 [1][2]." == caller.text
    assert [(one.n, one.path, one.quote) for one in answer.citations] == [
        (1, "/docs/lease.txt", "The lease ends on 30 June 2027."),
        (2, "/docs/boat.txt", "The boat is moored at pier seven."),
    ]
    assert [file.path for file in answer.coverage.files] == ["/docs/lease.txt", "/docs/boat.txt"]
    running, done = caller.tools()
    assert (running.state, running.title) == ("running", "Searching “boat”")
    assert (done.state, done.title, done.passages) == ("done", "Searched “boat”", 1)
    assert answer.steps == (done,)
    assert caller.steps() == ["started", "searching", "found", "reading", "tool", "reading", "generating"]
    assert answer_on_disk(store, answer) == answer


def test_prompt_only_grows_over_calls_and_turns(store: UserStore, library: Library) -> None:
    model = ScriptedModel(
        rounds=[
            calls(("search_files", {"query": "boat"}), ("list_folder", {"path": "/docs"}), text="I look. "),
            "At pier seven [2].",
            calls(("read_file", {"path": "garden.txt"})),
            "In the morning [3]. It is painted green [2].",
            "Yes.",
        ]
    )
    caller = Caller(assistant_over(store, library, model))
    first = caller.ask(QUESTION)
    assert first.text == "I look. \n\nAt pier seven [2]."
    library.found["When do I water the tomatoes?"] = ["/docs/lease.txt"]
    second = caller.ask("When do I water the tomatoes?", conversation=first.conversation)
    caller.ask("Is that so?", conversation=first.conversation)
    for shorter, longer in zip(model.prompts, model.prompts[1:], strict=False):
        assert longer[: len(shorter)] == shorter
    assert all(tools == SPECS for tools in model.tools), "other tools would have it all read again"
    roles = [message.role for message in model.prompts[-1]]
    assert roles == ["system", "user", "assistant", "tool", "tool", "assistant", "user", "assistant", "tool",
                     "assistant", "user"]  # fmt: skip
    assert model.prompts[-1][5].content == "At pier seven [2].", "with the numbers that the model knows"
    assert second.text == "In the morning [2]. It is painted green [3]."
    assert [(one.n, one.path) for one in second.citations] == [(2, "/docs/garden.txt"), (3, "/docs/boat.txt")]
    assert second.citations[1].quote == "It is painted green.", "bound by value to what turn 1 was sent"


def test_call_after_the_last_is_not_made_and_the_model_is_told_to_answer(store: UserStore, library: Library) -> None:
    searches = [calls(("search_files", {"query": f"word {n}"})) for n in range(MOST_CALLS + 1)]
    model = ScriptedModel(rounds=[*searches, "The lease ends in June [1]."])
    caller = Caller(assistant_over(store, library, model))
    answer = caller.ask(QUESTION)
    assert (answer.state, answer.text, len(answer.steps)) == ("done", "The lease ends in June [1].", MOST_CALLS)
    assert model.prompts[-1][-1].content == LIMIT
    assert model.tools == [SPECS] * (MOST_CALLS + 2)


def test_model_that_will_not_stop_calling_loses_its_tools_and_then_is_quoted_for(
    store: UserStore, library: Library
) -> None:
    model = ScriptedModel(rounds=[calls(("search_files", {"query": "boat"}))])
    answer = Caller(assistant_over(store, library, model)).ask(QUESTION)
    assert (answer.mode, answer.state) == ("quotes", "done")
    assert "gave no answer" in answer.error
    assert "The lease ends on 30 June 2027." in answer.text
    assert {file.path for file in answer.coverage.files} == {"/docs/lease.txt", "/docs/boat.txt"}
    assert model.tools[-1] == ()
    assert [bool(offered) for offered in model.tools] == [True] * (MOST_CALLS + 2) + [False] * 3, (
        "at last it was asked less, twice"
    )
    assert [step.state for step in answer.steps] == ["done", *["failed"] * (MOST_CALLS - 1)], (
        "the same call again is only told so"
    )


def test_several_calls_at_once_are_all_answered_in_their_order(store: UserStore, library: Library) -> None:
    many = calls(*[("search_files", {"query": f"word {n}"}) for n in range(MOST_CALLS + 2)])
    model = ScriptedModel(rounds=[many, "Done [1]."])
    answer = Caller(assistant_over(store, library, model)).ask(QUESTION)
    tools = [message for message in model.prompts[-1] if message.role == "tool"]
    assert [message.call_id for message in tools] == [f"call{n}" for n in range(1, MOST_CALLS + 3)]
    assert [message.content == LIMIT for message in tools] == [False] * MOST_CALLS + [True] * 2
    assert len(answer.steps) == MOST_CALLS


@pytest.mark.parametrize(
    "bad",
    [
        Refused(("“speed” is no argument of search_files",)),
        Refused(cut="search_files"),
        Refused(("no such tool",), text="Hm. "),
    ],
)
def test_call_that_was_not_accepted_is_told_once(store: UserStore, library: Library, bad: Refused) -> None:
    model = ScriptedModel(rounds=[bad, "It ends in June [1]."])
    answer = Caller(assistant_over(store, library, model)).ask(QUESTION)
    assert answer.text.endswith("It ends in June [1].")
    assert model.prompts[1][-1].role == "user"
    assert "was not made" in model.prompts[1][-1].content
    stubborn = ScriptedModel(rounds=[bad])
    again = Caller(assistant_over(store, library, stubborn)).ask(QUESTION)
    assert sum("was not made" in prompt[-1].content for prompt in stubborn.prompts) == 1
    assert again.state == "done"


def test_nothing_found_at_first_is_looked_for_further(store: UserStore, library: Library) -> None:
    library.found["Where is my ship?"] = []
    model = ScriptedModel(rounds=[calls(("search_files", {"query": "boat"})), "At pier seven [1]."])
    answer = Caller(assistant_over(store, library, model)).ask("Where is my ship?")
    assert (answer.mode, answer.text) == ("chat", "At pier seven [1].")
    assert [one.path for one in answer.citations] == ["/docs/boat.txt"]


def test_model_that_looked_and_found_nothing_is_believed(store: UserStore, library: Library) -> None:
    model = ScriptedModel(rounds=[calls(("search_files", {"query": "zebra"})), "I did not find this in your files."])
    answer = Caller(assistant_over(store, library, model)).ask(QUESTION)
    assert (answer.mode, answer.citations) == ("not_found", ())


def test_tiny_window_gets_no_tools(store: UserStore, library: Library) -> None:
    model = ScriptedModel("Yes [1].", context=1024)
    answer = Caller(assistant_over(store, library, model)).ask(QUESTION)
    assert (answer.state, model.tools) == ("done", [()])
    assert "search_files" not in model.prompts[0][0].content


def test_results_keep_within_a_small_window(store: UserStore, library: Library) -> None:
    library.texts["/docs/long.txt"] = "This is one of many sentences. " * 900
    reads = [calls(("read_file", {"path": "/docs/long.txt", "from": n})) for n in (1, 1, 1)]
    model = ScriptedModel(rounds=[calls(("search_files", {"query": "many"})), *reads, "Done [1]."], context=2600)
    answer = Caller(assistant_over(store, library, model)).ask(QUESTION)
    assert answer.state == "done"
    for prompt in model.prompts:
        assert sum(model.count([message.content for message in prompt])) + model.max_tokens[0] <= 2600


def test_stop_while_a_tool_runs_keeps_text_and_steps(store: UserStore, library: Library) -> None:
    model = ScriptedModel(
        rounds=[calls(("search_files", {"query": "boat"}), text="The lease ends in 2027 [1]. "), "Never said."]
    )
    caller = Caller(assistant_over(store, library, model))

    def stop_at_the_call(event: object) -> None:
        if isinstance(event, Step) and event.tool is not None:
            assert caller.assistant.stop(event.turn)

    caller.on_event = stop_at_the_call
    answer = caller.ask(QUESTION)
    assert (answer.state, answer.text) == ("stopped", "The lease ends in 2027 [1].")
    assert [one.n for one in answer.citations] == [1]
    assert [(step.state, step.title) for step in answer.steps] == [("failed", "Searching “boat”")]
    assert len(model.prompts) == 1
    assert answer_on_disk(store, answer) == answer
    caller.on_event = lambda _: None
    caller.ask("And now?", conversation=answer.conversation)
    assert [message.role for message in model.prompts[1]] == ["system", "user", "assistant", "user"]


def test_tool_that_fails_the_world_fails_the_turn_and_keeps_it(store: UserStore, library: Library) -> None:
    class Broken(Library):
        def passages(self, query: str, scope: object, limit: int, *, without: object = ()) -> Retrieved:
            if query == "boat":
                raise Problem("store.damaged", "The index is damaged.", "It is made anew.")
            return Retrieved(passages=library.passages(QUESTION, (), 9).passages, matching=1, searched=3)

    model = ScriptedModel(rounds=[calls(("search_files", {"query": "boat"}))])
    caller = Caller(assistant_over(store, Broken(library.texts), model))
    with pytest.raises(Problem) as caught:
        caller.ask(QUESTION)
    assert caught.value.code == "store.damaged"
    (left,) = [m.answer for m in store.turns.messages(caller.step("started").conversation) if m.answer]
    assert (left.state, [step.state for step in left.steps]) == ("failed", ["failed"])


def test_steps_and_text_are_on_disk_while_the_turn_runs(store: UserStore, library: Library, tmp_path: Path) -> None:
    seen: list[Answer] = []

    def look(_piece: int) -> None:
        other = UserStore.open(tmp_path / "user.db")
        seen.extend(other.turns.unfinished())
        other.close()

    model = ScriptedModel(
        rounds=[calls(("search_files", {"query": "boat"}), text="I look. "), "At pier seven [2]."], before_piece=look
    )
    caller = Caller(assistant_over(store, library, model))
    caller.ask(QUESTION)
    assert (seen[1].text, [step.state for step in seen[1].steps]) == ("I look.", ["done"])
    assert [one.n for one in seen[1].citations] == [1, 2]


def test_interrupted_turn_shows_what_it_had(store: UserStore, library: Library) -> None:
    def die(_piece: int) -> None:
        if len(model.prompts) == 2:
            raise ZeroDivisionError

    model = ScriptedModel(
        rounds=[calls(("search_files", {"query": "boat"}), text="I look. "), "At pier."], before_piece=die
    )
    caller = Caller(assistant_over(store, library, model))
    with pytest.raises(ZeroDivisionError):
        caller.ask(QUESTION)
    assistant = assistant_over(store, library)
    assert assistant.mark_interrupted() == 1
    shown = assistant.show(caller.step("started").conversation)[-1].answer
    assert shown is not None
    assert (shown.state, shown.text, [step.passages for step in shown.steps]) == ("interrupted", "I look.", [1])


def test_older_passage_that_is_cited_is_on_disk_with_the_text(
    store: UserStore, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.assistant.turn_record.CHECKPOINT_S", 0.0)
    caller = Caller(assistant_over(store, library, ScriptedModel("It ends [1].")))
    first = caller.ask(QUESTION)
    seen: list[Answer] = []

    def look(piece: int) -> None:
        other = UserStore.open(tmp_path / "user.db")
        seen.extend(other.turns.unfinished() if piece else ())
        other.close()

    library.found["When do I water the tomatoes?"] = ["/docs/garden.txt"]
    model = ScriptedModel("The lease ends on 30 June 2027 [1]. ", "And so on", " and on", before_piece=look)
    Caller(assistant_over(store, library, model)).ask("When do I water the tomatoes?", conversation=first.conversation)
    assert seen[-1].text == "The lease ends on 30 June 2027 [2]. And so on"
    assert [(one.n, one.path) for one in seen[-1].citations] == [(1, "/docs/garden.txt"), (2, "/docs/lease.txt")]


# ---- consent -------------------------------------------------------------------------------------------------------


def remote(*pieces: str) -> ScriptedModel:
    model = ScriptedModel(*pieces)
    model.local, model.host = False, "models.example"
    return model


def test_remote_model_is_sent_nothing_without_consent(store: UserStore, library: Library) -> None:
    model = remote("Yes [1].")
    caller = Caller(assistant_over(store, library, model))
    for question in (QUESTION, "Hello!"):
        with pytest.raises(Problem) as caught:
            caller.ask(question)
        assert caught.value.code == "remote.consent"
        assert "models.example" in caught.value.title
    assert model.prompts == []
    conversation = caller.step("started").conversation
    assert store.turns.messages(conversation)[0].text == QUESTION


def test_consent_is_given_once_a_conversation(store: UserStore, library: Library) -> None:
    model = remote("Yes [1].")
    caller = Caller(assistant_over(store, library, model))
    first = caller.ask(QUESTION, consent=True)
    assert caller.ask("And?", conversation=first.conversation).state == "done"
    model.host = "other.example"
    with pytest.raises(Problem) as caught:
        caller.ask("And to that one?", conversation=first.conversation)
    assert caught.value.code == "remote.consent"
    model.host = "models.example"
    with pytest.raises(Problem):
        caller.ask("In a new conversation?")


def test_question_that_goes_after_all_stands_there_once(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, remote("Yes [1].")))
    with pytest.raises(Problem):
        caller.ask(QUESTION)
    conversation = caller.step("started").conversation
    with pytest.raises(Problem):  # without the word it is another question
        caller.ask("Another one?", conversation=conversation)
    answer = caller.ask("Another one?", conversation=conversation, consent=True)
    assert answer.state == "done"
    assert [message.text for message in store.turns.messages(conversation)] == [
        QUESTION, "", "Another one?", answer.text,
    ]  # fmt: skip


def test_new_version_that_goes_after_all_is_there_once(store: UserStore, library: Library) -> None:
    first = Caller(assistant_over(store, library)).ask(QUESTION)
    conversation = first.conversation
    Caller(assistant_over(store, library)).ask("Another one?", conversation=conversation)
    caller = Caller(assistant_over(store, library, remote("Yes [1].")))
    with pytest.raises(Problem) as caught:
        caller.ask("", conversation=conversation, again=first.turn)
    assert caught.value.code == "remote.consent"
    answer = caller.ask("", conversation=conversation, again=first.turn, consent=True)
    shown = store.turns.messages(conversation)
    assert [message.text for message in shown[:3]] == [QUESTION, answer.text, "Another one?"]
    assert shown[1].versions == (first.turn, answer.turn)


def test_consent_is_not_asked_for_quotes(store: UserStore, library: Library) -> None:
    assert Caller(assistant_over(store, library, remote("x"))).ask(QUESTION, model="quotes").mode == "quotes"


# ---- what a trace tells ----------------------------------------------------------------------------------------------


def test_trace_tells_what_each_round_cost_and_no_text(store: UserStore, library: Library) -> None:
    model = ScriptedModel(rounds=[calls(("search_files", {"query": "boat"})), "At pier seven [2]."])
    caller = Caller(assistant_over(store, library, model))
    answer = caller.ask(QUESTION)
    trace = store.turns.trace(answer.turn)
    assert [one.reason for one in trace.rounds] == ["call", "end"]
    assert [one.calls for one in trace.rounds] == [("search_files",), ()]
    assert answer.usage.prompt_tokens == trace.rounds[-1].prompt
    assert "pier" not in str(trace)
    assert any(isinstance(event, Delta) for event in caller.events)


def test_calls_of_one_round_that_read_run_side_by_side_and_are_written_in_order(
    store: UserStore, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, real = threading.Barrier(3, timeout=10), library.passages

    def passages(query: str, scope: Sequence[str], limit: int, *, without: Sequence[str] = ()) -> Retrieved:
        if query in ("boat", "garden", "lease"):
            together.wait()  # none goes on before all three are under way
        return real(query, scope, limit, without=without)

    monkeypatch.setattr(library, "passages", passages)
    library.found |= {"garden": ["/docs/garden.txt"], "lease": ["/docs/lease.txt"]}
    searches = [("search_files", {"query": query}) for query in ("garden", "boat", "lease", "boat")]
    model = ScriptedModel(rounds=[calls(*searches), "At pier seven [3]."], context=16_384)
    answer = Caller(assistant_over(store, library, model)).ask(QUESTION)
    assert [(step.arguments["query"], step.state) for step in answer.steps] == [
        ("garden", "done"), ("boat", "done"), ("lease", "done"), ("boat", "failed"),
    ]  # fmt: skip
    results = [message.content for message in model.prompts[1] if message.role == "tool"]
    assert ['n="2"' in results[0], 'n="3"' in results[1], "stand above" in results[2]] == [True] * 3
    assert [one.path for one in answer.citations] == ["/docs/boat.txt"]


def test_failure_of_one_of_several_calls_is_its_own(store: UserStore, library: Library) -> None:
    several = calls(("read_file", {"path": "nothing.txt"}), ("search_files", {"query": "boat"}), ("no_tool", {}))
    model = ScriptedModel(rounds=[several, "At pier seven [2]."], context=16_384)
    answer = Caller(assistant_over(store, library, model)).ask(QUESTION)
    assert [step.state for step in answer.steps] == ["failed", "done", "failed"]
    assert (answer.text, answer.state) == ("At pier seven [2].", "done")
