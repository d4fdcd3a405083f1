"""The models page: what is here and what is not, how each fits and does, and what can be done with it."""

from __future__ import annotations

import random
import threading
import time

import msgspec
import pytest
from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override

from app.base.aptitude import Profile
from app.base.calls import SetupProgress
from app.base.chat import LoadOptions
from app.base.errors import Problem
from app.base.models import (
    DownloadStart,
    ModelsAdd,
    ModelsBench,
    ModelsProfile,
    ModelsRemove,
    ModelsTune,
    ModelsUse,
    ModelsWatch,
    Speed,
)
from app.window.controls import theme
from app.window.controls.model_choice import fill_menu
from app.window.controls.theme import DARK, ThemeSource
from app.window.engine_client import EngineClient
from app.window.models import models_page
from app.window.models.model_rows import ModelRow, OfferRow
from app.window.models.models_list import act_box
from app.window.models.models_page import ModelsPage
from tests.support.fake_engine import FakeEngine
from tests.support.fake_models import TEMPLATE, download, fit, model, offer, remote
from tests.support.hands import click, press, write

ENDED = "It ended twice while loading, so it is not loaded any more."


def test_name_of_a_file_is_no_markup_in_the_menu(engine: FakeEngine, qtbot: QtBot) -> None:
    hostile = "<img src=file:///etc/hostname>.gguf is incomplete."
    engine.models = [model("a", problem=hostile)]
    client = EngineClient(engine.dial)
    client.open()
    qtbot.waitUntil(lambda: len(client.models) == 1)
    menu = QMenu()
    fill_menu(menu, client, lambda: None)
    tips = [action.toolTip() for action in menu.actions() if "gguf" in action.toolTip()]
    assert [tip for tip in tips if "<img" in tip] == []
    assert len(tips) == 1
    client.close()


@pytest.fixture
def page(engine: FakeEngine, themes: ThemeSource, qtbot: QtBot) -> ModelsPage:
    """The page with two own models, one of LM Studio, one to download and one of a server; a test may fill more."""
    engine.models = [
        model("Qwen3 4B", in_use=True, origin="downloaded", speed=Speed(prefill=187, decode=25, backend="cpu"),
              template=TEMPLATE),
        model("Big 24B", fit=fit(verdict="too_large", weights_bytes=14_300_000_000), quarantine=ENDED),
        model("phi-4-mini", origin="found", place="LM Studio"),
        remote("Team model", "llm.example.org"),
    ]  # fmt: skip
    engine.chat.catalogue = [offer("Gemma 3 4B", verdict="tight")]
    client = EngineClient(engine.dial)
    made = ModelsPage(client, themes.theme)
    made.destroyed.connect(client.close)
    qtbot.addWidget(made, before_close_func=lambda _: client.close())
    made.resize(1100, 900)
    made.show()
    client.open()
    qtbot.waitUntil(lambda: made.panes.models.rowCount() == 9)
    return made


def lines(page: ModelsPage) -> list[str]:
    return [str(page.panes.models.index(row).data()) for row in range(page.panes.models.rowCount())]


def choose(page: ModelsPage, kind: str, name: str) -> None:
    page.panes.list.setCurrentIndex(page.panes.models.index_of((kind, name)))


def box_of(page: ModelsPage, kind: str, name: str) -> QRect:
    index = page.panes.models.index_of((kind, name))
    page.panes.list.scrollTo(index)
    return page.panes.list.visualRect(index)


def spoken(page: ModelsPage, kind: str, name: str) -> str:
    return str(page.panes.models.index_of((kind, name)).data(Qt.ItemDataRole.AccessibleTextRole))


# ---- what is shown


def test_models_are_listed_by_where_they_are(page: ModelsPage) -> None:
    assert lines(page) == [
        "On this computer", "Qwen3 4B", "Big 24B", "In other places", "phi-4-mini", "To download", "Gemma 3 4B",
        "On servers", "Team model",
    ]  # fmt: skip


