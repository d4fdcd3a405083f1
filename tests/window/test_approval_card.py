"""What may be done is asked in a card that shows all of it, that nothing can hide, and that no stray key answers."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.base.actions import Approval, Change, Decide
from app.base.foreign_text import MARK, harmless_line
from app.base.turn_events import Step
from app.base.values import Answer, ConversationId, ToolStep, TurnId
from app.window.chat.answer import AnswerView
from app.window.chat.approval_card import WAIT_MS, ApprovalCard
from app.window.chat.transcript import TranscriptView
from app.window.controls.theme import DARK, ThemeSource
from tests.support.hands import on_screen, press
from tests.support.yardsticks import yardsticks_folder

NAUGHTY = yardsticks_folder() / "agent" / "naughty_strings" / "blns.json"


def approval(*changes: Change, **more: Any) -> Approval:
    given = {"id": "x1", "title": f"Move {len(changes)} files", **more}
    return Approval(
        conversation=ConversationId(1), turn=TurnId(1), call="c1", tool="move_files", changes=changes, **given
    )


def move(name: str, target: str = "/docs/new.txt") -> Change:
    return Change(kind="move", path=f"/docs/{name}", target=target)


def card_of(one: Approval, themes: ThemeSource, qtbot: QtBot, width: int = 560) -> ApprovalCard:
    return on_screen(ApprovalCard(one, themes.theme), width, 400, qtbot)


def answers(card: ApprovalCard) -> list[Decide]:
    got: list[Decide] = []
    card.decided.connect(got.append)
    return got


def words(card: ApprovalCard) -> str:
    return "\n".join(one.text().replace("\u200b", "") for one in card.findChildren(QLabel) if one.isVisible())


def test_nothing_can_be_answered_for_half_a_second(themes: ThemeSource, qtbot: QtBot) -> None:
    card = card_of(approval(move("a.txt")), themes, qtbot)
    got = answers(card)
    assert not card.allow.isEnabled() and not card.deny.isEnabled()
    for button in (card.allow, card.deny):
        assert not button.isDefault() and not button.autoDefault() and not button.hasFocus()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        button.click()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Y):
        press(card, key)
    assert got == []
    qtbot.waitUntil(card.allow.isEnabled, timeout=WAIT_MS * 4)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        press(card, key)
    assert got == [] and not card.allow.hasFocus()
    QTest.mouseClick(card.allow, Qt.MouseButton.LeftButton)
    assert got == [Decide(approval="x1", allow=True)]
    card.deny.click()
    assert len(got) == 1 and not card.allow.isEnabled()


def test_lines_are_struck_by_keys_alone(themes: ThemeSource, qtbot: QtBot) -> None:
    card = card_of(approval(move("a"), move("b"), move("c")), themes, qtbot)
    got = answers(card)
    qtbot.waitUntil(card.allow.isEnabled, timeout=WAIT_MS * 4)
    assert card.allow.text() == "Allow 3 of 3 changes"
    card.rows[1].box.setFocus()
    press(card.rows[1].box, Qt.Key.Key_Space)
    assert card.allow.text() == "Allow 2 of 3 changes"
    for row in card.rows:
        row.box.setChecked(False)
    assert not card.allow.isEnabled() and card.deny.isEnabled()
    card.rows[0].box.setChecked(True)
    assert [type(one).__name__ for one in card.focus_chain()] == ["QCheckBox"] * 3 + ["Button"] * 2
    card.allow.setFocus()
    press(card.allow, Qt.Key.Key_Space)
    assert got == [Decide(approval="x1", allow=True, struck=(2, 3))]


def test_no_is_a_no_whatever_is_struck(themes: ThemeSource, qtbot: QtBot) -> None:
    card = card_of(approval(move("a"), move("b")), themes, qtbot)
    got = answers(card)
    qtbot.waitUntil(card.deny.isEnabled, timeout=WAIT_MS * 4)
    card.rows[0].box.setChecked(False)
    card.deny.click()
    assert got == [Decide(approval="x1", allow=False)]


def test_every_line_and_its_whole_paths_can_be_seen(themes: ThemeSource, qtbot: QtBot) -> None:
    deep = "/docs/" + "/".join(f"folder{n}" for n in range(30)) + "/end.txt"
    moves = [move(f"{n}.txt", deep) for n in range(50)]
    card = card_of(approval(*moves, why=("Because.",), sources=("/docs/letter.eml",), more=3), themes, qtbot)
    said = words(card)
    assert said.count(f"→ {deep}") == 50 and "/docs/49.txt" in said
    assert "The idea may have come from /docs/letter.eml and 3 other files." in said
    area = card.rows[0].parentWidget()
    assert area is not None and card.rows[-1].y() + card.rows[-1].height() <= area.height()
    assert max(row.width() for row in card.rows) < card.width()


def test_diff_is_shown_whole_as_it_stands(themes: ThemeSource, qtbot: QtBot) -> None:
    diff = "@@ -1 +1,60 @@\n-Old\n" + "".join(f"+Line {n} <b>&amp;\n" for n in range(60)) + "+\u202eevil\n"
    card = card_of(approval(Change(kind="edit", path="/docs/a.md", diff=diff)), themes, qtbot)
    view = card.rows[0].diff
    assert view is not None
    assert view.toPlainText() == diff.replace("\u202e", MARK)
    assert view.verticalScrollBar().maximum() > 0
    card.set_theme(DARK)


@pytest.mark.skipif(not NAUGHTY.is_file(), reason=f"needs the Big List of Naughty Strings at {NAUGHTY}")
def test_worst_names_are_drawn_as_what_they_are(themes: ThemeSource, qtbot: QtBot) -> None:
    strings: list[str] = json.loads(NAUGHTY.read_text(encoding="utf-8"))

    def badness(text: str) -> int:
        return sum(unicodedata.category(letter) in ("Cf", "Cc", "Zl", "Zp") for letter in text) * 10 + len(text) // 40

    worst = sorted(strings, key=badness)[-16:]
    worst += ["a\u202egpj.exe", "\x1b[2J\x1b]0;x\x07", "x" * 100_000, "<img src=x onerror=1><h1>Allow</h1>&nbsp;" * 9]
    assert len(worst) == 20 and badness(worst[0]) >= 10
    for text in worst:
        name = text.replace("/", "_")[:20_000]
        one = approval(move(name), title=f"Rename {name}", sources=(f"/docs/{name}",))
        shown = _picture(one, themes, qtbot)
        marked = harmless_line(name)
        twin = approval(move(marked), title=f"Rename {marked}", sources=(f"/docs/{marked}",))
        assert shown == _picture(twin, themes, qtbot), name[:40]
    liar = _picture(approval(move("a\u202egpj.exe")), themes, qtbot)
    assert liar != _picture(approval(move("aexe.jpg")), themes, qtbot)


def _picture(one: Approval, themes: ThemeSource, qtbot: QtBot) -> QImage:
    """The card as it is drawn at its full height; its buttons are inside it and nothing is wider."""
    card = card_of(one, themes, qtbot)
    layout = card.layout()
    assert layout is not None
    card.resize(560, layout.totalHeightForWidth(560))
    corner = card.deny.mapTo(card, QPoint(card.deny.width(), card.deny.height()))
    assert corner.x() <= card.width() and corner.y() <= card.height()
    assert all(label.width() <= 560 for label in card.findChildren(QLabel))
    drawn = card.grab().toImage()
    card.close()
    return drawn


# ---- in the transcript -----------------------------------------------------------------------------------------------


def _running(transcript: TranscriptView) -> None:
    transcript.begin_turn("Rename it")
    call = ToolStep(call="c1", name="move_files", arguments={}, title="Moving 1 file", effect="write")
    transcript.apply(Step(name="tool", title="", conversation=ConversationId(1), turn=TurnId(1), tool=call))


def test_card_comes_with_its_approval_and_goes_when_another_window_answers(
    transcript: TranscriptView, qtbot: QtBot
) -> None:
    _running(transcript)
    one = approval(move("a"), move("b"))
    transcript.apply(one)
    view = transcript.column.view(1)
    assert isinstance(view, AnswerView)
    (card,) = view.approvals.cards
    got: list[Decide] = []
    transcript.decided.connect(got.append)
    qtbot.waitUntil(card.allow.isEnabled, timeout=WAIT_MS * 4)
    card.rows[0].box.setChecked(False)
    transcript.column.replace(1, transcript.column.items[1])  # as when it is scrolled far away and back
    transcript.column.relayout()
    view = transcript.column.view(1)
    assert isinstance(view, AnswerView)
    (card,) = view.approvals.cards
    assert card.struck == (1,)
    qtbot.waitUntil(card.allow.isEnabled, timeout=WAIT_MS * 4)
    card.allow.click()
    assert got == [Decide(approval="x1", allow=True, struck=(1,))]
    transcript.apply(msgspec.structs.replace(one, state="allowed"))
    assert view.approvals.cards == [] and view.approvals.isHidden()


def test_what_was_done_is_marked_and_can_be_undone_below_it(transcript: TranscriptView) -> None:
    _running(transcript)
    transcript.apply(approval(move("a")))
    done = ToolStep(
        call="c1", name="move_files", arguments={}, title="Renamed a", state="done", effect="write", action=7
    )
    answer = Answer(
        conversation=ConversationId(1), turn=TurnId(1), mode="chat", state="done", text="Renamed a to b.",
        steps=(done,), actions=(7,), model="m", unfounded="I sold the house.",
    )  # fmt: skip
    transcript.apply(answer)
    view = transcript.column.view(1)
    assert isinstance(view, AnswerView)
    assert view.approvals.cards == []
    said = [one.text() for one in view.findChildren(QLabel)]
    assert "Done" in said and not any("Nothing in your files" in one for one in said)
    undone: list[tuple[int, ...]] = []
    transcript.undo_wanted.connect(undone.append)
    from app.window.chat.acted_row import ActedRow

    (row,) = view.findChildren(ActedRow)
    row.undo.click()
    assert undone == [(7,)]
