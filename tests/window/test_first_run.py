"""The first page: folders, a model or quotes, and no way to get stuck."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.base.calls import FoldersAdd, Preferences, SetPreferences, SetupProgress
from app.base.errors import Problem
from app.base.index_values import Folder
from app.base.models import DownloadStart, ModelsAdd, ModelsUse
from app.base.paths import resources
from app.window.controls.theme import DARK, ThemeSource
from app.window.engine_client import EngineClient
from app.window.models.first_model import Beginning, FirstModel
from app.window.shell import first_run
from app.window.shell.first_run import FirstRun
from tests.support.fake_engine import FakeEngine
from tests.support.fake_models import fit, model, offer, remote
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
def page(documents: Path, engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot) -> FirstRun:
    engine.preferences = Preferences(first_run=True)
    made = FirstRun(client, themes.theme)
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


def test_ways_to_begin_are_what_is_here_what_fits_and_quotes(qtbot: QtBot) -> None:
    ways = FirstModel()
    qtbot.addWidget(ways)
    found = [
        model("phi-4-mini", origin="found", place="LM Studio"),
        model("Big", origin="found", fit=fit(verdict="tight")),
    ]
    offers = [offer("Tiny", parameters=500_000_000), offer("Good"), offer("Slow", parameters=14_000_000_000),
              offer("Larger", verdict="too_large", parameters=4_400_000_000)]  # fmt: skip
    ways.show_ways(found, offers)
    assert ways.texts == [
        "phi-4-mini, found in LM Studio", "Download Good (2.5 GB). It fits this computer.", "Go on with quotes",
    ]  # fmt: skip
    assert ways.chosen == Beginning("use", "phi-4-mini")
    ways.choose(Beginning("download", "Good"))
    ways.show_ways([*found, model("New")], offers)
    assert ways.chosen == Beginning("download", "Good")
    ways.show_ways([model("Ended", quarantine="It ended twice.")], [])
    assert ways.texts == ["Go on with quotes"]
    assert ways.chosen == Beginning("quotes")


def test_model_that_is_here_is_used_from_the_start(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.models = [model("phi-4-mini", origin="found", place="LM Studio")]
    engine.tell("models")
    qtbot.waitUntil(lambda: page.model_state.text() == "Familiar will answer with phi-4-mini.")
    with qtbot.waitSignal(page.finished):
        click(page.start)
    assert engine.calls(ModelsUse) == [ModelsUse(name="phi-4-mini")]
    assert len(engine.calls(FoldersAdd)) == 1


def test_download_is_begun_and_need_not_be_waited_for(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    page.model.show_ways([], [offer("Good")])
    page.model.choose(Beginning("download", "Good"))
    assert page.model_state.text() == "Familiar answers in quotes until Good is here. You need not wait."
    with qtbot.waitSignal(page.finished):
        click(page.start)
    assert engine.calls(DownloadStart) == [DownloadStart(what="Good")]


def test_download_that_cannot_begin_is_said_and_quotes_go_on(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.repositories["Good"] = Problem("download.no_space", "The disk is too full.", "Free 3 GB.")
    page.model.show_ways([], [offer("Good")])
    page.model.choose(Beginning("download", "Good"))
    click(page.start)
    qtbot.waitUntil(page.model_problem.isVisible)
    assert page.model_problem.text() == "The disk is too full. Free 3 GB."
    with qtbot.waitSignal(page.finished):
        click(page.start)


def test_catalogue_is_offered_when_it_has_come(
    documents: Path, engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot
) -> None:
    engine.chat.catalogue = [offer("Good")]
    page = FirstRun(client, themes.theme)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(page.model.texts) == 2)
    assert page.model.chosen.kind == "quotes"  # gigabytes are never fetched unasked


def test_promise_is_honest_about_a_server(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    assert page.promise.text() == "Files are read and questions answered on this computer."
    engine.models = [remote("Team model", "llm.example.org", in_use=True)]
    engine.tell("models")
    qtbot.waitUntil(lambda: "questions go to llm.example.org" in page.promise.text())


def test_preparing_the_chat_library_is_told_with_its_time(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.tell("setup", SetupProgress(state="building", text="Building the chat library.", elapsed_s=185))
    qtbot.waitUntil(page.setup_state.isVisible)
    assert page.setup_state.text() == "Building the chat library (3 min 05 s so far). You need not wait."
    engine.tell("setup", SetupProgress(state="failed", text="There is no compiler."))
    qtbot.waitUntil(lambda: page.setup_state.text().startswith("There is no compiler. Quotes work all the same"))
    engine.tell("setup", SetupProgress(state="done"))
    qtbot.waitUntil(lambda: not page.setup_state.isVisible())


def test_folders_that_are_watched_already_are_ticked_and_not_added_again(
    page: FirstRun, documents: Path, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    client.take_folders([Folder(path=str(documents), state="current"), Folder(path="/elsewhere", state="current")])
    assert [(box.isChecked(), box.isEnabled()) for box in page.boxes] == [(True, False), (False, True), (True, False)]
    with qtbot.waitSignal(page.finished):
        click(page.start)
    assert engine.calls(FoldersAdd) == []


def test_page_waits_for_the_engine_but_can_be_left(
    documents: Path, engine: FakeEngine, themes: ThemeSource, qtbot: QtBot
) -> None:
    client = EngineClient(engine.dial)
    page = FirstRun(client, themes.theme)
    qtbot.addWidget(page)
    page.show()
    assert not page.start.isEnabled()
    with qtbot.waitSignal(page.finished):
        click(page.skip)
    client.close()


def test_page_takes_another_theme(page: FirstRun) -> None:
    before = page.more.icon().cacheKey()
    page.set_theme(DARK)
    assert page.more.icon().cacheKey() != before


def test_who_comes_again_finds_nothing_ticked_that_was_never_chosen(
    page: FirstRun, client: EngineClient, documents: Path
) -> None:
    client.take_folders([Folder(path=str(documents), state="current")])
    assert [(box.isChecked(), box.isEnabled()) for box in page.boxes] == [(True, False), (False, True)]
    page.boxes[1].setChecked(True)
    page.come_again()
    assert page.chosen() == []


def test_what_appears_in_a_step_moves_nothing_above_it(page: FirstRun, engine: FakeEngine, qtbot: QtBot) -> None:
    before = page.boxes[0].mapTo(page, page.boxes[0].rect().topLeft())
    engine.setup = SetupProgress(state="building", text="compiling the chat engine, 40 of 83", elapsed_s=5)
    engine.tell("setup", engine.setup)
    qtbot.waitUntil(page.setup_state.isVisible)
    qtbot.waitUntil(lambda: page.boxes[0].mapTo(page, page.boxes[0].rect().topLeft()) == before)