def test_a_row_is_read_out_with_all_that_it_shows(page: ModelsPage) -> None:
    assert spoken(page, "model", "Qwen3 4B") == (
        "Qwen3 4B. In use. 4B · Q4_K_M · 2.5 GB · apache-2.0 · Downloaded. It needs 3.4 GB of the 6.2 GB that are "
        "free. Reads 140, writes 19 words a second here · Tools: verified."
    )
    assert spoken(page, "model", "phi-4-mini").endswith("LM Studio. It needs 3.4 GB of the 6.2 GB that are free. "
                                                        "Not measured yet.")  # fmt: skip
    assert "It ended twice" in spoken(page, "model", "Big 24B")
    assert "via llm.example.org" in spoken(page, "model", "Team model")
    assert "leaves little memory" in spoken(page, "offer", "Gemma 3 4B")


def test_model_in_use_is_shown_first_with_its_details(page: ModelsPage) -> None:
    details = page.panes.details
    assert details.isVisible()
    assert details.name.text() == "Qwen3 4B"
    assert details.used.isVisible()
    assert details.verdict.text() == "Fits"
    assert [figure.text() for figure in details.memory.figures] == [
        "Model 2.5 GB", "Conversation 600 MB", "Working space 300 MB",
    ]  # fmt: skip
    assert details.memory_told.text().endswith("It runs on the processor. Estimated from the file.")
    assert details.speed.text() == "Reads 140, writes 19 words a second here, on the processor."
    assert details.tools.text().startswith("Tools: verified. It has a way of its own")
    assert details.use.isHidden()


def test_own_empty_sections_say_what_to_do(
    engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot
) -> None:
    page = ModelsPage(client, themes.theme)
    qtbot.addWidget(page)
    page.resize(1100, 900)
    page.show()
    qtbot.waitUntil(lambda: page.panes.models.rowCount() > 0)
    assert lines(page) == [
        "On this computer", "No chat model here yet. Download one, or add a GGUF file that you have.",
        "To download", "The list of models to download could not be read.",
        "On servers", "No server. Familiar can also answer through Ollama, vLLM or a hosted service, if you add it.",
    ]  # fmt: skip
    assert page.panes.nothing.isVisible()


def test_page_says_that_it_looks_until_the_engine_has_told(
    engine: FakeEngine, themes: ThemeSource, qtbot: QtBot
) -> None:
    client = EngineClient(engine.dial)
    page = ModelsPage(client, themes.theme)
    qtbot.addWidget(page)
    page.show()
    assert page.panes.empty.text() == "Looking for models…"
    client.close()


