"""familiar ask: text as it comes, then sources and coverage; JSON lines for programs."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import msgspec
import pytest

from app.base.calls import Ask
from app.base.errors import Problem
from app.base.paths import Home
from app.base.turn_events import Claims, Delta, Step
from app.base.values import (
    Answer,
    ChunkId,
    Citation,
    Claim,
    ConversationId,
    Coverage,
    FileShare,
    Filter,
    Place,
    Reused,
    ToolStep,
    TurnId,
    Usage,
)
from app.link.peer import Incoming
from tests.support.cli_engine import CannedEngine
from tests.unit.cli.conftest import Familiar

PAGE = Place(kind="page", first=3, last=3, label="page 3", start=0, end=40)
CITATION = Citation(n=1, path="/docs/a.pdf", sha256="0" * 64, place=PAGE, quote="in May", chunk_id=ChunkId(5))
STEP = Step(name="searching", title="Searching", conversation=ConversationId(12), turn=TurnId(3))
DONE = Answer(
    conversation=ConversationId(12), turn=TurnId(3), mode="chat", state="done", text="It ends in May [1].",
    citations=(CITATION,), coverage=Coverage(matching=9, read=4, files=(FileShare(path="/docs/a.pdf", share=0.5),)),
    usage=Usage(total_ms=1234.0), model="tiny",
)  # fmt: skip


HOLDS = Claim(text="It ends in May.", start=0, end=15, verdict="supported", citations=(1,))
MADE_UP = msgspec.structs.replace(HOLDS, verdict="not_found", citations=())


def _answering(*parts: str | Claim, answer: Answer = DONE) -> dict[Any, object]:
    def ask(_call: Ask, incoming: Incoming) -> Answer:
        incoming.emit("turn", STEP)
        for part in parts:
            incoming.emit("turn", Delta(text=part) if isinstance(part, str) else Claims(claims=(part,)))
        incoming.emit("turn", answer)
        return answer

    return {Ask: ask}


def test_answer_is_streamed_then_its_sources_and_coverage(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, _answering("It ends ", "in May [1].")):
        ran = familiar("ask", "When does it end?")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "It ends in May [1].",
        "",
        "Sources",
        "  [1] /docs/a.pdf · page 3",
        "",
        "Read 4 of 9 matching files.",
        "tiny · conversation 12 · 1.2 s · go on with: familiar ask --conversation 12 …",
    ]


def test_answer_that_took_no_time_to_speak_of_names_none(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, _answering(answer=msgspec.structs.replace(DONE, usage=Usage(total_ms=23.0)))):
        ran = familiar("ask", "When?")
    assert "conversation 12 · go on with" in ran.out


def test_programs_get_one_event_a_line_and_the_answer_last(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, _answering("It ends ", "in May [1].")):
        ran = familiar("ask", "When?", "--json")
    assert [line["event"] for line in ran.lines] == ["step", "delta", "delta", "answer"]
    assert ran.lines[-1] == json.loads(msgspec.json.encode(DONE))
    assert list(ran.lines[-1])[:6] == ["event", "conversation", "turn", "mode", "state", "text"]


def test_quotes_that_were_not_streamed_are_printed(home: Home, familiar: Familiar) -> None:
    quotes = msgspec.structs.replace(DONE, mode="quotes", model=None, text="“in May” [1]")
    with CannedEngine(home, _answering(answer=quotes)):
        ran = familiar("ask", "When?")
    assert ran.out.startswith("“in May” [1]\n\nSources\n")
    assert "These are quotes from your files; no chat model was used.\n" in ran.out


def test_text_corrected_after_streaming_is_printed_whole(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, _answering("It ends in May [1],", HOLDS, " or June [2].")):
        ran = familiar("ask", "When?")
    assert ran.out.startswith("It ends in May [1], or June [2].\n\nIt ends in May [1].\n")


def test_words_that_nothing_bears_out_are_never_printed_as_an_answer(home: Home, familiar: Familiar) -> None:
    made_up = msgspec.structs.replace(
        DONE, mode="quotes", text="“It ends in May.” [1]", unfounded="It ends\x1b[1m in July.", claims=(MADE_UP,)
    )
    with CannedEngine(home, _answering("It ends in July.", MADE_UP, " And so on.", answer=made_up)):
        ran = familiar("ask", "When?")
    begins, _, rest = ran.out.partition("\n\n")
    assert begins == "Nothing in your files bears out what tiny wrote. This is what they say:"
    assert rest.startswith("“It ends in May.” [1]\n\nSources\n")
    assert "\n\nNot in your files · written by tiny\n  It ends�[1m in July.\n" in ran.out
    assert "And so on" not in ran.out
    assert "no chat model was used" not in ran.out


def test_words_of_a_model_of_which_less_was_asked_then_are_no_part_of_the_answer(
    home: Home, familiar: Familiar
) -> None:
    def ask(_call: Ask, incoming: Incoming) -> Answer:
        incoming.emit("turn", STEP)
        for text in ("I, I, I", "It ends in May [1]."):
            incoming.emit("turn", msgspec.structs.replace(STEP, name="found", title="Found one passage"))
            incoming.emit("turn", Delta(text=text))
        incoming.emit("turn", Claims(claims=(HOLDS,)))
        incoming.emit("turn", DONE)
        return DONE

    with CannedEngine(home, {Ask: ask}):
        ran = familiar("ask", "When?")
    assert ran.out.startswith("It ends in May [1].\n\nSources\n")


def test_answer_that_was_cut_off_says_so(home: Home, familiar: Familiar) -> None:
    cut = msgspec.structs.replace(DONE, error="The answer was cut off.")
    with CannedEngine(home, _answering(answer=cut)):
        ran = familiar("ask", "When?")
    assert ran.code == 0
    assert "\nThe answer was cut off.\n" in ran.out


@pytest.mark.parametrize(
    ("checked", "note"), [("changed", "the file has changed since"), ("missing", "the file is gone")]
)
def test_source_that_changed_says_so(checked: Any, note: str, home: Home, familiar: Familiar) -> None:
    cited = (msgspec.structs.replace(CITATION, checked=checked),)
    with CannedEngine(home, _answering(answer=msgspec.structs.replace(DONE, citations=cited))):
        ran = familiar("ask", "When?")
    assert f"  [1] /docs/a.pdf · page 3 ({note})\n" in ran.out


def test_not_found_is_no_failure(home: Home, familiar: Familiar) -> None:
    nothing = Answer(
        conversation=ConversationId(12), turn=TurnId(3), mode="not_found", state="done",
        text="I found nothing about that in your files.", coverage=Coverage(waiting=3),
    )  # fmt: skip
    with CannedEngine(home, _answering(answer=nothing)):
        ran = familiar("ask", "When?")
    assert ran.code == 0
    assert ran.out.startswith("I found nothing about that in your files.\n\n3 files had not been read yet.\n")


def test_failed_answer_exits_1_and_says_where_its_text_is(home: Home, familiar: Familiar) -> None:
    failed = msgspec.structs.replace(DONE, state="failed", error="The chat model stopped working.")
    with CannedEngine(home, _answering("It ends", answer=failed)):
        ran = familiar("ask", "When?")
    assert ran.code == 1
    assert ran.err == (
        "familiar: The chat model stopped working.\n"
        "What was written so far is kept: familiar chats show 12\n[answer.failed]\n"
    )


def test_refused_question_is_a_problem(home: Home, familiar: Familiar) -> None:
    def refuse(_call: Ask, _incoming: Incoming) -> object:
        raise Problem("question.too_long", "The question has 100,000 characters.", "Nothing was asked.")

    with CannedEngine(home, {Ask: refuse}):
        ran = familiar("ask", "x", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "question.too_long")


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["when", "does it end?"], Ask(question="when does it end?")),
        (["x", "--conversation", "new"], Ask(question="x")),
        (["x", "--conversation", "12"], Ask(question="x", conversation=ConversationId(12))),
        (["x", "--model", "quotes", "--in", "/"], Ask(question="x", model="quotes", scope=["/"])),
        (["x", "--consent"], Ask(question="x", consent=True)),
        (["-"], Ask(question="a long\nquestion")),
    ],
)
def test_words_become_this_question(
    words: list[str], sent: Ask, home: Home, familiar: Familiar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long\nquestion"))
    with CannedEngine(home, _answering()) as engine:
        assert familiar("ask", *words).code == 0
    assert engine.seen == [sent]


def _wanting_consent(call: Ask, incoming: Incoming) -> Answer:
    incoming.emit("turn", STEP)
    if not call.consent:
        raise Problem("remote.consent", "one runs on llm.example.org: it would be sent there.", "Nothing was sent.")
    return DONE


def _at_terminal(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    monkeypatch.setattr("app.cli.ask.somebody_there", lambda: True)


@pytest.mark.parametrize("typed", ["y\n", "Yes\n"])
def test_a_person_who_agrees_is_answered_in_the_same_conversation(
    typed: str, home: Home, familiar: Familiar, monkeypatch: pytest.MonkeyPatch
) -> None:
    _at_terminal(monkeypatch, typed)
    with CannedEngine(home, {Ask: _wanting_consent}) as engine:
        ran = familiar("ask", "When does it end?")
    assert ran.code == 0
    assert ran.out.startswith("It ends in May [1].\n")
    assert ran.err == "one runs on llm.example.org: it would be sent there. Go on? [y/N] "
    assert engine.seen[1] == Ask(
        question="When does it end?", conversation=ConversationId(12), consent=True, approves=True
    )  # fmt: skip


@pytest.mark.parametrize("typed", ["\n", "n\n", "", "yesterday\n"])
def test_a_person_who_does_not_agree_sends_nothing(
    typed: str, home: Home, familiar: Familiar, monkeypatch: pytest.MonkeyPatch
) -> None:
    _at_terminal(monkeypatch, typed)
    with CannedEngine(home, {Ask: _wanting_consent}) as engine:
        ran = familiar("ask", "When does it end?")
    assert (ran.code, len(engine.seen)) == (1, 1)
    assert "[remote.consent]" in ran.err


def test_without_a_terminal_consent_is_denied(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {Ask: _wanting_consent}) as engine:
        ran = familiar("ask", "When does it end?", "--json")
        assert familiar("ask", "When does it end?").code == 1
    assert (ran.code, len(engine.seen)) == (1, 2)
    assert ran.lines[-1]["error"]["code"] == "remote.consent"


TOOL = ToolStep(call="c1", name="search_files", arguments={"query": "lease"}, title="Searching “lease”")
FOUND = msgspec.structs.replace(TOOL, state="done", title="Searched “lease”", passages=3, result="<passage>")
FAILED = msgspec.structs.replace(TOOL, call="c2", state="failed", title="Reading x\x1b[31m.txt", result="No such file.")


def _looking(_call: Ask, incoming: Incoming) -> Answer:
    def tell(step: ToolStep) -> None:
        named = msgspec.structs.replace(STEP, name="tool", title=step.title, tool=step)
        incoming.emit("turn", named)

    tell(TOOL)
    tell(FOUND)
    incoming.emit("turn", Delta(text="I look on."))
    tell(FAILED)
    incoming.emit("turn", Delta(text="\n\nIt ends in May [1]."))
    answer = msgspec.structs.replace(DONE, text="I look on.\n\nIt ends in May [1].", steps=(FOUND, FAILED))
    incoming.emit("turn", answer)
    return answer


def test_calls_are_printed_as_lines_where_they_were_made(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {Ask: _looking}):
        ran = familiar("ask", "When?")
    lines = ran.out.splitlines()
    assert lines[:5] == [
        "Searched “lease” · 3 passages", "I look on.",
        "Reading x\N{REPLACEMENT CHARACTER}[31m.txt · failed: No such file.", "", "",
    ]  # fmt: skip
    assert lines[5] == "It ends in May [1]."


def test_programs_get_calls_as_steps_and_in_the_answer(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {Ask: _looking}):
        ran = familiar("ask", "When?", "--json")
    tools = [line["tool"] for line in ran.lines if line["event"] == "step"]
    assert [(tool["state"], tool["passages"]) for tool in tools] == [("running", 0), ("done", 3), ("failed", 0)]
    assert [step["call"] for step in ran.lines[-1]["steps"]] == ["c1", "c2"]


def test_what_was_searched_is_told_where_it_is_not_the_question_itself(home: Home, familiar: Familiar) -> None:
    limit = Filter(kind="type", value="pdf", label="PDF files", start=0, end=3)
    carried = msgspec.structs.replace(DONE, query="notice period Kastanienallee")
    with CannedEngine(home, _answering(answer=carried)):
        assert (
            "Searched for: notice period Kastanienallee" in familiar("ask", "and the notice period?").out.splitlines()
        )
        assert '"query":"notice period Kastanienallee"' in familiar("ask", "--json", "and it?").out
    limited = msgspec.structs.replace(DONE, query="When does it end?", filters=(limit,))
    with CannedEngine(home, _answering(answer=limited)):
        assert "Searched for: When does it end? · PDF files" in familiar("ask", "When does it end?").out.splitlines()
    with CannedEngine(home, _answering(answer=msgspec.structs.replace(limited, filters=()))):
        assert "Searched for" not in familiar("ask", "When does it end?").out


def test_answer_given_once_more_says_from_when_it_is_and_how_to_have_a_new_one(home: Home, familiar: Familiar) -> None:
    asked: list[Ask] = []
    again = msgspec.structs.replace(DONE, claims=(HOLDS,), reused=Reused(turn=TurnId(1), at=1_790_000_000_000))

    def answers(call: Ask, incoming: Incoming) -> Answer:
        asked.append(call)
        incoming.emit("turn", STEP)
        incoming.emit("turn", Delta(text=again.text))
        return again

    with CannedEngine(home, {Ask: answers}):
        ran = familiar("ask", "When?")
        familiar("ask", "--anew", "When?")
    assert ran.out.startswith("It ends in May [1].\n")
    note = "You asked this before: the answer is of 21 September 2026, and what it rests on has not changed since."
    assert f"{note} --anew has it written again.\n" in ran.out
    assert [call.anew for call in asked] == [False, True]
