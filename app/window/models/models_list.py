"""The list of models, painted: it stays quick with a thousand rows."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.base.model_wording import trouble
from app.window.controls import model_wording as words
from app.window.controls import row_painting
from app.window.controls.icons import pixmap
from app.window.controls.theme import SIZE, SPACE, Theme, font
from app.window.models.model_rows import (
    SECTIONS,
    HeadRow,
    Index,
    ModelRow,
    ModelsModel,
    NoteRow,
    OfferRow,
    Row,
    state,
    title,
)

Act = Literal["use", "download", ""]
ACT_WORDS: dict[Act, str] = {"use": "Use", "download": "Download"}
ROW_PX = 78
HEAD_PX = 40
NOTE_PX = 48


def act_of(row: Row) -> Act:
    """What a row's button does; "" where it has none."""
    if isinstance(row, ModelRow):
        return "" if row.model.in_use or trouble(row.model) else "use"
    if isinstance(row, OfferRow):
        return "" if row.here or row.download is not None else "download"
    return ""


class _Painter(QStyledItemDelegate):
    """Paints headings, notes, models and offers.

    act_wanted(Row): a row's button was clicked.
    """

    act_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = _row(index)
        if isinstance(row, HeadRow):
            return QSize(0, HEAD_PX)
        return QSize(0, NOTE_PX if isinstance(row, NoteRow) else ROW_PX)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = _row(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, HeadRow):
            self._paint_head(painter, option.rect, row)
        elif isinstance(row, NoteRow):
            box = option.rect.adjusted(SPACE[4], 0, -SPACE[4], 0)
            painter.setFont(font("small"))
            painter.setPen(self.theme.color("text2"))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, row.text)
        else:
            self._paint_model(painter, option, row)
        painter.restore()

    @override
    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            row = _row(index)
            act = act_of(row)
            if act and act_box(option.rect, act).contains(event.position().toPoint()):
                self.act_wanted.emit(row)
                return True
        return super().editorEvent(event, model, option, index)

    def _paint_head(self, painter: QPainter, box: QRect, row: HeadRow) -> None:
        box = box.adjusted(SPACE[4], 0, -SPACE[4], -SPACE[2])
        face = row_painting.bold("caption")
        face.setCapitalization(QFont.Capitalization.AllUppercase)
        painter.setFont(face)
        painter.setPen(self.theme.color("text3"))
        painter.drawText(box, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, SECTIONS[row.section])
        if row.number:
            painter.setFont(font("caption"))
            painter.drawText(box, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, f"{row.number:,}")

    def _paint_model(self, painter: QPainter, option: QStyleOptionViewItem, row: ModelRow | OfferRow) -> None:
        box = row_painting.ground(painter, self.theme, option)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("accent"))
            painter.drawRoundedRect(QRect(box.left(), box.top() + SPACE[3], 3, box.height() - 2 * SPACE[3]), 1.5, 1.5)
        mark, token = _mark(row)
        size = SIZE["icon"]
        drawn = pixmap(mark, self.theme, size, painter.device().devicePixelRatio(), token)
        lines = box.adjusted(SPACE[3] + size + SPACE[3], SPACE[2], -SPACE[3], -SPACE[2])
        third = lines.height() // 3
        painter.drawPixmap(QPoint(box.left() + SPACE[3], lines.top() + (third - size) // 2), drawn)
        right = lines.right()
        act = act_of(row)
        if act:
            button = act_box(option.rect, act)
            row_painting.button(painter, self.theme, button, ACT_WORDS[act])
            right = button.left() - SPACE[3]
        top = QRect(lines.left(), lines.top(), right - lines.left(), third)
        self._paint_title(painter, top, row)
        facts = words.facts(row.model) if isinstance(row, ModelRow) else words.offer_facts(row.offer)
        row_painting.line(painter, self.theme, top.translated(0, third), facts, "small", "text2")
        bottom = QRect(lines.left(), lines.top() + 2 * third, right - lines.left(), third)
        row_painting.line(painter, self.theme, bottom, state(row), "small", _loudness(row))

    def _paint_title(self, painter: QPainter, box: QRect, row: ModelRow | OfferRow) -> None:
        """The name, and its badges right behind it."""
        badges = _badges(row)
        widths = [row_painting.badge_width(text) for text, _ in badges]
        room = box.width() - sum(widths) - SPACE[2] * len(badges)
        name = QRect(box.left(), box.top(), max(room, SPACE[7]), box.height())
        middle = Qt.TextElideMode.ElideMiddle
        used = row_painting.line(painter, self.theme, name, title(row), "strong", "text", middle)
        x = name.left() + used + SPACE[2]
        for (text, level), width in zip(badges, widths, strict=True):
            where = QRect(x, box.center().y() - SIZE["badge"] // 2, width, SIZE["badge"])
            if where.right() <= box.right():
                row_painting.badge(painter, self.theme, where, text, level)
            x += width + SPACE[2]


class ModelsListView(QListView):
    """The list. opened(bool): a row was chosen, by keyboard or by click. act_wanted(Row): its button was clicked."""

    opened = Signal(bool)
    act_wanted = Signal(object)

    def __init__(self, model: ModelsModel, theme: Theme) -> None:
        super().__init__()
        self._painter = _Painter(theme, self)
        self._painter.act_wanted.connect(self._on_act_wanted)
        self._acted = False
        self.setModel(model)
        self.setItemDelegate(self._painter)
        self.setMouseTracking(True)
        self.setAccessibleName("Models")
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().setSingleStep(SPACE[6])
        self.clicked.connect(self._on_clicked)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._painter.theme = theme
        self.viewport().update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(True)
        else:
            super().keyPressEvent(event)

    def _on_act_wanted(self, row: Row) -> None:
        self._acted = True
        self.act_wanted.emit(row)

    def _on_clicked(self) -> None:
        """A click on a row's button is no wish to open the row."""
        acted, self._acted = self._acted, False
        if not acted:
            self.opened.emit(False)


def act_box(row: QRect, act: Act) -> QRect:
    """Where a row's button is, given the row's rectangle."""
    return row_painting.button_box(row, ACT_WORDS[act])


def _row(index: Index) -> Row:
    model = index.model()
    assert isinstance(model, ModelsModel)
    row = model.row(index)
    assert row is not None
    return row


def _mark(row: ModelRow | OfferRow) -> tuple[str, str]:
    """A row's icon and its colour."""
    if isinstance(row, OfferRow):
        failed = row.download is not None and row.download.state == "failed"
        return ("triangle-alert", "danger") if failed else ("download", "text3")
    if trouble(row.model):
        return "triangle-alert", "danger"
    if row.model.in_use:
        return "circle-check", "accent"
    return ("globe" if row.model.origin == "remote" else "box"), "text3"


def _badges(row: ModelRow | OfferRow) -> list[tuple[str, str]]:
    """What stands behind the name, each with how loud it is."""
    if isinstance(row, OfferRow):
        if row.download is not None:
            return [(words.short_state(row.download), "danger" if row.download.state == "failed" else "accent")]
        return [words.VERDICTS[row.offer.verdict]] if row.offer.verdict and not row.here else []
    badges = [("In use", "accent")] if row.model.in_use else []
    if row.model.quarantine:
        return [*badges, ("Set aside", "danger")]
    if row.model.problem:
        return [*badges, ("Cannot be used", "danger")]
    return [*badges, *([words.VERDICTS[row.model.fit.verdict]] if row.model.fit is not None else [])]


def _loudness(row: ModelRow | OfferRow) -> str:
    if isinstance(row, OfferRow):
        return "danger" if row.download is not None and row.download.state == "failed" else "text3"
    if trouble(row.model):
        return "danger"
    return "warn" if row.model.note else "text3"
