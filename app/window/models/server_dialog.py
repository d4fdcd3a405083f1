"""Adding a server: its address and key, then which of its models."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.base.errors import Problem
from app.base.foreign_text import harmless_line
from app.base.models import ModelInfo, RemoteAdd, RemoteModels
from app.window.controls.dialog import Dialog
from app.window.controls.theme import SPACE, theme_now
from app.window.controls.widgets import Choice, button, label
from app.window.engine_client import EngineClient

WHAT_IS_SENT = (
    "Now Familiar only asks the server which models it has. Later, when you ask a question with one of them, the "
    "question, the conversation, passages of your files and what it looks up in your folders go there, after you "
    "agreed in that conversation."
)


class ServerDialog(Dialog):
    """Asks for a server and one of its models, and adds it."""

    def __init__(self, parent: QWidget, client: EngineClient) -> None:
        super().__init__(parent, "Add a server", WHAT_IS_SENT)
        self._client = client
        self._asked_of: tuple[str, str] | None = None
        self.url = self.add_field("Address", "http://localhost:11434/v1")
        self.key = self.add_field("Key, if it wants one", "", secret=True)
        self.fields.addWidget(label("It goes into this computer’s keyring, and is sent to this server only.", "caption",
                                    wrap=True))  # fmt: skip
        self.ask = button("Which models?", "secondary", self._on_ask)
        self.ask.setAutoDefault(False)
        self.fields.addSpacing(SPACE[2])
        self.fields.addWidget(self.ask, 0, Qt.AlignmentFlag.AlignLeft)
        self.models_title = label("Model", "name")
        self.models = Choice("Model", theme_now())
        self.models_title.setBuddy(self.models)
        self.fields.addSpacing(SPACE[2])
        self.fields.addWidget(self.models_title)
        self.fields.addWidget(self.models)
        self.complete("Add")
        for field in (self.url, self.key):
            field.textChanged.connect(self._on_changed)
            field.returnPressed.connect(self._on_return)
        self._on_changed()

    def submit(self) -> None:
        """Add the chosen model; ask for the list first if that was not done."""
        model = str(self.models.currentData() or "")
        if self._asked_of != self._typed() or not model:
            self._on_ask()
            return
        url, key = self._typed()
        call = RemoteAdd(url=url, model=model, key=key or None)
        self.wait_for(self._client.request(call, self._on_added, self.say_problem), f"Adding {model}…")

    def _typed(self) -> tuple[str, str]:
        return self.url.text().strip(), self.key.text().strip()

    def _on_return(self) -> None:
        if not self.agree.isEnabled():  # else it is the default button that hears the key
            self._on_ask()

    def _on_changed(self) -> None:
        there = bool(self.url.text().strip())
        same = self._asked_of == self._typed() and self.models.count() > 0
        self.ask.setEnabled(there)
        self.models.setVisible(same)
        self.models_title.setVisible(same)
        self.agree.setEnabled(same)
        self.problem.hide()

    def _on_ask(self) -> None:
        url, key = self._typed()
        if url:
            asked = self._client.request(
                RemoteModels(url=url, key=key or None), lambda names: self._on_models((url, key), names),
                self._on_no_models,
            )  # fmt: skip
            self.ask.setEnabled(False)
            self.wait_for(asked, f"Asking {host_of(url)}…")

    def _on_models(self, asked_of: tuple[str, str], names: list[str]) -> None:
        self.rest()
        self._asked_of = asked_of
        self.models.clear()
        for name in names:
            self.models.addItem(harmless_line(name), name)
        self._on_changed()
        if not names:
            self.say_problem(Problem("remote.empty", f"{host_of(asked_of[0])} offers no models.",
                                     "Load one there, then ask again."))  # fmt: skip
            self.agree.setEnabled(False)
        else:
            self.models.setFocus(Qt.FocusReason.OtherFocusReason)
            self.fit()

    def _on_no_models(self, problem: Problem) -> None:
        self.say_problem(problem)
        self.ask.setEnabled(True)
        self.agree.setEnabled(False)
        self.url.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_added(self, _: ModelInfo) -> None:
        self.rest()
        self._client.refresh_models()
        self.accept()


def host_of(url: str) -> str:
    """The server's name as typed, for a sentence."""
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or url
    except ValueError:
        return url
