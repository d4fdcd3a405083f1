"""What a turn looked up: quiet rows that unfold, as it happens and when the conversation is opened again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.base.turn_events import Delta, Step
from app.base.values import ConversationId, ToolStep, TurnId
from app.window.chat.answer import AnswerView
from app.window.chat.running_turns import RunningTurn, WaitingQuestion
from app.window.chat.tool_steps import ToolRow
from app.window.chat.transcript import TranscriptView
from app.window.chat.turn_wording import call_result, step_text
from app.window.controls import motion
from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.controls.widgets import Spinner
from tests.support.answers import answer, messages, step, tool_step
from tests.support.hands import press

SEARCHED = tool_step("c1", "Searched “lease”", result="[1] Lease.pdf, page 2\nThe lease renews.", passages=3)
READ = tool_step("c2", "Read contract.pdf, pages 4–6", name="read_file", result="Page 4 says nothing.")
FAILED = tool_step("c3", "Opened Private", name="list_folder", state="failed", result="\nIt is not in your folders.\n")


def _reply(transcript: TranscriptView) -> AnswerView:
    view = transcript.column.view(-1)
    assert isinstance(view, AnswerView)
    return view


def _rows(transcript: TranscriptView) -> list[ToolRow]:
    return _reply(transcript).steps.rows


def _said(transcript: TranscriptView) -> list[str]:
    return [row.toggle.accessibleName() for row in _rows(transcript)]


def test_calls_appear_as_they_are_made_and_turn_while_they_run(transcript: TranscriptView) -> None:
    transcript.begin_turn("When?")
    running = tool_step("c1", "Searching “lease”", state="running")
    transcript.apply(step("tool", "Searching “lease”", tool=running))
    row = _rows(transcript)[0]
    assert row.toggle.accessibleName() == "Searching “lease”"
    assert not row.toggle.isEnabled()
    assert row.toggle.spinner.isVisible()
    transcript.apply(step("tool", "Searched “lease”", tool=SEARCHED))
    transcript.apply(step("tool", "Read", tool=READ))
    assert _said(transcript) == ["Searched “lease”. 3 passages", "Read contract.pdf, pages 4–6"]
    assert _rows(transcript)[0] is row
    assert not row.toggle.spinner.isVisible()
    assert row.toggle.isEnabled()


def test_two_calls_that_the_model_named_alike_are_two_rows(transcript: TranscriptView) -> None:
    transcript.begin_turn("When?")
    for title in ("“lease”", "“rent”"):
        transcript.apply(step("tool", "", tool=tool_step("c1", f"Searching {title}", state="running")))
        transcript.apply(step("tool", "", tool=tool_step("c1", f"Searched {title}")))
    assert _said(transcript) == ["Searched “lease”", "Searched “rent”"]


def test_failed_call_says_why(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("What is private?", answer("I cannot say.", steps=[FAILED]))))
    assert _said(transcript) == ["Opened Private. failed: It is not in your folders."]


def test_calls_are_there_when_the_conversation_is_opened_again(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("When?", answer("In March.", steps=[SEARCHED, READ]))))
    assert _said(transcript) == ["Searched “lease”. 3 passages", "Read contract.pdf, pages 4–6"]


def test_row_unfolds_to_its_result_by_enter_and_folds_again(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("When?", answer("In March.", steps=[SEARCHED]))))
    reply, row = _reply(transcript), _rows(transcript)[0]
    before = reply.height()
    press(row.toggle, Qt.Key.Key_Return)
    assert row.result is not None
    assert row.result.isVisible()
    assert row.result.text() == SEARCHED.result
    assert reply.height() > before
    assert reply.text.geometry().top() >= reply.steps.geometry().bottom()
    assert row.result in reply.focus_chain()
    assert "search_files · query: lease" in [each.text() for each in row.findChildren(QLabel)]
    press(row.toggle, Qt.Key.Key_Return)
    assert not row.result.isVisible()
    assert reply.height() == before


def test_unfolding_keeps_what_is_read_in_place(transcript: TranscriptView) -> None:
    long = tool_step("c9", "Read all", result="line\n" * 60)
    transcript.set_messages(messages(*(("When?", answer("In March. " * 90, steps=[long])) for _ in range(6))))
    bar = transcript.scroll_bar()
    bar.setValue(bar.maximum() // 2)
    index = next(i for i in range(1, 12, 2) if (v := transcript.column.view(i)) and v.y() >= bar.value())
    view = transcript.column.view(index)
    assert isinstance(view, AnswerView)
    before = view.y() - bar.value()
    view.steps.rows[0].toggle.click()
    assert view.y() - bar.value() == before


def test_text_goes_on_below_the_calls(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.begin_turn("When?")
    transcript.apply(Delta(text="Let me look. "))
    transcript.apply(step("tool", "Searched “lease”", tool=SEARCHED))
    transcript.apply(Delta(text="In March."))
    qtbot.waitUntil(lambda: "March" in _reply(transcript).text.toPlainText())
    reply = _reply(transcript)
    assert reply.text.geometry().top() >= reply.steps.geometry().bottom()
    assert reply.height() >= reply.text.geometry().bottom()


def test_call_cut_short_by_a_stop_does_not_go_on_turning(transcript: TranscriptView) -> None:
    transcript.begin_turn("When?")
    transcript.apply(step("tool", "Searching", tool=tool_step("c1", "Searching “lease”", state="running")))
    transcript.apply(answer("", state="stopped"))
    row = _rows(transcript)[0]
    assert row.toggle.accessibleName() == "Searching “lease”. stopped"
    assert row.toggle.spinner.isHidden()


def test_very_long_result_is_cut_and_says_so() -> None:
    shown = call_result(tool_step("c1", "Read", result="x" * 20_000))
    assert shown.endswith("The first 6,000 of 20,000 characters.")
    assert call_result(tool_step("c1", "Read", result=" \n")) == "It brought nothing."


def test_result_is_never_read_as_html(transcript: TranscriptView) -> None:
    hostile = tool_step("c1", "Searched <b>x</b>", result="<img src=file:///etc/passwd>")
    transcript.set_messages(messages(("When?", answer("In March.", steps=[hostile]))))
    row = _rows(transcript)[0]
    row.toggle.click()
    assert row.result is not None
    assert row.result.textFormat() == Qt.TextFormat.PlainText
    assert row.toggle.accessibleName() == "Searched <b>x</b>"


def test_rows_take_another_theme_and_a_narrow_window(transcript: TranscriptView) -> None:
    wide = tool_step("c1", "Searched “" + "very long words " * 20 + "”", result="found", passages=12)
    transcript.set_messages(messages(("When?", answer("In March.", steps=[wide]))))
    transcript.resize(360, 500)
    row = _rows(transcript)[0]
    assert row.toggle.width() <= _reply(transcript).width()
    light = row.toggle.grab().toImage()
    transcript.set_theme(DARK)
    assert row.toggle.grab().toImage() != light


@pytest.mark.parametrize(
    ("shown", "elapsed_s", "text"),
    [
        (step("reading", "Reading 3 passages", expected_s=4.2), 1, "Reading 3 passages, about 4 s…"),
        (step("reading", "Reading", done=1, total=4, expected_s=130), 5, "Reading, about 2 min… 25 % · 5 s"),
        (step("thinking", "Thinking"), 8, "Thinking… · 8 s"),
        (step("reading", "Reading 1 passage", expected_s=0.3), 1, "Reading 1 passage…"),
        (step("loading", "Loading Qwen 3 4B"), 1, "Loading Qwen 3 4B…"),
    ],
)  # fmt: skip
def test_running_step_says_what_it_does_and_how_long_it_may_take(shown: Step, elapsed_s: float, text: str) -> None:
    assert step_text(shown, elapsed_s) == text


def test_turn_that_is_joined_later_keeps_each_of_its_calls() -> None:
    turn = RunningTurn(WaitingQuestion("When?"))

    def hear(call: ToolStep) -> None:
        turn.hear(Step(name="tool", title="", conversation=ConversationId(1), turn=TurnId(1), tool=call))

    hear(tool_step("c1", "Searching", state="running"))
    hear(SEARCHED)
    hear(READ)
    again = tool_step("c2", "Read it again", name="read_file")
    hear(again)
    assert [event.tool for event in turn.events if isinstance(event, Step)] == [SEARCHED, READ, again]


def test_spinner_keeps_still_where_less_movement_is_wanted(
    themes: ThemeSource, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    for reduced in (True, False):
        monkeypatch.setattr(motion, "is_reduced", lambda reduced=reduced: reduced)
        spinner = Spinner(LIGHT)
        qtbot.addWidget(spinner)
        spinner.show()
        assert spinner.turns is not reduced


@pytest.mark.parametrize(
    ("name", "text", "reduced"),
    [
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=0\n", True),
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=1.0\n", False),
        ("gtk-3.0/settings.ini", "[Settings]\ngtk-enable-animations=false\n", True),
        ("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=1\n", False),
        ("elsewhere", "", False),
    ],
)  # fmt: skip
def test_desktops_wish_for_less_movement_is_found(
    name: str, text: str, reduced: bool, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    themes: ThemeSource,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    motion.is_reduced.cache_clear()
    try:
        assert motion.is_reduced() is reduced
    finally:
        motion.is_reduced.cache_clear()
