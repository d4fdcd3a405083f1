"""The downloads under way or at rest, each with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.base.errors import Problem
from app.base.foreign_text import harmless
from app.base.models import Download, DownloadPause, DownloadRemove, DownloadStart
from app.window.controls.external_apps import confirm
from app.window.controls.icons import icon
from app.window.controls.model_wording import download_line, download_percent
from app.window.controls.theme import SIZE, SPACE, Theme, set_kind
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel, button, label, show_if
from app.window.controls.wording import size
from app.window.engine_client import EngineClient

NEEDS_TOKEN = ("download.gated", "download.token", "download.forbidden")
"""Codes of failures that a token may mend."""


class DownloadLine(QWidget):
    """One download. toggled(): pause it or go on. removed(), token_wanted(): the person wants that."""

    toggled = Signal()
    removed = Signal()
    token_wanted = Signal()

    def __init__(self, download: Download, theme: Theme) -> None:
        super().__init__()
        self.download = download
        self._theme = theme
        self._mark = IconLabel("download", theme)
        self.name = ElidedLabel("", "strong")
        self.told = label("", "small", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.token = button("Add a token…", "secondary", self.token_wanted.emit)
        self.toggle = button("", "secondary", self.toggled.emit)
        self.toggle.setIconSize(QSize(SIZE["icon_small"], SIZE["icon_small"]))
        self.remove = IconButton("trash-2", "Remove this download", theme)
        self.remove.clicked.connect(self.removed)
        words = QVBoxLayout()
        words.setSpacing(SPACE[1])
        words.addWidget(self.name)
        words.addWidget(self.bar)
        words.addWidget(self.told)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4], SPACE[3], SPACE[3], SPACE[3])
        row.setSpacing(SPACE[3])
        row.addWidget(self._mark)
        row.addLayout(words, 1)
        for part in (self.token, self.toggle, self.remove):
            row.addWidget(part)
        self.show_download(download)

    def show_download(self, download: Download) -> None:
        """Show how it stands now."""
        self.download = download
        failed = download.state == "failed"
        moving = download.state in ("running", "waiting")
        self.name.set_full_text(download.name)
        self.name.set_full_tip(f"{download.repository}/{download.file}")
        self.told.setText(download_line(download))
        set_kind(self.told, "danger" if failed else "small")
        show_if(self.bar, not failed)
        busy = download.state == "checking" or (download.state == "running" and not download.total_bytes)
        self.bar.setRange(0, 0 if busy else 100)
        self.bar.setValue(download_percent(download))
        self.bar.setAccessibleName(harmless(f"{download.name}: {download_line(download)}"))
        self._mark.set_icon("triangle-alert" if failed else "download", "danger" if failed else "")
        self.toggle.setText("Pause" if moving else "Try again" if failed else "Go on")
        self.toggle.setAccessibleName(f"{self.toggle.text()}: {download.name}")
        self.remove.set_name(f"Remove the download of {download.name}")
        show_if(self.toggle, download.state != "checking")
        show_if(self.token, failed and download.code in NEEDS_TOKEN)
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        names = {"running": "pause", "waiting": "pause", "failed": "rotate-ccw"}
        name = names.get(self.download.state, "play")
        self.toggle.setIcon(icon(name, theme, SIZE["icon_small"], "text"))
        self._mark.set_theme(theme)
        self.remove.set_theme(theme)


class DownloadsCard(QFrame):
    """All that are not done; hidden when there are none. token_wanted(): the person wants to give a token."""

    token_wanted = Signal()

    def __init__(self, client: EngineClient, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName("Downloads")
        self._client = client
        self._theme = theme
        self._by_id: dict[str, DownloadLine] = {}
        self._problem = label("", "danger", wrap=True, selectable=True)
        self._problem.setContentsMargins(SPACE[4], SPACE[2], SPACE[4], SPACE[2])
        self._problem.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, SPACE[1], 0, SPACE[1])
        self._column.setSpacing(0)
        self._column.addWidget(self._problem)
        client.downloads_changed.connect(self._on_downloads)
        self._on_downloads(client.downloads)

    @property
    def lines(self) -> list[DownloadLine]:
        """The downloads' lines, from top to bottom."""
        return list(self._by_id.values())

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for line in self.lines:
            line.set_theme(theme)

    def _on_downloads(self, downloads: list[Download]) -> None:
        unfinished = {download.id: download for download in downloads if download.state != "done"}
        for ident in [ident for ident in self._by_id if ident not in unfinished]:
            line = self._by_id.pop(ident)
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        for position, (ident, download) in enumerate(unfinished.items()):
            if ident in self._by_id:
                self._by_id[ident].show_download(download)
            else:
                self._by_id[ident] = self._make(download)
            if self._column.indexOf(self._by_id[ident]) != position:
                self._column.insertWidget(position, self._by_id[ident])
        self.setVisible(bool(unfinished))

    def _make(self, download: Download) -> DownloadLine:
        line = DownloadLine(download, self._theme)
        line.toggled.connect(lambda: self._toggle(line.download))
        line.removed.connect(lambda: self._remove(line.download))
        line.token_wanted.connect(self.token_wanted)
        return line

    def _toggle(self, download: Download) -> None:
        take: Callable[[Download], None] = self._client.take_download
        self._problem.hide()
        if download.state in ("running", "waiting"):
            self._client.request(DownloadPause(id=download.id), take, self._on_refused)
        else:
            self._client.request(DownloadStart(what=download.id), take, self._on_refused)

    def _remove(self, download: Download) -> None:
        kept = size(download.done_bytes)
        text = f"{kept} that were fetched are deleted." if download.done_bytes else "Nothing of it was fetched yet."
        if confirm(self.window(), f"Remove the download of {download.name}?", text, "Remove", danger=True):
            self._client.request(DownloadRemove(id=download.id), self._client.take_downloads, self._on_refused)

    def _on_refused(self, problem: Problem) -> None:
        self._problem.setText(f"{problem.title} {problem.hint}".strip())
        self._problem.show()
