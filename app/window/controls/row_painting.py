"""What painted lists have in common: a row's ground, a line of text, a button, a badge."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QTextLayout
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStyleOptionViewItem

from app.base.foreign_text import harmless
from app.window.controls.theme import RADIUS, SIZE, SPACE, Theme, font

LEVELS = {
    "ok": ("ok_soft", "ok"),
    "warn": ("warn_soft", "warn"),
    "danger": ("danger_soft", "danger"),
    "accent": ("accent_soft", "accent_text"),
    "plain": ("track", "text2"),
}
"""The two colours of a badge by how loud it is: behind and in front."""


def ground(painter: QPainter, theme: Theme, option: QStyleOptionViewItem) -> QRect:
    """Paint what shows a row as hovered, chosen or focused; the rectangle that its content has."""
    box = option.rect.adjusted(SPACE[1], 1, -SPACE[1], -1)
    if option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("hover"))
        painter.drawRoundedRect(box, RADIUS["s"] + 2, RADIUS["s"] + 2)
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("focus"), SIZE["focus"]))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), RADIUS["s"] + 1, RADIUS["s"] + 1)
    return box


def line(
    painter: QPainter,
    theme: Theme,
    box: QRect,
    text: str,
    kind: str,
    token: str,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> int:
    """Paint one line of text, shortened to what `box` has room for; the pixels that it took."""
    painter.setFont(font(kind))
    painter.setPen(theme.color(token))
    shown = painter.fontMetrics().elidedText(harmless(" ".join(text.split("\n"))), mode, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
    return painter.fontMetrics().horizontalAdvance(shown)


def lines(painter: QPainter, theme: Theme, box: QRect, text: str, kind: str, token: str) -> None:
    """Paint a text in as many lines as `box` has room for, at least one; the last is shortened."""
    face = font(kind)
    metrics = QFontMetrics(face)
    shown = harmless(" ".join(text.split("\n")))
    layout = QTextLayout(shown, face)
    layout.beginLayout()
    room = max(box.height() // metrics.lineSpacing(), 1)
    starts = []
    for _ in range(room):
        piece = layout.createLine()
        if not piece.isValid():
            break
        piece.setLineWidth(box.width())
        starts.append(piece.textStart())
    layout.endLayout()
    painter.setFont(face)
    painter.setPen(theme.color(token))
    for number, start in enumerate(starts):
        last = number == len(starts) - 1
        piece_text = shown[start:] if last else shown[start : starts[number + 1]]
        place = QRect(box.left(), box.top() + number * metrics.lineSpacing(), box.width(), metrics.lineSpacing())
        elided = metrics.elidedText(piece_text.strip(), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, elided)


def button(painter: QPainter, theme: Theme, box: QRect, text: str) -> None:
    """Paint a button."""
    painter.setPen(theme.color("line_strong"))
    painter.setBrush(theme.color("raised"))
    painter.drawRoundedRect(box, RADIUS["s"] + 2, RADIUS["s"] + 2)
    painter.setFont(bold("small"))
    painter.setPen(theme.color("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def button_box(row: QRect, text: str) -> QRect:
    """Where the button of a row is, given the row's rectangle."""
    width = QFontMetrics(bold("small")).horizontalAdvance(text) + 2 * SPACE[4]
    height = SIZE["button"]
    return QRect(row.right() - SPACE[4] - width, row.center().y() - height // 2, width, height)


def badge_width(text: str) -> int:
    """How wide a badge is."""
    return QFontMetrics(bold("caption")).horizontalAdvance(text) + 2 * SPACE[2]


def badge(painter: QPainter, theme: Theme, box: QRect, text: str, level: str) -> None:
    """Paint a badge."""
    back, fore = LEVELS[level]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(back))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    painter.setFont(bold("caption"))
    painter.setPen(theme.color(fore))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def bold(kind: str) -> QFont:
    """A kind of lettering in the weight of strong text."""
    face = QFont(font(kind))
    face.setWeight(font("strong").weight())
    return face


def painter_over(button: QPushButton) -> QPainter:
    """A painter for what stands on a button, which is drawn as the style has it."""
    option = QStyleOptionButton()
    button.initStyleOption(option)
    painter = QPainter(button)
    button.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, button)
    return painter
