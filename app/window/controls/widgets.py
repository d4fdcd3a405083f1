"""The small pieces that every view is built from: labels, buttons, pills, choices, a spinner.

None of them ever reads its text as HTML, or shows it without what it holds: names and quotes come from files and may
hold anything.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QHideEvent,
    QIcon,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
)  # fmt: skip
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)  # fmt: skip
from typing_extensions import override

from app.base.foreign_text import harmless
from app.window.controls import motion
from app.window.controls.icons import icon, logo, pixmap
from app.window.controls.popups import make_round, settle_hover
from app.window.controls.theme import SIZE, SPACE, Theme

CHOICE_LEAST, CHOICE_MOST, CHOICE_LIST_MOST = 96, 240, 480
TIP_LINE = 60  # letters of a tool tip that stay on one line

_LONG_WORD = re.compile(r"\S{24}")


class _Harmless:
    """What a label and a button have in common: their words, whoever wrote them, show all that they hold."""

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        super().setText(harmless(text))  # type: ignore[misc]  # of the widget that this is mixed into

    def setAccessibleName(self, name: str) -> None:  # noqa: N802 - Qt's name
        super().setAccessibleName(harmless(name))  # type: ignore[misc]  # as above


class Label(_Harmless, QLabel):
    """A label whose text, whoever wrote it, shows all that it holds."""


def label(text: str, kind: str = "body", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label that shows `text` as it stands, in one of the style sheet's kinds."""
    made = Label()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("kind", kind)
    made.setText(text)
    made.setWordWrap(wrap)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def breaking_label(text: str, kind: str = "body", *, selectable: bool = False) -> QLabel:
    """A wrapping label for a stranger's text, whose long words break too. It takes whatever width there is."""
    made = label("", kind, wrap=True, selectable=selectable)
    QLabel.setText(made, breakable(harmless(text)))
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    return made


def breakable(text: str) -> str:
    """A text for show alone, whose long words can be broken."""
    return _LONG_WORD.sub("\\g<0>\u200b", text)


def pill(text: str, level: str) -> QLabel:
    """A rounded badge. level: "ok", "warn", "danger", "accent" or "plain"."""
    made = label(text, f"pill-{level}")
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


class Button(_Harmless, QPushButton):
    """A button whose words, whoever wrote them, show all that they hold."""


def button(text: str, kind: str = "secondary", on_click: Callable[[], None] | None = None) -> QPushButton:
    """A push button with its text taken literally; Enter presses it as Space does."""
    made = Button()
    made.setText(text.replace("&", "&&"))
    made.setAutoDefault(True)
    made.setProperty("kind", kind)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if on_click is not None:
        made.clicked.connect(on_click)
    return made


def set_tip(widget: QWidget, text: str) -> None:
    """A tool tip that shows `text` as it stands, wrapped."""
    widget.setToolTip(tip(text))


def tip(text: str) -> str:
    """`text` as Qt's tool tips need it to be shown literally, harmless."""
    shown = harmless(text)
    if len(shown) <= TIP_LINE and not {"<", "&"} & set(shown):
        return shown  # on one line; what is rich Qt breaks into short ones
    return f"<qt>{html.escape(shown)}</qt>"


def announce(widget: QWidget, text: str) -> None:
    """Have a screen reader say `text` when it is done with what it says now."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, harmless(text)))


class _Tinted:
    """What a button and a label that are an icon have in common: its name, and its tint by the theme."""

    _icon_name: str
    _theme: Theme
    _color: str

    def set_icon(self, icon_name: str, color: str = "") -> None:
        """Show another icon."""
        self._icon_name = icon_name
        self._color = color
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icon anew."""
        raise NotImplementedError


class IconButton(_Tinted, QToolButton):
    """A button that is only an icon; `name` is said to screen readers and shown as its tool tip.

    kind: "icon", "primary" (filled) or "round". Its focus ring appears when it is reached by keyboard. Enter presses it
    as Space does.
    """

    def __init__(
        self, icon_name: str, name: str, theme: Theme, *, kind: str = "icon", size: int = SIZE["icon"], color: str = ""
    ) -> None:
        super().__init__()
        self._icon_name = icon_name
        self._theme = theme
        self._size = size
        self._color = color
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(size, size))
        self.set_name(name)
        self.set_theme(theme)

    def set_name(self, name: str) -> None:
        """Say something else to screen readers and as tool tip."""
        self.setAccessibleName(harmless(name))
        set_tip(self, name)

    @override
    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setIcon(icon(self._icon_name, theme, self._size, self._color or None))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class IconLabel(_Tinted, QLabel):
    """An icon that does nothing, beside a text that says the same. Sharp on whatever screen it comes to."""

    def __init__(self, icon_name: str, theme: Theme, *, size: int = SIZE["icon"], color: str = "") -> None:
        super().__init__()
        self._icon_name = icon_name
        self._theme = theme
        self._size = size
        self._color = color
        self.setFixedSize(size, size)
        self.set_theme(theme)

    @override
    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._icon = self._drawn()
        self.update()

    def _drawn(self) -> QIcon:
        return icon(self._icon_name, self._theme, self._size, self._color or None)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self._icon.paint(QPainter(self), self.rect())


