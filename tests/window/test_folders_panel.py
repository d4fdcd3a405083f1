"""The folders of the left panel: what a row has no room for is in its tool tip."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.base.index_values import Folder
from app.window.controls.theme import ThemeSource
from app.window.index.folders_panel import FolderRow


def test_all_of_how_a_folder_stands_is_in_its_tip(themes: ThemeSource, qtbot: QtBot) -> None:
    folder = Folder(path="/srv/papers", state="current", files=488, ready=460, unread=13, partial=6)
    row = FolderRow(folder, themes.theme)
    qtbot.addWidget(row)
    assert "/srv/papers · 488 files · 13 could not be read · 6 partly read" in row.toolTip()


def test_reason_of_a_folder_that_cannot_be_opened_is_told_once(themes: ThemeSource, qtbot: QtBot) -> None:
    row = FolderRow(Folder(path="/srv/papers", state="unreadable", reason="Permission denied."), themes.theme)
    qtbot.addWidget(row)
    assert row.toolTip().count("Permission denied.") == 1
