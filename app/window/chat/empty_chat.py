"""What stands where a conversation will be: a first step that fits how Familiar stands now."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.base.paths import resources
from app.base.values import READABLE_STATES
from app.base.wording import count
from app.window.controls.folder_actions import FolderActions
from app.window.controls.icons import logo
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import Spinner, button, label
from app.window.controls.wording import index_summary
from app.window.engine_client import EngineClient

SAMPLE_QUESTIONS = (
    "How much notice must I give to end the lease?",
    "Where do we stay in Lisbon?",
    "How often is the sourdough starter fed?",
)


class EmptyChat(QWidget):
    """A greeting with one next step. question_chosen(str): the person picked an example."""

    question_chosen = Signal(str)

    def __init__(self, client: EngineClient, actions: FolderActions, theme: Theme) -> None:
        super().__init__()
        self._client = client
        self._about: list[str] = []
        self._logo = QLabel()
        self._logo.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._spinner = Spinner(theme)
        self.title = label("", "h1", wrap=True)
        self.text = label("", "small", wrap=True)
        for words in (self.title, self.text):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.add = button("Add a folder", "primary", actions.choose_and_add)
        self.sample = button("Try the sample", "secondary", lambda: actions.add([str(resources() / "sample")]))
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        row.addStretch(1)
        row.addWidget(self.add)
        row.addWidget(self.sample)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[5], SPACE[5], SPACE[5], SPACE[5])
        column.setSpacing(SPACE[3])
        column.addStretch(2)
        column.addWidget(self._logo)
        column.addWidget(self._spinner, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(row)
        self.examples = [button(question, "ghost") for question in SAMPLE_QUESTIONS]
        for question, example in zip(SAMPLE_QUESTIONS, self.examples, strict=True):
            example.clicked.connect(lambda _=False, question=question: self.question_chosen.emit(question))
            column.addWidget(example, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.set_theme(theme)
        for changed in (client.connected, client.lost, client.folders_changed, client.status_changed):
            changed.connect(self.refresh)
        client.models_changed.connect(self.refresh)
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        large = SIZE["logo_large"]
        self._logo.setPixmap(logo(theme, large).pixmap(QSize(large, large), self.devicePixelRatioF()))
        self._spinner.set_theme(theme)

    def set_about(self, names: list[str]) -> None:
        """Speak about these attached files instead of the folders."""
        self._about = names
        self.refresh()

    def refresh(self) -> None:
        """Say what fits now."""
        client = self._client
        folders = [folder.path for folder in client.folders]
        files = client.status.files if client.status is not None else {}
        ready = sum(files.get(state, 0) for state in READABLE_STATES)
        starting = client.status is None
        none_yet = not starting and not folders and not self._about
        self._spinner.setVisible(starting)
        self.add.setVisible(none_yet)
        self.sample.setVisible(none_yet)
        if starting:
            title, text = "Starting…", "You can type your question already."
        elif self._about:
            title = f"Ask about {self._about[0] if len(self._about) == 1 else 'these files'}"
            text = "Answers come from it alone." if len(self._about) == 1 else "Answers come from them alone."
        elif none_yet:
            title, text = "Which files may Familiar read?", "Add a folder, then ask about what is in it."
        elif not ready:
            title, text = "Ask about your files", self._before_ready()
        else:
            title, text = "Ask about your files", f"{count(ready, 'file')} can be asked about. {self._manner()}"
        self.title.setText(title)
        self.text.setText(text)
        only_sample = folders == [str(resources() / "sample")] and not starting and not self._about
        for example in self.examples:
            example.setVisible(only_sample)

    def _before_ready(self) -> str:
        summary = index_summary(self._client.status)
        if summary != "Up to date":
            return f"{summary}. You can ask already."
        if any(folder.state == "reading" for folder in self._client.folders):
            return "Familiar is looking through your folders. You can ask already."
        return "There is nothing to read in your folders yet."

    def _manner(self) -> str:
        if any(model.in_use for model in self._client.models):
            return "Every answer names its sources."
        return "Without a chat model, answers are quotes with their sources."
