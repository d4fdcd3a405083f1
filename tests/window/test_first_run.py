"""The first page: folders, a model or quotes, and no way to get stuck."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.base.calls import FoldersAdd, Preferences, SetPreferences, SetupProgress
from app.base.models import ModelsAdd
from app.base.paths import resources
from app.base.values import Folder
from app.window import first_run
from app.window.first_run import FirstRun
from app.window.session import Session
from app.window.theme import DARK, ThemeSource
from tests.support.fake_engine import FakeEngine
from tests.support.hands import click


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's Documents and Desktop, which are suggested."""
    for name in ("Documents", "Desktop"):
        (tmp_path / name).mkdir()
    suggested = [str(tmp_path / "Documents"), str(tmp_path / "Desktop")]
    monkeypatch.setattr(first_run, "suggested_folders", lambda: suggested)
    return tmp_path / "Documents"


@pytest.fixture
def page(documents: Path, engine: FakeEngine, session: Session, themes: ThemeSource, qtbot: QtBot) -> FirstRun:
    engine.preferences = Preferences(first_run=True)
    made = FirstRun(session, themes.theme)
    qtbot.addWidget(made)
    made.resize(760, 720)
    made.show()
    qtbot.waitUntil(made.start.isEnabled)
    return made


def test_start_adds_the_ticked_folders_and_is_not_shown_again(
    page: FirstRun, documents: Path, engine: FakeEngine, qtbot: QtBot
) -> None:
    assert [box.isChecked() for box in page.boxes] == [True, False]
    with qtbot.waitSignal(page.finished):
        click(page.start)
    qtbot.waitUntil(lambda: not engine.preferences.first_run)
    assert engine.calls(FoldersAdd) == [FoldersAdd(paths=[str(documents)])]


def test_another_folder_can_be_chosen(
    page: FirstRun, tmp_path: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    other = tmp_path / "Papers & more"
    other.mkdir()
    monkeypatch.setattr(first_run, "choose_folder", lambda _: str(other))
    page.boxes[0].setChecked(False)
    click(page.more)
    assert page.chosen() == [str(other)]
    click(page.more)
    assert len(page.boxes) == 3
    with qtbot.waitSignal(page.finished):
        click(page.start)
    assert engine.calls(FoldersAdd) == [FoldersAdd(paths=[str(other)])]


def test_sample_is_one_click(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.finished):
        click(page.sample)
    assert engine.calls(FoldersAdd) == [FoldersAdd(paths=[str(resources() / "sample")])]


def test_nothing_has_to_be_chosen(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    page.boxes[0].setChecked(False)
    with qtbot.waitSignal(page.finished):
        click(page.start)
    with qtbot.waitSignal(page.finished):
        click(page.skip)
    assert engine.calls(FoldersAdd) == []
    qtbot.waitUntil(lambda: len(engine.calls(SetPreferences)) == 2)


def test_folder_that_cannot_be_added_is_said_and_the_rest_can_go_on(
    page: FirstRun, documents: Path, qtbot: QtBot
) -> None:
    documents.rmdir()
    click(page.start)
    qtbot.waitUntil(page.folder_problem.isVisible)
    assert page.folder_problem.text() == f"There is no folder {documents}. Nothing was changed."
    assert page.start.isEnabled()
    page.boxes[0].setChecked(False)
    with qtbot.waitSignal(page.finished):
        click(page.start)


def test_model_is_chosen_or_refused_with_its_reason(
    page: FirstRun, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    assert page.model_state.text() == "Familiar will answer in quotes."
    monkeypatch.setattr(first_run, "choose_model", lambda _: "/models/notes.txt")
    click(page.choose_model)
    qtbot.waitUntil(page.model_problem.isVisible)
    assert page.model_problem.text() == "That file is no GGUF model. Nothing was changed."
    assert page.model_state.text() == "Familiar will answer in quotes."
    monkeypatch.setattr(first_run, "choose_model", lambda _: "/models/small.gguf")
    click(page.choose_model)
    qtbot.waitUntil(lambda: page.model_state.text() == "Familiar will answer with small.")
    assert engine.calls(ModelsAdd)[-1] == ModelsAdd(path="/models/small.gguf")
    assert page.model_problem.isHidden()


def test_preparing_the_chat_library_is_told_with_its_time(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.tell("setup", SetupProgress(state="building", text="Building the chat library.", elapsed_s=185))
    qtbot.waitUntil(page.setup_state.isVisible)
    assert page.setup_state.text() == "Building the chat library. 3 min 05 s so far. You need not wait."
    engine.tell("setup", SetupProgress(state="failed", text="There is no compiler."))
    qtbot.waitUntil(lambda: page.setup_state.text().startswith("There is no compiler. Quotes work all the same"))
    engine.tell("setup", SetupProgress(state="done"))
    qtbot.waitUntil(lambda: not page.setup_state.isVisible())


def test_folders_that_are_watched_already_are_ticked_and_not_added_again(
    page: FirstRun, documents: Path, engine: FakeEngine, session: Session, qtbot: QtBot
) -> None:
    session.take_folders([Folder(path=str(documents), state="current"), Folder(path="/elsewhere", state="current")])
    assert [(box.isChecked(), box.isEnabled()) for box in page.boxes] == [(True, False), (False, True), (True, False)]
    with qtbot.waitSignal(page.finished):
        click(page.start)
    assert engine.calls(FoldersAdd) == []


def test_page_waits_for_the_engine_but_can_be_left(
    documents: Path, engine: FakeEngine, themes: ThemeSource, qtbot: QtBot
) -> None:
    session = Session(engine.dial)
    page = FirstRun(session, themes.theme)
    qtbot.addWidget(page)
    page.show()
    assert not page.start.isEnabled()
    with qtbot.waitSignal(page.finished):
        click(page.skip)
    session.close()


def test_page_takes_another_theme(page: FirstRun) -> None:
    before = page.more.icon().cacheKey()
    page.set_theme(DARK)
    assert page.more.icon().cacheKey() != before
