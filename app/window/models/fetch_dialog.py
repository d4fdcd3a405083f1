"""Downloading any model of Hugging Face: by its name or address, and giving a token for those that want one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.base.errors import Problem
from app.base.foreign_text import harmless_line
from app.base.models import Download, DownloadStart, HubToken
from app.base.problem_data import OfferedFiles
from app.window.controls.dialog import Dialog
from app.window.controls.model_wording import offered_line
from app.window.controls.theme import SIZE
from app.window.controls.widgets import button, label
from app.window.engine_client import EngineClient
from app.window.models.downloads_card import NEEDS_TOKEN

_BALANCED = "Q4_K_M"
"""The quantisation that the engine's advice names, too: chosen unless the person chooses another."""
_ROWS = 6
_ROW_PX = 32


class FetchDialog(Dialog):
    """Asks for a repository, then for a file of it if it has several; starts the download."""

    def __init__(self, parent: QWidget, client: EngineClient) -> None:
        super().__init__(
            parent,
            "Download from Hugging Face",
            "Any chat model in GGUF format. It is kept on this computer and used without the internet.",
        )
        self._client = client
        self.what = self.add_field("Repository, or address of a file", "owner/name, or https://huggingface.co/…")
        self.what.textChanged.connect(self._on_changed)
        self.choices_title = label("Which of its files?", "name")
        self.choices = QListWidget()
        self.choices.setAccessibleName("Which of its files?")
        self.choices.setProperty("kind", "sunken")
        self.choices.itemActivated.connect(lambda _: self.submit())
        self.token = button("Add a Hugging Face token…", "link", self._on_token)
        self.token.setAutoDefault(False)
        for part in (self.choices_title, self.choices):
            self.fields.addWidget(part)
            part.hide()
        self.fields.addWidget(self.token, 0, Qt.AlignmentFlag.AlignLeft)
        self.token.hide()
        self.complete("Download")
        self._on_changed()

    def submit(self) -> None:
        """Start the download of what is named."""
        what = self.what.text().strip()
        if not what:
            return
        item = self.choices.currentItem() if not self.choices.isHidden() else None
        file = str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""
        call = DownloadStart(what=what, file=file)
        told = "Starting…" if file else "Looking at the repository…"
        self.wait_for(self._client.request(call, self._on_started, self._on_refused), told)

    def _on_changed(self) -> None:
        self.choices.hide()
        self.choices_title.hide()
        self.problem.hide()
        self.agree.setEnabled(bool(self.what.text().strip()))

    def _on_started(self, download: Download) -> None:
        self.rest()
        self._client.take_download(download)
        self.accept()

    def _on_refused(self, problem: Problem) -> None:
        if not isinstance(problem.data, OfferedFiles):
            self.token.setVisible(problem.code in NEEDS_TOKEN)
            self.say_problem(problem)
            self.what.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.rest()
        files = problem.data.files
        self.choices.clear()
        for file in files:
            item = QListWidgetItem(harmless_line(f"{file.name}  ·  {offered_line(file)}"))
            item.setData(Qt.ItemDataRole.UserRole, file.name)
            self.choices.addItem(item)
        self.choices.setCurrentRow(next((at for at, file in enumerate(files) if _BALANCED in file.name.upper()), 0))
        self.choices.setFixedHeight(min(len(files), _ROWS) * _ROW_PX + SIZE["bar"])
        self.choices_title.show()
        self.choices.show()
        self.choices.setFocus(Qt.FocusReason.OtherFocusReason)
        self.fit()

    def _on_token(self) -> None:
        TokenDialog(self, self._client).open()


class TokenDialog(Dialog):
    """Asks for a Hugging Face token."""

    def __init__(self, parent: QWidget, client: EngineClient) -> None:
        super().__init__(
            parent,
            "Hugging Face token",
            "Some models are given only to people who accepted their terms on the site. A token proves that you did. "
            "It goes into this computer’s keyring, and is sent to Hugging Face only.",
        )
        self._client = client
        self.token = self.add_field("Token", "hf_…", secret=True)
        self.token.textChanged.connect(self._on_changed)
        self.kept = label("", "small", wrap=True)
        self.forget = button("Forget the token", "link", self._on_forget)
        self.forget.setAutoDefault(False)
        self.fields.addWidget(self.kept)
        self.fields.addWidget(self.forget, 0, Qt.AlignmentFlag.AlignLeft)
        self.kept.hide()
        self.forget.hide()
        self.complete("Keep it")
        self._on_changed()
        self.hear(client.request(HubToken(), self._on_known, lambda _: None))

    def submit(self) -> None:
        """Keep the token."""
        token = self.token.text().strip()
        if token:
            call = HubToken(token=token)
            self.wait_for(self._client.request(call, lambda _: self.accept(), self.say_problem), "Keeping it…")

    def _on_changed(self) -> None:
        self.agree.setEnabled(bool(self.token.text().strip()))

    def _on_known(self, there: bool) -> None:
        if not self._client.is_news(HubToken):
            return
        self.kept.setText("A token is kept already; another one replaces it.")
        self.kept.setVisible(there)
        self.forget.setVisible(there)
        self.fit()

    def _on_forget(self) -> None:
        self.wait_for(self._client.request(HubToken(token=""), self._on_forgotten, self.say_problem), "Forgetting it…")

    def _on_forgotten(self, _: bool) -> None:
        self.rest()
        self._on_known(there=False)
        self._on_changed()