class LogoLabel(IconLabel):
    """Our mark in the theme's accent."""

    def __init__(self, theme: Theme, *, size: int = SIZE["logo"]) -> None:
        super().__init__("", theme, size=size)

    @override
    def _drawn(self) -> QIcon:
        return logo(self._theme, self._size)


def show_if(widget: QWidget, visible: bool) -> None:
    """Show or hide a widget that may not be placed yet; costs nothing if that is what it will be anyway."""
    if widget.isHidden() == visible:
        widget.setVisible(visible)


class ElidedLabel(Label):
    """One line that is shortened with an ellipsis where it does not fit; its tool tip then has the whole.

    It is shortened as it is painted: a label is measured far more often than it is seen.
    """

    def __init__(
        self, text: str = "", kind: str = "body", mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle
    ) -> None:
        super().__init__()
        self._tip = ""
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_full_text(text)

    @property
    def full_text(self) -> str:
        """The whole text."""
        return self.text()

    def set_full_text(self, text: str) -> None:
        """Show another text. Line breaks become spaces."""
        self.setText(" ".join(text.split("\n")))

    def set_full_tip(self, text: str) -> None:
        """What the tool tip says, instead of the whole text where that is shortened."""
        self._tip = text

    @override
    def minimumSizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(min(self.fontMetrics().horizontalAdvance("mmmm…"), hint.width()), hint.height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), self._mode, area.width())
        painter.drawText(area, int(self.alignment() | Qt.TextFlag.TextSingleLine), shown)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            whole = self.fontMetrics().horizontalAdvance(self.text()) <= self.contentsRect().width()
            self.setToolTip(tip(self._tip or ("" if whole else self.text())))
        return super().event(event)


class Spinner(QWidget):
    """A small turning arc: something is being done. It only costs time while it is visible.

    It keeps still for who asked their desktop for less movement.
    """

    def __init__(self, theme: Theme, size: int = SIZE["icon_small"]) -> None:
        super().__init__()
        self._theme = theme
        self._angle = 0
        self.setFixedSize(size, size)
        self._timer = QTimer(self)
        self._timer.setInterval(50)
        self._timer.timeout.connect(self._turn)

    @property
    def turns(self) -> bool:
        """Whether it moves now."""
        return self._timer.isActive()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not motion.is_reduced():
            self._timer.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(QPen(self._theme.color("track"), 2))
        painter.drawEllipse(edge)
        painter.setPen(QPen(self._theme.color("accent"), 2, c=Qt.PenCapStyle.RoundCap))
        painter.drawArc(edge, -self._angle * 16, 100 * 16)

    def _turn(self) -> None:
        self._angle = (self._angle + 18) % 360
        self.update()


class Choice(QComboBox):
    """A combo box with our own arrow: a style sheet takes the platform's away."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(name)
        self.setItemDelegate(QStyledItemDelegate(self))  # a style sheet does not reach the lines of the own one
        self._is_round = False

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return super().sizeHint().boundedTo(QSize(CHOICE_MOST, 16_777_215))  # a long name must not widen the page

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(CHOICE_LEAST, super().minimumSizeHint().height())

    @override
    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        super().initStyleOption(option)
        room = self.width() - SIZE["icon_small"] - SPACE[5] - SPACE[1]
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideMiddle, room)

    @override
    def showPopup(self) -> None:
        container = self.view().parentWidget()
        if container is not None and not self._is_round:
            self._is_round = True
            make_round(container)
        # As wide as its widest line, which the box itself need not show whole.
        self.view().setMinimumWidth(min(self.view().sizeHintForColumn(0) + SPACE[5], CHOICE_LIST_MOST))
        super().showPopup()

    @override
    def hidePopup(self) -> None:
        super().hidePopup()
        settle_hover()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = SIZE["icon_small"]
        drawn = pixmap("chevron-down", self._theme, size, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(self.width() - size - SPACE[2], (self.height() - size) // 2), drawn)
