"""The small pieces that every view is built from: labels, buttons, pills, a row that wraps, a spinner.

None of them ever reads its text as HTML, or shows it without what it holds: names and quotes come from files and may
hold anything.
"""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6.QtCore import QEvent, QMargins, QPoint, QRect, QRectF, QSize, Qt, QTimer
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
    QLayout,
    QLayoutItem,
    QPushButton,
    QSizePolicy,
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


class Label(QLabel):
    """A label whose text, whoever wrote it, shows all that it holds."""

    @override
    def setText(self, text: str) -> None:
        super().setText(harmless(text))

    @override
    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(harmless(name))


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


def pill(text: str, level: str) -> QLabel:
    """A rounded badge. level: "ok", "warn", "danger", "accent" or "plain"."""
    made = label(text, f"pill-{level}")
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


class Button(QPushButton):
    """A button whose words, whoever wrote them, show all that they hold."""

    @override
    def setText(self, text: str) -> None:
        super().setText(harmless(text))

    @override
    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(harmless(name))


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
    return f"<qt>{html.escape(harmless(text))}</qt>" if text else ""


def announce(widget: QWidget, text: str) -> None:
    """Have a screen reader say `text` when it is done with what it says now."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, harmless(text)))


class IconButton(QToolButton):
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

    def set_icon(self, icon_name: str, color: str = "") -> None:
        """Show another icon."""
        self._icon_name = icon_name
        self._color = color
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icon anew."""
        self._theme = theme
        self.setIcon(icon(self._icon_name, theme, self._size, self._color or None))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class IconLabel(QLabel):
    """An icon that does nothing, beside a text that says the same. Sharp on whatever screen it comes to."""

    def __init__(self, icon_name: str, theme: Theme, *, size: int = SIZE["icon"], color: str = "") -> None:
        super().__init__()
        self._icon_name = icon_name
        self._theme = theme
        self._size = size
        self._color = color
        self.setFixedSize(size, size)
        self.set_theme(theme)

    def set_icon(self, icon_name: str, color: str = "") -> None:
        """Show another icon."""
        self._icon_name = icon_name
        self._color = color
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Tint the icon anew."""
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


class FlowLayout(QLayout):
    """Puts widgets in a row and goes on in the next row where they do not fit. to_right: rows end at the right edge."""

    def __init__(self, gap: int = SPACE[2], *, to_right: bool = False) -> None:
        super().__init__()
        self._gap = gap
        self._to_right = to_right
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins())

    @override
    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    @override
    def count(self) -> int:
        return len(self._items)

    @override
    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    @override
    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    @override
    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    @override
    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    @override
    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._visible()]
        width = sum(size.width() for size in sizes) + self._gap * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    @override
    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._visible():
            size = size.expandedTo(item.minimumSize())
        return size

    def _visible(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _place(self, rect: QRect, *, move: bool) -> int:
        y = rect.y()
        for row in self._rows(rect.width()):
            height = max(size.height() for _, size in row)
            used = sum(size.width() for _, size in row) + self._gap * (len(row) - 1)
            x = rect.x() + (rect.width() - used if self._to_right else 0)
            for item, size in row:
                if move:
                    item.setGeometry(QRect(QPoint(x, y), size))
                x += size.width() + self._gap
            y += height + self._gap
        return max(y - self._gap - rect.y(), 0)

    def _rows(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        rows: list[list[tuple[QLayoutItem, QSize]]] = []
        width = max(width, 0)  # Qt asks with what is left of a room that is too small, which can be less than nothing
        left = -1
        for item in self._visible():
            size = item.sizeHint()
            size.setWidth(min(size.width(), width))
            if left < size.width():
                rows.append([])
                left = width
            rows[-1].append((item, size))
            left -= size.width() + self._gap
        return rows


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