def test_model_whose_file_is_gone_says_so_and_can_only_be_forgotten(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.models = [model("Gone", problem="The file is not there any more. Connect the drive.", fit=None)]
    engine.tell("models")
    qtbot.waitUntil(lambda: "Gone" in lines(page))
    choose(page, "model", "Gone")
    details = page.panes.details
    assert details.trouble.text() == "The file is not there any more. Connect the drive."
    assert [each.isEnabled() for each in (details.use, details.measure, details.look, details.forget)] == [
        False, False, False, True,
    ]  # fmt: skip
    assert details.settings.isHidden()


def test_note_about_the_graphics_card_stands_where_the_model_is_named(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    note = "Runs on the processor although there is a graphics card."
    engine.models = [msgspec.structs.replace(engine.models[0], note=note)]
    engine.tell("models")
    qtbot.waitUntil(page.panes.details.note.isVisible)
    assert page.panes.details.note.text() == note
    assert note in spoken(page, "model", "Qwen3 4B")


def test_models_are_found_by_name_licence_and_section(page: ModelsPage) -> None:
    write(page.text_filter, "LM studio")
    assert lines(page) == ["In other places", "phi-4-mini"]
    page.text_filter.clear()
    page.section_choice.setCurrentIndex(page.section_choice.findData("servers"))
    assert lines(page) == ["On servers", "Team model"]
    write(page.text_filter, "zzz")
    assert page.panes.empty.text() == "No model matches “zzz”."
    assert page.panes.nothing.isVisible()


def test_a_thousand_found_models_stay_quick_and_keep_their_place(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    many = [model(f"found {n:04}", origin="found", place="Ollama") for n in range(1000)]
    own = list(engine.models)
    engine.models = [*own, *many]
    engine.tell("models")
    qtbot.waitUntil(lambda: page.panes.models.rowCount() > 1000)
    assert len(page.panes.list.findChildren(QWidget)) < 20  # no widget a row
    choose(page, "model", "found 0700")
    before = page.panes.list.verticalScrollBar().value()
    began = time.process_time()
    page.panes.list.viewport().grab()
    assert time.process_time() - began < 1
    engine.models = [*own, model("New one"), *many]
    engine.tell("models")
    qtbot.waitUntil(lambda: "New one" in lines(page))
    assert page.panes.details.name.text() == "found 0700"
    assert page.panes.list.verticalScrollBar().value() == before


def test_headings_are_skipped_by_the_arrow_keys(page: ModelsPage) -> None:
    choose(page, "model", "Big 24B")
    press(page.panes.list, Qt.Key.Key_Down)
    assert page.panes.details.name.text() == "phi-4-mini"
    press(page.panes.list, Qt.Key.Key_Down)
    assert page.panes.offer.isVisible()
    assert page.panes.offer.name.text() == "Gemma 3 4B"


# ---- what can be done


def test_button_of_a_row_answers_with_that_model(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    box = act_box(box_of(page, "model", "phi-4-mini"), "use")
    click(page.panes.list.viewport(), box.center())
    qtbot.waitUntil(lambda: engine.calls(ModelsUse) == [ModelsUse(name="phi-4-mini")])
    qtbot.waitUntil(lambda: lines(page)[3] == "phi-4-mini")  # it has become one of the person's own
    row = page.panes.models.row(page.panes.models.index_of(("model", "phi-4-mini")))
    assert isinstance(row, ModelRow)
    assert row.model.in_use


def test_model_is_used_by_keyboard_alone(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.arrive()
    choose(page, "model", "phi-4-mini")
    press(page.panes.list, Qt.Key.Key_Return)
    assert page.panes.details.use.hasFocus()
    press(page.panes.details.use, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: engine.calls(ModelsUse) == [ModelsUse(name="phi-4-mini")])


def test_narrow_page_shows_the_details_in_the_place_of_the_list(page: ModelsPage, qtbot: QtBot) -> None:
    page.resize(600, 500)
    qtbot.waitUntil(lambda: not page.panes.details.isVisible())
    press(page.panes.list, Qt.Key.Key_Return)
    assert page.panes.details.isVisible()
    assert not page.panes.list.isVisible()
    qtbot.waitUntil(lambda: page.verticalScrollBar().value() > 0)
    press(page.panes.details.measure, Qt.Key.Key_Escape)
    assert page.panes.list.isVisible()
    assert not page.go_back()
    page.resize(1100, 900)
    qtbot.waitUntil(lambda: page.panes.list.isVisible() and page.panes.details.isVisible())


class Resizes(QObject):
    """Counts how often a widget's size changes; from some number on the scroll area around it hears of no more."""

    def __init__(self, watched: QWidget, most: int) -> None:
        super().__init__(watched)
        self.count, self._most = 0, most
        watched.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether it is kept from who would answer by another size."""
        self.count += event.type() == QEvent.Type.Resize
        return event.type() == QEvent.Type.Resize and self.count > self._most


def test_page_settles_at_every_size_also_where_a_scroll_bar_would_change_what_is_shown(page: ModelsPage) -> None:
    page.resize(600, 540)
    QApplication.processEvents()
    press(page.panes.list, Qt.Key.Key_Return)  # alone they are higher than the page, beside the list not
    inside = page.widget()
    assert inside is not None
    resizes = Resizes(inside, 40)
    chance = random.Random(3)
    for _ in range(200):
        resizes.count = 0
        page.resize(chance.randrange(750, 790), chance.randrange(440, 700))
        if chance.random() < 0.5:
            QApplication.processEvents()
        assert resizes.count < 12, page.size()


def test_choice_is_shown_as_chosen_and_can_be_changed(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    choices = page.panes.details.settings.choices
    assert choices["context"].currentText() == "Automatic: 8,192 tokens"
    assert choices["cache"].currentText() == "Automatic: full precision (f16)"
    assert not choices["gpu_layers"].isEnabled()
    context = choices["context"]
    at = context.findData(16_384)
    context.setCurrentIndex(at)
    context.activated.emit(at)
    wanted = ModelsTune(name="Qwen3 4B", options=LoadOptions(context=16_384))
    qtbot.waitUntil(lambda: engine.calls(ModelsTune) == [wanted])
    qtbot.waitUntil(lambda: context.itemText(0) == "Automatic")
    assert context.currentText() == "16,384 tokens"


def test_layers_can_be_chosen_where_there_is_a_graphics_card(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.models = [model("Qwen3 4B", fit=fit(device="CUDA0", gpu_layers=20, layers=37))]
    engine.tell("models")
    card = page.panes.details.settings.choices["gpu_layers"]
    qtbot.waitUntil(card.isEnabled)
    assert card.currentText() == "Automatic: 20 of 37 layers on the graphics card (CUDA0)"
    assert card.findText("None, only the processor") > 0
    assert card.findText("37 of 37 layers") > 0


def test_wheel_over_a_choice_scrolls_the_page_and_changes_nothing(page: ModelsPage, qtbot: QtBot) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtTest import QTest

    choice = page.panes.details.settings.choices["threads"]
    before = choice.currentIndex()
    QTest.wheelEvent(page.windowHandle(), QPointF(choice.mapTo(page, QPoint(5, 5))), QPoint(0, -120))
    assert choice.currentIndex() == before


def test_quarantined_model_is_tried_again_with_less_memory(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    choose(page, "model", "Big 24B")
    details = page.panes.details
    assert details.trouble.text() == ENDED
    assert not details.use.isEnabled()
    click(details.smaller)
    qtbot.waitUntil(lambda: not details.trouble.isVisible())
    assert engine.calls(ModelsTune) == [ModelsTune(name="Big 24B", options=LoadOptions(context=4096, cache="q8_0"))]
    assert details.use.isEnabled()


def test_measuring_tells_how_far_it_is_and_ends_in_a_table(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.gate = threading.Semaphore(1)
    details = page.panes.details
    click(details.measure)
    qtbot.waitUntil(lambda: details.progress.text() == "Measuring a prompt of 512 tokens")
    assert not details.measure.isEnabled()
    choose(page, "model", "phi-4-mini")
    assert not details.progress.isVisible()
    choose(page, "model", "Qwen3 4B")
    assert details.progress.isVisible()
    engine.chat.gate.release(2)
    qtbot.waitUntil(details.table.isVisible)
    assert details.table.rows[0] == ["128", "141.2", "143.0", "19.4", "19.2"]
    assert "middle of 3 rounds" in details.table.caption.text()
    assert details.measure.isEnabled()


def test_keyboard_stays_with_what_is_measured(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.gate = threading.Semaphore(0)
    details = page.panes.details
    details.measure.setFocus()
    press(details.measure, Qt.Key.Key_Return)
    qtbot.waitUntil(details.cancel.hasFocus)
    press(details.cancel, Qt.Key.Key_Return)
    qtbot.waitUntil(details.measure.hasFocus)
    assert not details.progress.isVisible()


def test_measuring_can_be_stopped(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.gate = threading.Semaphore(0)
    details = page.panes.details
    click(details.measure)
    qtbot.waitUntil(lambda: bool(engine.calls(ModelsBench)))
    click(details.cancel)
    qtbot.waitUntil(lambda: not details.progress.isVisible())
    assert details.job_problem.isHidden()


def test_failed_measuring_says_why(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.failure = Problem("model.memory", "There is not enough memory.", "Close other programs.")
    click(page.panes.details.measure)
    qtbot.waitUntil(page.panes.details.job_problem.isVisible)
    assert page.panes.details.job_problem.text() == "There is not enough memory. Close other programs."


def test_looking_closer_confirms_memory_and_tools(page: ModelsPage, qtbot: QtBot) -> None:
    choose(page, "model", "phi-4-mini")
    details = page.panes.details
    assert details.tools.text().startswith("Tools: not looked at yet.")
    click(details.look)
    qtbot.waitUntil(lambda: details.memory_told.text().endswith("llama.cpp confirmed it."))
    assert details.tools.text().startswith("Tools: verified.")


def test_server_tells_what_goes_there_and_has_nothing_to_tune(page: ModelsPage) -> None:
    choose(page, "model", "Team model")
    details = page.panes.details
    assert "go to llm.example.org" in details.origin.text()
    hidden = (details.settings, details.memory, details.measure, details.look, details.speed, details.table)
    assert all(part.isHidden() for part in hidden)
    assert details.use.isEnabled()


def test_model_is_forgotten_only_after_a_yes(
    page: ModelsPage, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    asked: list[str] = []

    def confirm(_: QWidget, title: str, *rest: object, **named: object) -> bool:
        asked.append(title)
        return len(asked) > 1

    monkeypatch.setattr(models_page, "confirm", confirm)
    choose(page, "model", "Big 24B")
    click(page.panes.details.forget)
    assert engine.calls(ModelsRemove) == []
    click(page.panes.details.forget)
    qtbot.waitUntil(lambda: "Big 24B" not in lines(page))
    assert asked == ["Forget Big 24B?"] * 2


def test_file_of_the_person_is_added_used_and_shown(
    page: ModelsPage, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(models_page, "choose_model", lambda _: "/models/small & quick.gguf")
    with qtbot.waitSignal(page.said) as said:
        page.add_file()
    assert said.args is not None
    assert said.args[0] == "Familiar answers with small & quick now"
    qtbot.waitUntil(lambda: page.panes.details.name.text() == "small & quick")
    assert engine.calls(ModelsAdd) == [ModelsAdd(path="/models/small & quick.gguf")]


def test_another_folder_is_looked_through_and_can_be_left_again(
    page: ModelsPage, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(models_page, "choose_folder", lambda *_: "/big/models")
    with qtbot.waitSignal(page.said) as said:
        page.watch_folder()
    assert said.args is not None
    assert said.args[0] == "Familiar looks for models in models, too"
    said.args[3]()
    qtbot.waitUntil(lambda: engine.calls(ModelsWatch)[-1:] == [ModelsWatch(path="/big/models", watch=False)])


def test_ways_to_add_a_model_are_in_one_menu(page: ModelsPage) -> None:
    menu = page.menu()
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Download from Hugging Face…", "A GGUF file on this computer…", "Look in another folder…", "A server…",
        "Hugging Face token…",
    ]  # fmt: skip


def test_offer_is_downloaded_from_its_row_and_from_its_details(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    box = act_box(box_of(page, "offer", "Gemma 3 4B"), "download")
    click(page.panes.list.viewport(), box.center())
    qtbot.waitUntil(lambda: engine.calls(DownloadStart) == [DownloadStart(what="Gemma 3 4B")])
    row = page.panes.models.row(page.panes.models.index_of(("offer", "Gemma 3 4B")))
    assert isinstance(row, OfferRow)
    qtbot.waitUntil(page.downloads.isVisible)
    choose(page, "offer", "Gemma 3 4B")
    assert page.panes.offer.download.isHidden()
    assert page.panes.offer.state.text() == "0 KB of 2.5 GB"


def test_offer_that_is_here_already_cannot_be_downloaded_again(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.models = [model("Gemma", path="/home/ana/models/Gemma-3-4B-Q4_K_M.gguf", origin="downloaded")]
    engine.tell("models")
    qtbot.waitUntil(lambda: "Gemma" in lines(page))
    choose(page, "offer", "Gemma 3 4B")
    assert page.panes.offer.download.isHidden()
    assert page.panes.offer.state.text() == "It is on this computer already."
    assert spoken(page, "offer", "Gemma 3 4B").endswith("Already on this computer.")


def test_download_that_is_refused_is_said(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.repositories["Gemma 3 4B"] = Problem("download.no_space", "The disk is too full.", "Free 3 GB.")
    choose(page, "offer", "Gemma 3 4B")
    with qtbot.waitSignal(page.said) as said:
        click(page.panes.offer.download)
    assert said.args is not None
    assert said.args[:2] == ["The disk is too full.", "Free 3 GB."]


def test_preparing_the_chat_library_is_told(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.tell("setup", SetupProgress(state="building", text="Building the chat library.", elapsed_s=65))
    qtbot.waitUntil(page.setup_told.isVisible)
    assert page.setup_told.text() == "Building the chat library (1 min 05 s so far). Models can be added meanwhile."


def test_page_takes_another_theme(page: ModelsPage) -> None:
    before = page.grab().toImage()
    page.set_theme(DARK)
    assert page.panes.list.viewport().grab().toImage() != before
    assert theme.LIGHT != DARK


def test_download_in_the_list_says_how_far_it_is(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.set_download(download(repository="maker/Gemma-3-4B-GGUF", file="Gemma-3-4B-Q4_K_M.gguf"))
    qtbot.waitUntil(lambda: "12 MB/s" in spoken(page, "offer", "Gemma 3 4B"))
    assert page.panes.models.index_of(("offer", "Gemma 3 4B")) != QModelIndex()


def test_model_is_tested_and_what_it_can_do_is_said(page: ModelsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    details = page.panes.details
    assert details.ability.says.text().startswith("Not tested yet.")
    assert details.ability.choice.currentText() == "As measured, once it is"
    engine.chat.gate = threading.Semaphore(0)
    click(details.ability.test)
    qtbot.waitUntil(lambda: details.progress.text() == "Task 1 of 2")
    assert details.cancel.isVisible()
    assert not details.ability.test.isEnabled()
    engine.chat.gate.release(2)
    qtbot.waitUntil(lambda: details.ability.says.text().startswith("Finds 11 of 12, cites 9 of 12"))
    assert details.ability.choice.currentText() == "As measured: short answers"
    qtbot.waitUntil(details.ability.test.isEnabled)


@pytest.mark.parametrize("wanted", ["quotes", None])
def test_person_chooses_what_is_asked_of_a_model(
    page: ModelsPage, engine: FakeEngine, qtbot: QtBot, wanted: Profile | None
) -> None:
    engine.models = [model("Qwen3 4B", profile="full", set_by_person=True)]
    engine.tell("models")
    choice = page.panes.details.ability.choice
    qtbot.waitUntil(lambda: choice.currentData() == "full")
    at = choice.findData(wanted)
    choice.setCurrentIndex(at)
    choice.activated.emit(at)
    qtbot.waitUntil(lambda: engine.calls(ModelsProfile) == [ModelsProfile(name="Qwen3 4B", profile=wanted)])
    qtbot.waitUntil(lambda: page.panes.details.model is not None and page.panes.details.model.profile != "full")
    assert choice.currentData() == wanted
