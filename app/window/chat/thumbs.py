"""Two quiet buttons under an answer, by which a person says whether it was right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.base.ratings import Rating, Thumb
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import IconButton, set_tip

_NAMES: dict[Thumb, tuple[str, str]] = {
    "up": ("This answer is right", "You found this right; press to take it back"),
    "down": ("This answer is wrong", "You found this wrong; press to take it back"),
}


class Thumbs(QWidget):
    """A thumb up and one down, of which at most one is pressed. rated(Thumb | None): what the person thinks now."""

    rated = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.up_button = IconButton("thumbs-up", _NAMES["up"][0], theme)
        self.down_button = IconButton("thumbs-down", _NAMES["down"][0], theme)
        self._buttons: dict[Thumb, IconButton] = {"up": self.up_button, "down": self.down_button}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        for thumb, button in self._buttons.items():
            button.setCheckable(True)
            button.clicked.connect(lambda pressed, thumb=thumb: self._on_clicked(thumb if pressed else None))
            row.addWidget(button)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons anew."""
        for button in self._buttons.values():
            button.set_theme(theme)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [self.up_button, self.down_button]

    def show_rating(self, rating: Rating | None) -> None:
        """Press the thumb of this rating, or none. Its reason, if it has one, is in the tool tip."""
        for thumb, button in self._buttons.items():
            pressed = rating is not None and rating.thumb == thumb
            plain, told = _NAMES[thumb]
            button.setChecked(pressed)
            button.set_icon(f"thumbs-{thumb}", "accent" if pressed else "")
            button.set_name(plain)
            set_tip(button, told if pressed else plain)
            if pressed and rating is not None and rating.note:
                set_tip(button, f"{told}. Your reason: {rating.note}")

    def _on_clicked(self, thumb: Thumb | None) -> None:
        for each, button in self._buttons.items():
            button.setChecked(each == thumb)
        self.rated.emit(thumb)
