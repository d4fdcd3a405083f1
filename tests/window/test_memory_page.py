"""The page of what Familiar remembers: told, found, changed, kept and forgotten, by mouse and by keys."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.base.memory import Memory, MemoryForget
from app.window.controls.theme import DARK, ThemeSource
from app.window.controls.widgets import breakable
from app.window.engine_client import EngineClient
from app.window.memory import memory_page
from app.window.memory.memory_page import SHOWN, MemoryPage
from tests.support.fake_engine import FakeEngine
from tests.support.hands import press, write


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person was asked before something went; they agree."""
    asked: list[str] = []

    def agree(_parent: Any, title: str, _text: str, _verb: str, **_: Any) -> bool:
        asked.append(title)
        return True

    monkeypatch.setattr(memory_page, "confirm", agree)
    return asked


@pytest.fixture
def page(engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot) -> MemoryPage:
    engine.memories = [
        Memory(id=90, text="The person likes tea", at=engine.now_ms, origin="assistant", kept=False),
        Memory(id=91, text="I live in Basel", at=engine.now_ms),
    ]
    made = MemoryPage(client, themes.theme)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitUntil(lambda: len(made.rows) == 2)
    return made


def texts(page: MemoryPage) -> list[str]:
    return [row.memory.text for row in page.rows]


def test_it_says_what_is_remembered_and_what_waits(page: MemoryPage) -> None:
    assert page.told.text() == "1 thing remembered, 1 proposal waits for your word: until then nothing uses them."
    assert [row.keep.isVisible() for row in page.rows] == [True, False]
    assert not page.search.isVisible()


def test_something_is_told_by_keys_alone(page: MemoryPage, qtbot: QtBot) -> None:
    write(page.field, "I work in Bern")
    press(page.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "I work in Bern" in texts(page))
    assert page.field.text() == ""


def test_proposal_is_kept(page: MemoryPage, engine: FakeEngine, qtbot: QtBot) -> None:
    page.rows[0].keep.click()
    qtbot.waitUntil(lambda: page.told.text() == "2 things remembered.")
    assert all(one.kept for one in engine.memories)


def test_one_is_said_otherwise_or_left_as_it_is(page: MemoryPage, engine: FakeEngine, qtbot: QtBot) -> None:
    row = page.rows[1]
    row.edit.click()
    assert (row.is_written, row.field.text(), row.hasFocus() or row.field.hasFocus()) == (True, "I live in Basel", True)
    QTest.keyClick(row.field, Qt.Key.Key_Escape)
    assert not row.is_written
    row.edit.click()
    row.field.setText("I live in Bern")
    QTest.keyClick(row.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "I live in Bern" in texts(page))
    assert {one.text for one in engine.memories} == {"The person likes tea", "I live in Bern"}


def test_what_cannot_be_kept_is_said_and_what_was_written_stays(page: MemoryPage, qtbot: QtBot) -> None:
    heard: list[str] = []
    page.said.connect(lambda title, *_: heard.append(title))
    row = page.rows[1]
    row.edit.click()
    row.field.setText("The person likes tea")
    row.save.click()
    qtbot.waitUntil(lambda: heard == ["That is remembered already."])
    assert (row.is_written, row.field.text()) == (True, "The person likes tea")


def test_row_that_is_written_is_not_taken_from_under_the_hands(page: MemoryPage, client: EngineClient) -> None:
    row = page.rows[1]
    row.edit.click()
    client.chats_changed.emit()
    page.search.setText("tea")
    assert row in page.rows


def test_one_is_forgotten_once_the_person_says_so(
    page: MemoryPage, engine: FakeEngine, said: list[str], qtbot: QtBot
) -> None:
    page.rows[1].forget.click()
    qtbot.waitUntil(lambda: texts(page) == ["The person likes tea"])
    assert said == ["Forget “I live in Basel”?"]
    assert [call.ids for call in engine.calls(MemoryForget)] == [[91]]


def test_all_are_forgotten_and_the_page_says_how_to_begin(page: MemoryPage, said: list[str], qtbot: QtBot) -> None:
    page.forget_all.click()
    qtbot.waitUntil(lambda: page.rows == [])
    assert said == ["Forget all 2 things?"]
    assert page.told.text().startswith("Nothing yet.")
    assert not page.forget_all.isVisible()


def test_what_is_kept_is_copied(page: MemoryPage, qtbot: QtBot) -> None:
    page.copy.click()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "- I live in Basel\n")


def test_many_are_found_by_their_words_and_shown_in_part(
    page: MemoryPage, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    engine.memories = [Memory(id=n, text=f"Thing {n}", at=engine.now_ms) for n in range(1, 251)]
    client.chats_changed.emit()
    qtbot.waitUntil(lambda: len(page.rows) == SHOWN)
    assert page.search.isVisible()
    page.more.click()
    assert (len(page.rows), page.more.text()) == (2 * SHOWN, "Show 50 more things")
    page.search.setText("thing 250")
    assert (texts(page), page.told.text()) == (["Thing 250"], "1 thing with these words")
    page.search.setText("zebra")
    assert page.told.text() == "Nothing has these words."


def test_long_words_break_and_signs_that_deceive_are_seen(
    page: MemoryPage, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    engine.memories = [Memory(id=1, text="x" * 900 + "\u202egnp", at=engine.now_ms)]
    client.chats_changed.emit()
    qtbot.waitUntil(lambda: len(page.rows) == 1)
    page.resize(420, 600)
    inside = page.widget()
    assert inside is not None
    qtbot.waitUntil(lambda: inside.width() <= page.viewport().width())
    assert "\u202e" not in page.rows[0].text.text()
    assert breakable("a" * 30) == "a" * 24 + "\u200b" + "a" * 6


def test_theme_changes(page: MemoryPage) -> None:
    page.set_theme(DARK)
