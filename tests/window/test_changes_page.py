"""The page of changes: what was done, undone by mouse and by keys; the rules; the record."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.base.actions import AuditEntry, Change, PolicySet, Rule, UndoAction
from app.window.changes import rules_panel
from app.window.changes.changes_page import SHOWN, ChangesPage
from app.window.controls.theme import DARK, ThemeSource
from app.window.engine_client import EngineClient
from tests.support.fake_actions import action
from tests.support.fake_engine import FakeEngine
from tests.support.hands import press

MOVE = Change(kind="move", path="/docs/a.txt", target="/docs/b.txt")


@pytest.fixture
def page(engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot) -> ChangesPage:
    engine.done.actions = [
        action(3, "Rename a.txt", MOVE),
        action(2, "Move 6 files", *[MOVE] * 6),
        action(1, "Rename a.txt", MOVE, state="undone", undoable="It is undone already."),
    ]
    engine.done.policy = msgspec.structs.replace(
        engine.done.policy, rules=(Rule(decision="deny", folder="/taxes", effect="write"),)
    )
    engine.done.entries = tuple(
        AuditEntry(id=n, at=engine.now_ms, event="approved", body={"title": f"Rename {n}"}, sha256="") for n in (1, 2)
    )
    made = ChangesPage(client, themes.theme)
    qtbot.addWidget(made)
    made.resize(800, 700)
    made.show()
    qtbot.waitUntil(lambda: len(made.rows) == 3 and len(made.rules.rows) == 1)
    return made


def test_what_was_done_stands_there_with_its_way_back(page: ChangesPage) -> None:
    assert [row.undo.isVisible() for row in page.rows] == [True, True, False]
    assert page.rows[0].lines[0].text() == "Renamed a.txt to b.txt."
    assert "It is undone already" in page.rows[2].told.text()
    assert page.rows[1].more.text() == "Show 2 more lines" and len(page.rows[1].lines) == 4
    page.rows[1].more.click()
    assert len(page.rows[1].lines) == 6 and not page.rows[1].more.isVisible()


def test_change_is_undone_by_keys_alone(page: ChangesPage, engine: FakeEngine, qtbot: QtBot) -> None:
    said: list[tuple[str, str]] = []
    page.said.connect(lambda title, hint, *_: said.append((title, hint)))
    page.arrive()
    assert page.rows[0].undo.hasFocus()
    press(page.rows[0].undo, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not page.rows[0].undo.isVisible())
    assert UndoAction(id=3) in engine.seen
    assert said == [("Undone: Rename a.txt to b.txt.", "")]


def test_what_cannot_be_undone_says_why(page: ChangesPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.done.stays = "It has changed since, or is not there any more."
    said: list[str] = []
    page.said.connect(lambda title, hint, *_: said.append(f"{title} {hint}"))
    before = page.rows[0]
    before.undo.click()
    qtbot.waitUntil(lambda: bool(said))
    assert "has changed since" in said[0]
    qtbot.waitUntil(lambda: page.rows[0] is not before and page.rows[0].undo.isEnabled())
    page.rows[0].undo.click()  # and once more, to the same end
    before = page.rows[0]
    qtbot.waitUntil(lambda: page.rows[0] is not before and page.rows[0].undo.isEnabled())


def test_rule_is_added_changed_and_taken_away(
    page: ChangesPage, engine: FakeEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_panel, "choose_folder", lambda *_: "/work")
    page.rules.add.click()
    qtbot.waitUntil(lambda: len(page.rules.rows) == 2)
    assert engine.done.policy.rules[1] == Rule(decision="deny", folder="/work", effect="write")
    row = page.rules.rows[1]
    row.decision.setCurrentIndex(1)
    row.decision.activated.emit(1)
    qtbot.waitUntil(lambda: engine.done.policy.rules[1].decision == "allow")
    qtbot.waitUntil(lambda: page.rules.rows[1] is not row)
    page.rules.rows[0].remove.click()
    qtbot.waitUntil(lambda: len(page.rules.rows) == 1)
    assert engine.done.policy.rules == (Rule(decision="allow", folder="/work", effect="write"),)
    assert sum(isinstance(call, PolicySet) for call in engine.seen) == 3


def test_rules_with_an_error_are_shown_and_cannot_be_overwritten(
    page: ChangesPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.done.policy = msgspec.structs.replace(engine.done.policy, problem="policy.toml cannot be understood: line 3")
    page.hide()
    page.show()
    qtbot.waitUntil(page.rules.problem.isVisible)
    assert "line 3" in page.rules.problem.text() and "nothing is allowed" in page.rules.problem.text()
    assert not page.rules.add.isEnabled() and not page.rules.rows[0].isEnabled()


def test_record_is_unfolded_and_checked(page: ChangesPage, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.record.lines.toggle.accessibleName() == "2 lines")
    page.record.lines.toggle.click()
    page.record.verify.click()
    qtbot.waitUntil(lambda: page.record.told.text() == "All 2 lines are as they were written.")
    engine.done.broken = "Line 2 is missing."
    page.record.verify.click()
    qtbot.waitUntil(lambda: page.record.told.text() == "Line 2 is missing.")


def test_empty_page_says_what_could_be(
    engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot
) -> None:
    made = ChangesPage(client, themes.theme)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.told.text().startswith("Nothing yet."))
    made.arrive()
    assert made.rules.add.hasFocus()


def test_a_thousand_changes_come_in_parts(page: ChangesPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.done.actions = [action(n, f"Rename {n}", MOVE) for n in range(120)]
    page.hide()
    page.show()
    qtbot.waitUntil(lambda: len(page.rows) == SHOWN)
    assert page.more.text() == "Show 50 more changes"
    page.more.click()
    page.more.click()
    assert len(page.rows) == 120 and not page.more.isVisible()
    page.set_theme(DARK)
