"""What a model was measured to be able to do, how much is asked of it, and having it measured."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.base.aptitude import Profile
from app.base.models import ModelInfo
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import button, label, set_tip
from app.window.models.model_settings import CalmChoice

ASKED: tuple[tuple[Profile, str], ...] = (
    ("full", "Everything, with tools"),
    ("plain", "Short answers"),
    ("reader", "Wording one sentence"),
    ("quotes", "Nothing, only quotes"),
)
TIP = (
    "A small model does better when less is asked of it: short answers come from a few passages, without tools; where "
    "it only words a sentence, Familiar finds that sentence. As measured is best, unless you know the model better."
)
UNTESTED = "Not tested yet. Familiar tests it by itself when it is in use and the computer has time."


class Ability(QWidget):
    """What is known, a choice, and a button. profile_chosen(Profile or None): None for as measured."""

    profile_chosen = Signal(object)
    test_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.says = label("", "small", wrap=True, selectable=True)
        self.choice = CalmChoice("What is asked of it", theme)
        name = label("Asked of it", "small")
        name.setBuddy(self.choice)
        for each in (name, self.choice):
            set_tip(each, TIP)
        self.choice.setAccessibleDescription(TIP)
        self.choice.activated.connect(lambda _: self.profile_chosen.emit(self.choice.currentData()))
        self.test = button("Test answers", "secondary", self.test_wanted.emit)
        self.test.setToolTip("It answers some thirty short questions over texts of ours. Questions of yours go first.")
        row = QHBoxLayout()
        row.setSpacing(SPACE[4])
        row.addWidget(name)
        row.addWidget(self.choice, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(self.says)
        column.addLayout(row)
        column.addWidget(self.test, 0, Qt.AlignmentFlag.AlignLeft)

    def show_model(self, model: ModelInfo) -> None:
        """Show what is known of this model."""
        found = model.aptitude
        self.says.setText(f"{found.says[:1].upper()}{found.says[1:]}." if found is not None else UNTESTED)
        names = dict(ASKED)
        measured = f"As measured: {names[found.profile].lower()}" if found is not None else "As measured, once it is"
        items = [(None, measured), *ASKED]
        if [(self.choice.itemData(at), self.choice.itemText(at)) for at in range(self.choice.count())] != items:
            self.choice.clear()
            for value, text in items:
                self.choice.addItem(text, value)
        self.choice.setCurrentIndex(self.choice.findData(model.profile) if model.set_by_person else 0)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.choice.set_theme(theme)
