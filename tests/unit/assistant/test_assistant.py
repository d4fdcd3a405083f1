from __future__ import annotations

import shutil
import threading
from pathlib import Path

import msgspec
import pytest

from app.assistant.cancellation import Stop
from app.assistant.prompt import Prompts
from app.base.chat import Slice
from app.base.errors import Cancelled, Problem
from app.base.paths import resources
from app.base.prefill_cost import PrefillCost
from app.base.trace_wording import as_lines
from app.base.turn_events import Delta, FirstQuotes, TurnEvent
from app.base.turn_trace import TurnTrace
from app.base.values import Answer, Filter, Message, TurnId
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.live import until
from tests.support.scripted_model import Library, ScriptedModel, assistant_over, document
from tests.support.small_disk import small_disk

LEASE = "The lease ends on 30 June 2027. The landlord is Greta Olsen."
GARDEN = "Tomatoes need sun. Water them in the morning."
NOT_FOUND = "I did not find this in your files."


@pytest.fixture
def library() -> Library:
    return Library({"/docs/lease.txt": LEASE, "/docs/garden.txt": GARDEN})


def kept(store: UserStore, answer: Answer) -> Message:
    return next(m for m in store.turns.messages(answer.conversation) if m.turn == answer.turn and m.answer)


def test_quotes_answer_without_a_model(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    answer = caller.ask("When does the lease end?")
    assert (answer.mode, answer.state, answer.model) == ("quotes", "done", None)
    assert answer.text == "“The lease ends on 30 June 2027.” [1]" == caller.text
    (citation,) = answer.citations
    assert LEASE[citation.place.start : citation.place.end] == citation.quote == "The lease ends on 30 June 2027."
    assert (answer.coverage.matching, answer.coverage.read) == (2, 2)
    assert {file.share for file in answer.coverage.files} == {1.0}
    assert caller.steps() == ["started", "searching", "found", "generating"]
    assert kept(store, answer).answer == answer


def test_quotes_can_be_asked_for_although_there_is_a_model(store: UserStore, library: Library) -> None:
    model = ScriptedModel("x")
    assert (
        Caller(assistant_over(store, library, model)).ask("When does the lease end?", model="quotes").mode == "quotes"
    )
    assert model.prompts == []


def test_no_match_is_said_honestly(store: UserStore) -> None:
    caller = Caller(assistant_over(store, Library({"/a.txt": GARDEN}, waiting=2)))
    answer = caller.ask("Who won the football world cup?")
    assert (answer.mode, answer.state, answer.citations) == ("not_found", "done", ())
    assert answer.text.startswith("Nothing in your one file matches the question. 2 files are still waiting")
    assert answer.coverage.waiting == 2


def test_attached_file_that_cannot_be_read_is_never_answered_from_others(store: UserStore, library: Library) -> None:
    library.attached["/home/x.pdf"] = document(state="locked", reason="It has a password.")
    for model in (None, ScriptedModel("The lease ends in June.")):
        answer = Caller(assistant_over(store, library, model)).ask("When?", attachments=["/home/x.pdf"])
        assert (answer.mode, answer.citations) == ("not_found", ())
        assert answer.text == "x.pdf was not read: it has a password. Nothing else was looked at."
        assert library.queries == []


def test_model_is_not_asked_where_nothing_was_found(store: UserStore) -> None:
    model = ScriptedModel("invented")
    answer = Caller(assistant_over(store, Library({}), model)).ask("When does the lease end?")
    assert (answer.mode, model.prompts) == ("not_found", [])
    assert answer.text == "There are no files to search yet. Add a folder, and ask again."


def test_model_answers_with_citations_bound_to_passages(store: UserStore, library: Library) -> None:
    model = ScriptedModel(" It ends", " on 30 June 2027 [", "1, 9", "]. Greet", "ings [7].")
    caller = Caller(assistant_over(store, library, model))
    answer = caller.ask("When does the lease end?")
    assert answer.text == "It ends on 30 June 2027 [1]. Greetings." == caller.text
    assert (answer.mode, answer.state, answer.model) == ("chat", "done", "Scripted")
    (citation,) = answer.citations
    assert (citation.n, citation.path, citation.quote) == (1, "/docs/lease.txt", "The lease ends on 30 June 2027.")
    assert caller.steps() == ["started", "searching", "found", "reading", "generating"]
    assert [one.path for one in caller.step("found").citations] == ["/docs/lease.txt", "/docs/garden.txt"]
    assert caller.step("found").coverage == answer.coverage
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.total_ms >= answer.usage.first_text_ms > 0
    assert kept(store, answer).answer == answer


def test_turn_leaves_a_trace(store: UserStore, library: Library) -> None:
    answer = Caller(assistant_over(store, library, ScriptedModel("Yes [1]."))).ask("When does the lease end?")
    trace = store.turns.trace(answer.turn)
    assert trace.generated.reason == "end"
    assert trace.prompts == Prompts.load(resources() / "prompts").versions
    assert trace.budget["context"] == 4096
    assert trace.search is not None
    assert trace.search.matching == 2
    assert (trace.search.words_weight, trace.search.weighed_so) == (0.4, "an example")
    assert (trace.passages[0].path, trace.passages[0].n) == ("/docs/lease.txt", 1)
    assert trace.passages[0].tokens > 10
    assert trace.passed_over == ()
    assert {one.name for one in trace.stages} == {"searching", "loading", "writing", "quoting", "checking"}
    assert all(one.ms >= 0 and one.began_ms >= 0 for one in trace.stages)
    assert LEASE not in str(trace)


def test_trace_names_what_was_found_and_passed_over(store: UserStore) -> None:
    many = Library({f"/{n}.txt": f"The lease ends in June, part {n}. " + "More words. " * 200 for n in range(9)})
    model = ScriptedModel("The lease ends in June [1].", context=2048)
    trace = store.turns.trace(Caller(assistant_over(store, many, model)).ask("When does the lease end?").turn)
    assert trace.passages
    assert trace.passed_over
    assert {one.n for one in trace.passed_over} == {0}
    assert {one.path for one in (*trace.passages, *trace.passed_over)} == set(many.texts)
    quotes = store.turns.trace(Caller(assistant_over(store, many)).ask("When does the lease end?").turn)
    assert (quotes.passages, len(quotes.passed_over), bool(quotes.quotes)) == ((), 9, True)


def test_trace_of_a_turn_that_failed_says_how_far_it_came(store: UserStore, library: Library) -> None:
    def die(_piece: int) -> None:
        raise Problem("chat.died", "The model’s process ended.", "It is started again.")

    caller = Caller(assistant_over(store, library, ScriptedModel("x", before_piece=die)))
    with pytest.raises(Problem):
        caller.ask("When does the lease end?")
    shown = caller.assistant.show_trace(caller.step("started").turn)
    assert (shown.question, shown.answer.state, shown.trace.failed) == (
        "When does the lease end?",
        "failed",
        "chat.died",
    )
    assert "writing" in [one.name for one in shown.trace.stages]
    with pytest.raises(Problem) as caught:
        caller.assistant.show_trace(TurnId(99))
    assert caught.value.code == "ask.no_turn"


def test_model_that_finds_nothing_is_believed(store: UserStore, library: Library) -> None:
    answer = Caller(assistant_over(store, library, ScriptedModel(" I did not find ", "this in your files"))).ask("Why?")
    assert (answer.mode, answer.state, answer.citations) == ("not_found", "done", ())
    assert answer.coverage.read == 2, "it was read all the same"


def test_greeting_is_answered_without_searching(store: UserStore, library: Library) -> None:
    model = ScriptedModel("Hello! Shall I look?")
    answer = Caller(assistant_over(store, library, model)).ask("Hello!")
    assert (answer.mode, answer.text, library.queries) == ("chat", "Hello! Shall I look?", [])
    assert [message.content for message in model.prompts[0]] == [
        Prompts.load(resources() / "prompts").small_talk, "Hello!",
    ]  # fmt: skip
    assert model.tools == [()]


@pytest.mark.parametrize(
    "said",
    ["Thanks!", "Hello, Familiar!", "¡Hola! ¿Qué puedes hacer?", "Спасибо большое", "ありがとうございます。", "谢谢"],
)
def test_thanks_within_a_conversation_see_neither_tools_nor_what_was_read(
    store: UserStore, library: Library, said: str
) -> None:
    first = Caller(assistant_over(store, library, ScriptedModel("It ends in June [1]."))).ask(
        "When does the lease end?"
    )
    model = ScriptedModel("You are welcome.")
    caller = Caller(assistant_over(store, library, model))
    answer = caller.ask(said, conversation=first.conversation)
    assert (answer.mode, answer.text, answer.citations, answer.unfounded) == ("chat", "You are welcome.", (), "")
    assert model.tools == [()]
    assert LEASE not in str(model.prompts)
    caller.ask("And who is the landlord?", conversation=first.conversation)
    assert "It ends in June [1]." in str(model.prompts[-1]), "later questions know what was said before"


def test_question_and_passages_are_on_disk_before_the_model_writes(
    store: UserStore, library: Library, tmp_path: Path
) -> None:
    seen: list[Answer] = []

    def look(piece: int) -> None:
        other = UserStore.open(tmp_path / "user.db")
        seen.extend(other.turns.unfinished())
        other.close()

    model = ScriptedModel("Done [1].", before_piece=look)
    Caller(assistant_over(store, library, model)).ask("When does the lease end?")
    (answer,) = seen
    assert (answer.state, answer.model, answer.mode) == ("streaming", "Scripted", "chat")
    assert [citation.n for citation in answer.citations] == [1, 2]
    assert answer.coverage.read == 2


def test_streaming_text_is_checkpointed(
    store: UserStore, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.assistant.turn_record.CHECKPOINT_S", 0.0)
    seen: list[str] = []

    def look(piece: int) -> None:
        other = UserStore.open(tmp_path / "user.db")
        seen.append(other.turns.unfinished()[0].text)
        other.close()

    Caller(assistant_over(store, library, ScriptedModel("One", " two", " three", before_piece=look))).ask("Why is it?")
    assert seen == ["", "One", "One two"]


def test_stopped_turn_keeps_its_text(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel("It ends in June [1]", " and", " then")))

    def stop_at_first_word(event: TurnEvent) -> None:
        if isinstance(event, Delta):
            turn = caller.step("started").turn
            assert caller.assistant.stop(turn)

    caller.on_event = stop_at_first_word
    answer = caller.ask("When does the lease end?")
    assert (answer.state, answer.text) == ("stopped", "It ends in June [1]")
    assert [citation.n for citation in answer.citations] == [1]
    assert kept(store, answer).answer == answer
    assert not caller.assistant.stop(answer.turn), "it no longer runs"


def test_quotes_are_told_while_a_model_reads_and_kept_if_it_is_stopped(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    stop = Stop()

    def stop_when_quoted(_piece: int) -> None:
        assert until(lambda: any(isinstance(event, FirstQuotes) for event in caller.events))
        stop.cancel()

    caller.assistant = assistant_over(store, library, ScriptedModel("never", before_piece=stop_when_quoted))
    answer = caller.ask("When does the lease end?", stop)
    (told,) = [event.text for event in caller.events if isinstance(event, FirstQuotes)]
    assert told == "“The lease ends on 30 June 2027.” [1]"
    assert (answer.state, answer.mode, answer.model, answer.text) == ("stopped", "quotes", None, told)
    assert [citation.n for citation in answer.citations] == [1]
    assert kept(store, answer).answer == answer


def test_no_quotes_are_told_after_the_answer(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel("The lease ends on 30 June 2027 [1].")))
    for _ in range(20):
        caller.events.clear()
        caller.ask("When does the lease end?")
        kinds = [type(event) for event in caller.events]
        assert kinds[-1] is not FirstQuotes
        assert kinds.count(FirstQuotes) <= 1


def test_stopped_turn_that_cites_nothing_yet_names_its_sources(store: UserStore, library: Library) -> None:
    stop = Stop()

    def leave(piece: int) -> None:
        if piece == 1:
            stop.cancel()

    model = ScriptedModel("It", " goes", before_piece=leave)
    answer = Caller(assistant_over(store, library, model)).ask("When does the lease end?", stop)
    assert (answer.state, answer.text) == ("stopped", "It")
    assert [citation.path for citation in answer.citations] == ["/docs/lease.txt", "/docs/garden.txt"]
    assert kept(store, answer).answer == answer


def test_asking_again_gives_a_new_version_from_what_was_said_before_it(store: UserStore, library: Library) -> None:
    def reply(text: str) -> tuple[Caller, ScriptedModel]:
        model = ScriptedModel(text, context=16_384)
        return Caller(assistant_over(store, library, model)), model

    library.attached["/x.txt"] = library.attached["/y.txt"] = document(LEASE)
    first = reply("On 30 June 2027 it ends [1].")[0].ask("When does the lease end?", attachments=["/x.txt"])
    chat = first.conversation
    reply("Greta Olsen [1].")[0].ask("Who is the landlord of it?", conversation=chat, attachments=["/y.txt"])
    caller, model = reply("The lease ends in June 2027 [1].")
    newer = caller.ask("", conversation=chat, again=first.turn)
    assert (newer.state, newer.text, newer.turn != first.turn) == ("done", "The lease ends in June 2027 [1].", True)
    assert "On 30 June" not in str(model.prompts)
    assert "landlord of it" not in str(model.prompts)
    assert {citation.path for citation in newer.citations} == {"/x.txt"}
    shown = caller.assistant.show(chat)
    assert [message.text for message in shown] == [
        "When does the lease end?", "The lease ends in June 2027 [1].",
        "Who is the landlord of it?", "Greta Olsen [2].",
    ]  # fmt: skip
    assert shown[1].versions == (first.turn, newer.turn)
    assert caller.assistant.show_answer(first.turn).text == "On 30 June 2027 it ends [1]."
    caller, model = reply("Three.")
    caller.ask("And then?", conversation=chat)
    assert "in June 2027" in str(model.prompts)
    assert "On 30 June" not in str(model.prompts)


def test_asking_again_for_what_is_not_there_is_refused(store: UserStore, library: Library) -> None:
    first = Caller(assistant_over(store, library)).ask("When does the lease end?")
    for conversation in (first.conversation, None):
        with pytest.raises(Problem) as caught:
            Caller(assistant_over(store, library)).ask("", conversation=conversation, again=TurnId(99))
        assert caught.value.code == "ask.no_turn"
    assert len(store.turns.messages(first.conversation)) == 2


def test_caller_that_goes_away_stops_its_turn(store: UserStore, library: Library) -> None:
    stop = Stop()

    def leave(piece: int) -> None:
        if piece == 1:
            stop.cancel()

    answer = Caller(assistant_over(store, library, ScriptedModel("It", " goes", before_piece=leave))).ask("Why?", stop)
    assert (answer.state, answer.text) == ("stopped", "It")


def test_turn_stopped_while_searching_ends_stopped(store: UserStore, library: Library) -> None:
    stop = Stop()
    stop.cancel()
    model = ScriptedModel("x")
    answer = Caller(assistant_over(store, library, model)).ask("When does the lease end?", stop)
    assert (answer.state, answer.text, model.prompts) == ("stopped", "", [])


def test_retriever_that_was_cancelled_ends_the_turn_stopped(store: UserStore, library: Library) -> None:
    def cancelled(*_: object, **__: object) -> None:
        raise Cancelled

    library.passages = cancelled  # type: ignore[method-assign,assignment]  # this search is taken back
    answer = Caller(assistant_over(store, library)).ask("When does the lease end?")
    assert kept(store, answer).answer == answer
    assert answer.state == "stopped"


def test_failed_turn_is_kept_with_its_reason(store: UserStore, library: Library) -> None:
    def die(piece: int) -> None:
        if piece == 1:
            raise Problem("chat.died", "The model’s process ended.", "It is started again.")

    caller = Caller(assistant_over(store, library, ScriptedModel("It ends [1]", " here", before_piece=die)))
    with pytest.raises(Problem) as caught:
        caller.ask("When does the lease end?")
    assert caught.value.code == "chat.died"
    (_, message) = store.turns.messages(caller.step("started").conversation)
    assert message.answer is not None
    assert (message.answer.state, message.text) == ("failed", "It ends [1]")
    assert message.answer.error == "The model’s process ended. It is started again."
    assert [citation.n for citation in message.answer.citations] == [1]


def test_unknown_model_fails_the_turn_but_keeps_the_question(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    with pytest.raises(Problem) as caught:
        caller.ask("When does the lease end?", model="Large")
    assert caught.value.code == "model.unknown"
    question, reply = store.turns.messages(caller.step("started").conversation)
    assert question.text == "When does the lease end?"
    assert reply.answer is not None
    assert reply.answer.state == "failed"


def test_model_that_says_nothing_gives_way_to_quotes(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel("<think>hm", " hm")))
    answer = caller.ask("When does the lease end?")
    assert (answer.mode, answer.state, answer.text) == ("quotes", "done", "“The lease ends on 30 June 2027.” [1]")
    assert answer.error == "Scripted gave no answer, so these are quotes from your files."
    assert kept(store, answer).answer == answer


def test_model_that_says_nothing_where_nothing_can_be_quoted_is_a_problem(store: UserStore, library: Library) -> None:
    with pytest.raises(Problem) as caught:
        Caller(assistant_over(store, library, ScriptedModel("<think>hm", " hm"))).ask("Hello!")
    assert caught.value.code == "chat.empty"


@pytest.mark.expects_warnings
def test_conversation_that_is_removed_while_its_answer_is_written_stops_the_model(
    store: UserStore, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.assistant.turn_record.CHECKPOINT_S", 0.0)

    def remove(piece: int) -> None:
        if piece == 1:
            conversation = caller.step("started").conversation
            store.conversations.delete(conversation)
            store.conversations.erase(conversation)

    caller = Caller(
        assistant_over(store, library, ScriptedModel("One", " two", " three", " four", before_piece=remove))
    )
    with pytest.raises(Problem) as caught:
        caller.ask("Why is it?")
    assert caught.value.code == "chats.erased"
    assert caller.text == "One two"
    assert store.conversations.list("", 10) == []


def test_full_disk_while_streaming_stops_the_model_and_keeps_what_was_saved(
    store: UserStore, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.assistant.turn_record.CHECKPOINT_S", 0.0)
    checkpoint = store.turns.checkpoint

    def full(turn: TurnId, text: str) -> None:
        if "two" in text:
            raise Problem("store.full", "The disk is full.", "What was saved before is kept.")
        checkpoint(turn, text)

    monkeypatch.setattr(store.turns, "checkpoint", full)
    model = ScriptedModel("One", " two", " three", " four")
    caller = Caller(assistant_over(store, library, model))
    with pytest.raises(Problem) as caught:
        caller.ask("Why is it?")
    assert caught.value.code == "store.full"
    assert caller.text == "One two"
    (_, message) = store.turns.messages(caller.step("started").conversation)
    assert message.text.startswith("One")


@pytest.mark.expects_warnings
def test_full_disk_that_takes_the_trace_leaves_the_answer_and_says_what_is_lost(
    store: UserStore, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = store.turns.save

    def full(answer: Answer, trace: TurnTrace | None = None) -> None:
        if trace is not None and trace.stages:
            raise Problem("store.full", "The disk is full.", "What was saved before is kept.")
        save(answer, trace)

    monkeypatch.setattr(store.turns, "save", full)
    caller = Caller(assistant_over(store, library, ScriptedModel("In June [1].")))
    answer = caller.ask("When does the lease end?")
    assert (answer.state, kept(store, answer).answer) == ("done", answer)
    shown = caller.assistant.show_trace(answer.turn)
    assert shown.trace == TurnTrace(lost="The disk is full.")
    assert "  Only the answer could be kept, not how it came about  The disk is full." in list(as_lines(shown))


@pytest.mark.parametrize(
    ("question", "code"), [("", "ask.empty"), (" \n\0 ", "ask.empty"), ("x" * 100_000, "ask.too_long")]
)
def test_impossible_question_is_refused_before_anything_is_stored(
    store: UserStore, library: Library, question: str, code: str
) -> None:
    caller = Caller(assistant_over(store, library))
    with pytest.raises(Problem) as caught:
        caller.ask(question)
    assert caught.value.code == code
    assert caught.value.hint
    assert (caller.events, store.conversations.list()) == ([], [])


def test_question_of_twenty_thousand_characters_is_answered_in_quotes(store: UserStore, library: Library) -> None:
    question = ("When does the lease end? " * 1000)[:20_000]
    answer = Caller(assistant_over(store, library)).ask(question)
    assert answer.mode == "quotes"
    assert store.turns.messages(answer.conversation)[0].text == question.strip()
    assert len(library.queries[0][0]) == 2000


def test_question_too_long_for_the_model_is_kept_and_refused(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library, ScriptedModel("x")))
    with pytest.raises(Problem) as caught:
        caller.ask("lease " * 3300)
    assert caught.value.code == "ask.too_long"
    assert len(store.turns.messages(caller.step("started").conversation)[0].text) > 19_000


def test_follow_up_is_searched_and_answered_in_its_context(store: UserStore, library: Library) -> None:
    model = ScriptedModel("It ends in June [1].")
    caller = Caller(assistant_over(store, library, model))
    first = caller.ask("When does the lease end?")
    second = caller.ask("And who is the landlord?", conversation=first.conversation)
    assert second.conversation == first.conversation
    assert library.queries[1][0] == "who landlord lease end"
    assert [message.role for message in model.prompts[1]] == ["system", "user", "assistant", "user"]
    assert model.prompts[1][2].content == "It ends in June [1]."
    assert model.prompts[1][:2] == model.prompts[0], "the beginning need not be read again"
    assert "Passages above that match this question: [1] [2]" in model.prompts[1][-1].content


def test_measured_speed_limits_the_passages(store: UserStore) -> None:
    many = Library({f"/{n}.txt": f"The lease ends in June, part {n}. " + "More words. " * 40 for n in range(12)})
    model = ScriptedModel("Yes [1].", context=8192)
    caller = Caller(assistant_over(store, many, model))
    first = caller.ask("When does the lease end?")
    model.cost = PrefillCost().after([Slice(position=0, tokens=512, ms=20_000)])
    second = caller.ask("When does the lease end?")
    assert first.coverage.read > second.coverage.read == 2
    budget = store.turns.trace(second.turn).budget
    assert budget["floor_s"] > 5, "two passages break the target, and the trace says by how much"


def test_second_question_in_a_busy_conversation_is_refused(store: UserStore, library: Library) -> None:
    first = Caller(assistant_over(store, library)).ask("When does the lease end?")
    writing, go_on = threading.Event(), threading.Event()

    def wait(piece: int) -> None:
        writing.set()
        assert go_on.wait(10)

    assistant = assistant_over(store, library, ScriptedModel("Yes.", before_piece=wait))
    answers: list[Answer] = []
    running = threading.Thread(
        target=lambda: answers.append(Caller(assistant).ask("And then?", conversation=first.conversation))
    )
    running.start()
    assert writing.wait(10)
    with pytest.raises(Problem) as caught:
        Caller(assistant).ask("Quick one", conversation=first.conversation)
    go_on.set()
    running.join(10)
    assert caught.value.code == "ask.busy"
    assert [answer.state for answer in answers] == ["done"]
    assert len(store.turns.messages(first.conversation)) == 4


def test_attached_file_is_answered_from_for_the_whole_conversation(store: UserStore, library: Library) -> None:
    library.attached["/out/new.txt"] = document("The boat costs 40,000 euros.")
    caller = Caller(assistant_over(store, library))
    first = caller.ask("How much is the boat?", attachments=["/out/new.txt"])
    assert [citation.path for citation in first.citations] == ["/out/new.txt"]
    assert caller.step("searching").title == "Reading new.txt"
    second = caller.ask("What costs so many euros?", conversation=first.conversation)
    assert [citation.path for citation in second.citations] == ["/out/new.txt"]
    assert library.queries == []
    assert store.turns.messages(first.conversation)[0].attachments == ("/out/new.txt",)


def test_attached_file_that_was_not_read_is_mentioned_in_the_answer(store: UserStore, library: Library) -> None:
    library.attached["/a.txt"] = document("The boat costs 40,000 euros.")
    library.attached["/b.pdf"] = document(state="locked", reason="It has a password.")
    answer = Caller(assistant_over(store, library)).ask("How much is the boat?", attachments=["/a.txt", "/b.pdf"])
    assert answer.text == "“The boat costs 40,000 euros.” [1]\n\nb.pdf was not read: it has a password."


def test_numbers_in_quoted_text_do_not_read_as_citations(store: UserStore) -> None:
    library = Library({"/paper.txt": "Whales sing at night [2], as was shown by Olsen [17]."})
    answer = Caller(assistant_over(store, library)).ask("When do whales sing?")
    assert answer.text == "“Whales sing at night (2), as was shown by Olsen (17).” [1]"
    assert answer.citations[0].quote == "Whales sing at night [2], as was shown by Olsen [17]."


def test_quoted_heading_is_no_heading_of_the_answer(store: UserStore) -> None:
    library = Library({"/a.md": "## Notice\nThe notice period is three months."})
    answer = Caller(assistant_over(store, library)).ask("What is the notice period?")
    assert answer.text == "“The notice period is three months.” [1]"
    assert answer.citations[0].quote == "The notice period is three months."
    assert answer.citations[0].caption == "Notice"


def test_quoted_code_keeps_its_lines(store: UserStore) -> None:
    code = "def checksum(data):\n    total = sum(data)\n    return total % 256"
    answer = Caller(assistant_over(store, Library({"/a.py": code}))).ask("checksum of data")
    assert answer.text == f"```\n{code}\n```\n [1]"


def test_shown_conversation_checks_citations_against_files_as_they_are(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    answer = caller.ask("When does the lease end?")

    def verdict() -> str:
        shown = caller.assistant.show(answer.conversation)[1].answer
        assert shown is not None
        return shown.citations[0].checked

    assert caller.assistant.check(answer).citations[0].checked == "exact"
    assert verdict() == "exact"
    library.texts["/docs/lease.txt"] = "New title\n" + LEASE
    assert verdict() == "changed"
    library.texts["/docs/lease.txt"] = "Nothing of that."
    assert verdict() == "missing"
    del library.texts["/docs/lease.txt"]
    assert verdict() == "missing"


def test_turn_left_by_a_killed_engine_is_interrupted(store: UserStore, library: Library) -> None:
    begun = store.turns.begin("When does the lease end?", mode="chat")
    sent = Caller(assistant_over(store, library)).ask("When does the lease end?").citations
    store.turns.save(msgspec.structs.replace(begun, citations=sent, model="Scripted"))
    store.turns.checkpoint(begun.turn, "It ends [1] and ")
    assistant = assistant_over(store, library)
    shown = assistant.show(begun.conversation)[1].answer
    assert shown is not None
    assert (shown.state, shown.text) == ("interrupted", "It ends [1] and")
    assert assistant.mark_interrupted() == 1
    assert assistant.mark_interrupted() == 0
    after = kept(store, begun).answer
    assert after is not None
    assert (after.state, after.text, [one.n for one in after.citations]) == ("interrupted", "It ends [1] and", [1])


def test_our_own_bug_leaves_the_turn_readable(store: UserStore, library: Library) -> None:
    def bug(piece: int) -> None:
        raise ZeroDivisionError

    caller = Caller(assistant_over(store, library, ScriptedModel("x", before_piece=bug)))
    with pytest.raises(ZeroDivisionError):
        caller.ask("Why is it?")
    message = caller.assistant.show(caller.step("started").conversation)[1]
    assert message.answer is not None
    assert message.answer.state == "interrupted"
    again = Caller(assistant_over(store, library)).ask("And when?", conversation=caller.step("started").conversation)
    assert again.state == "done"


def test_full_disk_refuses_new_questions_and_loses_no_old_ones(tmp_path: Path, library: Library) -> None:
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        store = UserStore.open(disk / "user.db")
        caller = Caller(assistant_over(store, library))
        first = caller.ask("When does the lease end?")
        filler = disk / "filler"
        filler.write_bytes(bytes(disk_free(disk)))
        with pytest.raises(Problem) as caught:
            for _ in range(100):
                caller.ask("When does the lease end? " + "long " * 1000)
        assert caught.value.code == "store.full"
        assert "Free some space" in caught.value.hint
        filler.unlink()
        assert kept(store, first).answer == first
        assert caller.ask("Who is the landlord?").state == "done"
        store.close()
        UserStore.open(disk / "user.db").close()


def disk_free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def test_what_was_searched_and_understood_is_kept_with_the_answer(store: UserStore, library: Library) -> None:
    library.filters = (
        Filter(kind="type", value="pdf", label="PDF files", start=0, end=3),
        Filter(kind="order", value="newest", label="newest first", start=4, end=10),
    )
    for model in (None, ScriptedModel("In June [1].")):
        caller = Caller(assistant_over(store, library, model))
        answer = caller.ask("When does the lease end?", without=["order:newest"])
        assert (answer.query, answer.without) == ("When does the lease end?", ("order:newest",))
        assert [one.key for one in answer.filters] == ["type:pdf"]
        assert library.without[-1] == ("order:newest",)
        assert kept(store, answer).answer == answer


def test_edited_query_is_searched_instead_and_the_answer_is_a_new_version(store: UserStore, library: Library) -> None:
    caller = Caller(assistant_over(store, library))
    first = caller.ask("When does it end?")
    again = caller.ask("", conversation=first.conversation, again=first.turn, query="  lease\0 \n end ")
    assert (again.query, library.queries[-1][0]) == ("lease end", "lease end")
    messages = store.turns.messages(first.conversation)
    assert [message.text for message in messages[:1]] == ["When does it end?"]
    assert messages[1].versions == (first.turn, again.turn)
