"""The index page: totals, progress, folders, and every file with its reason and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QContextMenuEvent, QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from app.base.calls import FilesWindow, FoldersRemove, Index, Pause, Retry
from app.base.index_values import FileRow, Folder
from app.window.controls import folder_actions
from app.window.controls.folder_actions import FolderActions
from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.engine_client import EngineClient
from app.window.index import index_page
from app.window.index.file_row import HOVER_ACTS, TALL_PX, act_boxes, fix_box
from app.window.index.files_model import Act, FilesModel
from app.window.index.index_cards import Countdown
from app.window.index.index_page import CHOICES, IndexPage
from tests.support.fake_engine import FakeEngine
from tests.support.hands import click, press, write

FILES = [
    FileRow(path="/docs/Tax 2019.pdf", state="locked", reason="The file has a password.", hint="Save a copy."),
    FileRow(path="/docs/old.doc", state="damaged", reason="It ends too early.", hint="Save it again."),
    FileRow(path="/notes/held.xlsx", state="unreadable", reason="Permission denied.", hint="Allow it."),
    FileRow(path="/docs/a.md", state="ready", chunks=3, size_bytes=2_000_000),
    FileRow(path="/docs/b.md", state="partial", reason="Only its first half was read.", chunks=1),
    FileRow(path="/docs/c.md", state="waiting"),
]


@pytest.fixture
def page(engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot) -> IndexPage:
    engine.folders = [
        Folder(path="/docs", state="reading", files=5, ready=1, pending=1, problems=3),
        Folder(path="/notes", state="offline", files=1, problems=1),
    ]
    engine.files = list(FILES)
    window = QWidget()
    qtbot.addWidget(window)
    made = IndexPage(client, FolderActions(client, window), themes.theme)
    qtbot.addWidget(made)
    made.resize(960, 900)
    made.show()
    engine.set_status(
        files={"ready": 1, "partial": 1, "waiting": 1, "locked": 1, "damaged": 1, "unreadable": 1},
        settled=False, index_bytes=412_000_000, current="/docs/University/lecture-07.pptx",
    )  # fmt: skip
    qtbot.waitUntil(lambda: made.files.rowCount() == 3 and len(client.folders) == 2)
    return made


def names(page: IndexPage) -> list[str]:
    return [str(page.files.index(row).data()) for row in range(page.files.rowCount())]


def choose(page: IndexPage, choice: str) -> None:
    page.state_choice.setCurrentIndex([text for text, _ in CHOICES].index(choice))


def test_totals_say_how_the_index_stands(page: IndexPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.totals["ready"].number.text() == "2")
    assert page.totals["waiting"].number.text() == "1"
    assert page.totals["unread"].number.text() == "3"
    assert page.totals["size"].number.text() == "412 MB"
    assert page.totals["unread"].accessibleName() == "3 could not be read"


def test_progress_names_the_current_file_as_seen_from_its_folder(page: IndexPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(page.progress.isVisible)
    assert page.progress.title.text() == "Reading docs"
    assert page.progress.numbers.text() == "5 of 6 files"
    assert page.progress.file.full_text == "docs/University/lecture-07.pptx"


def test_progress_tells_of_meanings_then_goes(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.set_status(files={"ready": 6}, pending_vectors=1200, chunks=5000, current="")
    qtbot.waitUntil(lambda: page.progress.title.text() == "Learning what the passages mean")
    assert page.progress.numbers.text() == "1,200 passages to go"
    engine.set_status(pending_vectors=0, settled=True)
    qtbot.waitUntil(page.progress.isHidden)


def test_only_files_that_could_not_be_read_are_listed_at_first(page: IndexPage) -> None:
    assert names(page) == ["Tax 2019.pdf", "old.doc", "held.xlsx"]


def test_files_are_filtered_by_state_folder_and_words(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    choose(page, "All files")
    qtbot.waitUntil(lambda: page.files.rowCount() == 6)
    write(page.text_filter, "DOCS md")
    qtbot.waitUntil(lambda: names(page) == ["a.md", "b.md", "c.md"])
    page.text_filter.clear()
    page.folder_choice.setCurrentIndex(page.folder_choice.findData("/notes"))
    qtbot.waitUntil(lambda: names(page) == ["held.xlsx"])
    assert engine.calls(FilesWindow)[-1].under == "/notes"


def test_nothing_found_is_said_in_words(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    write(page.text_filter, "zzz")
    qtbot.waitUntil(page.empty.isVisible)
    assert page.empty.text() == "No file here has “zzz” in its name."
    page.text_filter.clear()
    engine.files = []
    engine.set_status(files={"ready": 2})
    qtbot.waitUntil(lambda: page.empty.isVisible() and page.empty.text() == "Every file could be read.")


def test_a_folder_can_be_shown_alone(page: IndexPage, qtbot: QtBot) -> None:
    page.arrive("/docs")
    qtbot.waitUntil(lambda: page.files.rowCount() == 5)


def test_enter_on_an_unreadable_file_reads_it_again(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    page.list.setCurrentIndex(page.files.index_of("/notes/held.xlsx"))
    with qtbot.waitSignal(page.said) as said:
        press(page.list, Qt.Key.Key_Return)
    assert engine.calls(Retry) == [Retry(paths=["/notes/held.xlsx"])]
    assert said.args is not None
    assert said.args[0] == "held.xlsx is being read again"


def test_button_in_a_row_shows_the_file_in_its_folder(
    page: IndexPage, tmp_path: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    opened: list[QUrl] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    engine.files = [FileRow(path=str(tmp_path / "x.pdf"), state="locked", reason="The file has a password.")]
    engine.set_status(files={"locked": 1})
    qtbot.waitUntil(lambda: names(page) == ["x.pdf"])
    box = fix_box(page.list.visualRect(page.files.index(0)), "folder")
    click(page.list.viewport(), box.center())
    assert opened == [QUrl.fromLocalFile(str(tmp_path))]


def test_a_row_is_read_out_with_reason_hint_and_remedy(page: IndexPage) -> None:
    text = page.files.index_of("/notes/held.xlsx").data(Qt.ItemDataRole.AccessibleTextRole)
    assert text == "held.xlsx. Not readable. Permission denied. Allow it. Enter: Try again."


def test_thousands_of_files_keep_place_and_choice_when_the_list_changes(
    page: IndexPage, engine: FakeEngine, qtbot: QtBot
) -> None:
    many = [FileRow(path=f"/docs/{n:05}.md", state="ready", chunks=1) for n in range(12_000)]
    engine.files = many
    choose(page, "All files")
    qtbot.waitUntil(lambda: page.files.rowCount() == 12_000)
    page.list.setCurrentIndex(page.files.index(9_000))
    page.list.scrollTo(page.files.index(9_000))
    qtbot.waitUntil(lambda: page.files.file(page.files.index(9_000)) is not None)
    before = page.list.verticalScrollBar().value()
    engine.files = [*many, FileRow(path="/docs/99999.md", state="ready")]
    engine.set_status(files={"ready": 12_001})
    qtbot.waitUntil(lambda: page.files.rowCount() == 12_001)
    kept = page.files.file(page.list.currentIndex())
    assert kept is not None
    assert kept.path == "/docs/09000.md"
    assert page.list.verticalScrollBar().value() == before


def test_pause_and_go_on(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    click(page.pause)
    qtbot.waitUntil(lambda: page.pause.text() == "Go on")
    assert page.progress.title.text() == "Paused"
    click(page.pause)
    qtbot.waitUntil(lambda: page.pause.text() == "Pause")
    assert [call.reason for call in engine.calls(Pause)] == ["Paused by you.", None]


def test_folders_say_their_state_and_follow_it(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    lines = page.lines
    assert [(line.folder.path, line.state.text()) for line in lines] == [
        ("/docs", "Reading"), ("/notes", "Not connected"),
    ]  # fmt: skip
    engine.folders = [Folder(path="/docs", state="current", files=5, ready=5, checked_at=engine.now_ms)]
    engine.set_status(settled=True)
    qtbot.waitUntil(lambda: [line.state.text() for line in page.lines] == ["Up to date"])
    assert page.lines[0] is lines[0]


def test_a_folder_is_removed_only_after_a_yes_and_can_come_back(
    page: IndexPage, engine: FakeEngine, client: EngineClient, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    asked: list[str] = []

    def confirm(_: QWidget, title: str, *rest: object, **named: object) -> bool:
        asked.append(title)
        return len(asked) > 1

    monkeypatch.setattr(folder_actions, "confirm", confirm)
    click(page.lines[1].remove_button)
    assert engine.calls(FoldersRemove) == []
    click(page.lines[1].remove_button)
    qtbot.waitUntil(lambda: len(client.folders) == 1)
    assert asked == ["Remove notes from Familiar?"] * 2
    assert engine.calls(FoldersRemove) == [FoldersRemove(paths=["/notes"])]


def test_a_folder_can_be_looked_through_now(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    click(page.lines[0].rescan_button)
    qtbot.waitUntil(lambda: engine.calls(Index) == [Index()])


def test_trouble_with_meaning_is_said(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.set_status(vectors_error="The vectors process cannot start.")
    qtbot.waitUntil(page.trouble.isVisible)
    assert page.trouble.text() == "Search by meaning rests: The vectors process cannot start."


def test_page_takes_another_theme(page: IndexPage) -> None:
    page.set_theme(DARK)
    page.list.setCurrentIndex(page.files.index(0))
    drawn = page.list.viewport().grab().toImage()
    box = page.list.visualRect(page.files.index(0))
    assert drawn.pixelColor(box.center().x(), box.top() + 5) == QColor(DARK.hover)


def test_pace_needs_a_while_and_begins_anew_when_more_is_to_do() -> None:
    pace = Countdown()
    assert pace.seconds_left() is None
    pace.see(100, 0)
    pace.see(90, 2)
    assert pace.seconds_left() is None
    pace.see(80, 4)
    assert pace.seconds_left() == pytest.approx(16)
    pace.see(200, 5)
    assert pace.seconds_left() is None


def test_paused_index_with_nothing_to_do_shows_no_full_bar(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.set_status(files={"ready": 3}, paused="Paused by you.", settled=True)
    qtbot.waitUntil(lambda: page.progress.title.text() == "Paused")
    assert page.progress.findChildren(QProgressBar)[0].isHidden()
    engine.set_status(files={"ready": 3, "waiting": 2}, paused="Paused by you.", settled=False)
    qtbot.waitUntil(lambda: not page.progress.findChildren(QProgressBar)[0].isHidden())


# ---- what can be done with a file


def test_double_click_shows_a_file_here(page: IndexPage, qtbot: QtBot) -> None:
    box = page.list.visualRect(page.files.index_of("/docs/old.doc"))
    spot = box.topLeft() + QPoint(80, 10)
    with qtbot.waitSignal(page.file_wanted) as wanted:
        QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        QTest.mouseDClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert wanted.args == ["/docs/old.doc", False]


def test_enter_shows_a_file_that_needs_no_remedy(page: IndexPage, qtbot: QtBot) -> None:
    choose(page, "Ready")
    qtbot.waitUntil(lambda: names(page) == ["a.md"])
    page.list.setCurrentIndex(page.files.index(0))
    with qtbot.waitSignal(page.file_wanted) as wanted:
        press(page.list, Qt.Key.Key_Return)
    assert wanted.args == ["/docs/a.md", False]


@pytest.mark.parametrize(
    ("act", "told"), [("show", ["/docs/old.doc", False]), ("ask", ["/docs/old.doc"]), ("retry", None), ("open", None)]
)
def test_buttons_of_a_row_do_what_their_icons_say(
    page: IndexPage, engine: FakeEngine, act: Act, told: list[object], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    opened: list[str] = []

    def open_file(_: QWidget, path: str) -> str:
        opened.append(path)
        return ""

    monkeypatch.setattr(index_page, "open_file", open_file)
    signals: list[list[object]] = []
    page.file_wanted.connect(lambda *values: signals.append(list(values)))
    page.ask_wanted.connect(lambda *values: signals.append(list(values)))
    index = page.files.index_of("/docs/old.doc")
    row = page.files.file(index)
    assert row is not None
    place = [each for each, _ in HOVER_ACTS].index(act)
    click(page.list.viewport(), act_boxes(page.list.visualRect(index), row)[place].center())
    if act == "retry":
        qtbot.waitUntil(lambda: engine.calls(Retry) == [Retry(paths=["/docs/old.doc"])])
    elif act == "open":
        assert opened == ["/docs/old.doc"]
    else:
        assert signals == [told]


def test_menu_key_offers_everything_that_can_be_done(page: IndexPage, qtbot: QtBot) -> None:
    offered: list[str] = []

    def choose_the_second() -> None:
        menu = QApplication.activePopupWidget()
        if isinstance(menu, QMenu):
            offered.extend(action.text() for action in menu.actions() if action.text())
            menu.actions()[1].trigger()
            menu.close()
        else:
            QTimer.singleShot(20, choose_the_second)

    page.list.setCurrentIndex(page.files.index_of("/docs/old.doc"))
    QTimer.singleShot(0, choose_the_second)
    with qtbot.waitSignal(page.file_wanted) as wanted:
        QApplication.sendEvent(
            page.list.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
        )
    assert wanted.args == ["/docs/old.doc", True]
    assert offered == [
        "Show it here", "Show what was read", "Ask about this file", "Open in its own program…", "Show in folder",
        "Read it again",
    ]  # fmt: skip


def test_all_of_a_long_reason_can_be_read(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    reason = "Only a part was read, because " + "of this and that, " * 20 + "and so on."
    engine.files = [FileRow(path="/docs/b.md", state="damaged", reason=reason, hint="Save it again.")]
    engine.set_status(files={"damaged": 1})
    qtbot.waitUntil(lambda: names(page) == ["b.md"])
    assert not page.details.isVisible()
    page.list.setCurrentIndex(page.files.index(0))
    assert page.details.isVisible()
    assert f"{reason} Save it again." in page.details.text()


def test_short_reason_stands_in_the_middle_of_its_row(page: IndexPage) -> None:
    drawn = page.list.viewport().grab(page.list.visualRect(page.files.index(1))).toImage()
    ground = drawn.pixelColor(drawn.width() // 2, drawn.height() // 2)
    inked = [y for y in range(drawn.height()) if any(drawn.pixelColor(x, y) != ground for x in range(50, 150))]
    assert drawn.height() == TALL_PX
    assert abs(inked[0] - (drawn.height() - 1 - inked[-1])) <= 6


def test_picture_without_text_is_no_problem(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.files = [FileRow(path="/docs/b.png", state="empty", reason="This is a picture.", hint="Nothing to be done.")]
    engine.set_status(files={"empty": 1})
    qtbot.waitUntil(lambda: page.totals["unread"].number.text() == "0")
    choose(page, "Nothing to read")
    qtbot.waitUntil(lambda: names(page) == ["b.png"])
    drawn = page.list.viewport().grab(page.list.visualRect(page.files.index(0))).toImage()
    colors = {drawn.pixelColor(x, y).name() for x in range(40) for y in range(drawn.height())}
    assert LIGHT.warn.lower() not in colors


def test_files_that_nobody_sees_are_not_fetched(page: IndexPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.files = [FileRow(path=f"/docs/{n:05}.md", state="ready") for n in range(10_000)]
    choose(page, "All files")
    qtbot.waitUntil(lambda: page.files.rowCount() == 10_000)
    asked = len(engine.calls(FilesWindow))
    bar = page.list.verticalScrollBar()
    for share in range(1, 101):
        bar.setValue(bar.maximum() * share // 100)
        page.list.viewport().repaint()
    qtbot.waitUntil(lambda: page.files.index(9_999).data() == "09999.md")
    assert sum(call.count for call in engine.calls(FilesWindow)[asked:]) <= 600


def test_rows_of_an_older_choice_come_too_late(page: IndexPage, client: EngineClient, qtbot: QtBot) -> None:
    model: FilesModel = page.files
    generation = model.rows._generation
    choose(page, "Ready")
    qtbot.waitUntil(lambda: names(page) == ["a.md"])
    model.rows._on_rows(generation, 0, [FILES[0]])
    assert names(page) == ["a.md"]
