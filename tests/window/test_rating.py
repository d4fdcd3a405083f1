"""Thumbs under an answer: what they say, what is kept, and that the last press counts."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.base.calls import Rate
from app.base.errors import Problem
from app.base.ratings import Rating, Thumb
from app.base.values import AnswerState
from app.window.chat.answer import AnswerView
from app.window.chat.transcript import TranscriptView
from app.window.controls.theme import DARK
from app.window.shell.main_window import MainWindow
from tests.support.answers import answer, messages
from tests.support.fake_engine import FakeEngine, Script
from tests.support.hands import click, press
from tests.support.main_window import ask


def _view(transcript: TranscriptView) -> AnswerView:
    view = transcript.column.view(-1)
    assert isinstance(view, AnswerView)
    return view


def _pressed(view: AnswerView) -> list[Thumb]:
    buttons: dict[Thumb, bool] = {
        "up": view.thumbs.up_button.isChecked(), "down": view.thumbs.down_button.isChecked(),
    }  # fmt: skip
    return [thumb for thumb, pressed in buttons.items() if pressed]


def _asked(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> AnswerView:
    engine.scripts = [Script(["In May."])]
    ask(window, "When?")
    qtbot.waitUntil(lambda: not window.chat.is_busy)
    return _view(window.chat.transcript)


def _sent(engine: FakeEngine) -> list[Thumb | None]:
    return [call.thumb for call in engine.calls(Rate)]


def test_thumb_is_kept_with_its_answer(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    view = _asked(window, engine, qtbot)
    click(view.thumbs.up_button)
    qtbot.waitUntil(lambda: window.chat.transcript.column.items[-1].answer.rating is not None)  # type: ignore[union-attr]
    assert engine.calls(Rate) == [Rate(turn=window.chat.transcript.column.items[-1].turn, thumb="up")]  # type: ignore[arg-type]
    assert _pressed(view) == ["up"]
    assert view.thumbs.up_button.toolTip() == "You found this right; press to take it back"


def test_other_thumb_takes_its_place_and_a_second_press_takes_it_back(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    view = _asked(window, engine, qtbot)
    for button, expected in (
        (view.thumbs.up_button, ["up"]), (view.thumbs.down_button, ["down"]), (view.thumbs.down_button, []),
    ):  # fmt: skip
        number = len(engine.calls(Rate)) + 1
        press(button, Qt.Key.Key_Return)
        assert _pressed(view) == expected
        qtbot.waitUntil(lambda number=number: len(engine.calls(Rate)) == number)  # type: ignore[misc]
    assert _sent(engine) == ["up", "down", None]
    qtbot.waitUntil(lambda: window.chat.transcript.column.items[-1].answer.rating is None)  # type: ignore[union-attr]
    assert view.thumbs.down_button.toolTip() == "This answer is wrong"


def test_presses_while_one_is_being_kept_wait_and_the_last_counts(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    view = _asked(window, engine, qtbot)
    held = engine.hold(Rate)
    click(view.thumbs.up_button)
    qtbot.waitUntil(lambda: len(engine.calls(Rate)) == 1)
    click(view.thumbs.down_button)
    click(view.thumbs.down_button)
    click(view.thumbs.down_button)
    held.set()
    qtbot.waitUntil(lambda: len(engine.calls(Rate)) == 2)
    assert _sent(engine) == ["up", "down"]
    assert _pressed(view) == ["down"]


def test_rating_that_was_not_kept_is_not_shown_as_kept(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    view = _asked(window, engine, qtbot)
    engine.rate_failure = Problem("store.full", "The disk is full.", "Free some space and try again.")
    click(view.thumbs.up_button)
    qtbot.waitUntil(lambda: window.toast.text == "The disk is full.")
    assert _pressed(view) == []


def test_kept_rating_is_shown_with_its_reason(transcript: TranscriptView) -> None:
    rated = msgspec.structs.replace(answer("In May."), rating=Rating(thumb="down", note="the <old> lease", at=1))
    transcript.set_messages(messages(("When?", rated)))
    view = _view(transcript)
    assert _pressed(view) == ["down"]
    assert "Your reason: the &lt;old&gt; lease" in view.thumbs.down_button.toolTip()
    transcript.set_theme(DARK)
    assert _pressed(view) == ["down"]


@pytest.mark.parametrize(
    ("state", "shown"),
    [("done", True), ("stopped", True), ("interrupted", True), ("failed", False), ("streaming", False)],
)
def test_only_settled_answers_have_thumbs(state: AnswerState, shown: bool, transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("When?", answer("In May.", state=state))))
    assert _view(transcript).thumbs.isVisible() is shown


def test_live_and_empty_answers_have_no_thumbs(transcript: TranscriptView) -> None:
    transcript.begin_turn("When?")
    assert not _view(transcript).thumbs.isVisible()
    transcript.set_messages(messages(("When?", answer("", state="stopped"))))
    assert not _view(transcript).thumbs.isVisible()


def test_thumbs_are_reached_by_keyboard_and_named(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("When?", answer("In May."))))
    view = _view(transcript)
    chain: list[QWidget] = view.focus_chain()
    at = chain.index(view.thumbs.up_button)
    assert chain[at : at + 3] == [view.thumbs.up_button, view.thumbs.down_button, view.copy_button]
    assert view.thumbs.up_button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert (view.thumbs.up_button.accessibleName(), view.thumbs.down_button.accessibleName()) == (
        "This answer is right",
        "This answer is wrong",
    )
