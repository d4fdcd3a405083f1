"""Where the person writes: a field that grows, the files that go with the question, where to look, send and stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.foreign_text import harmless_line
from app.window.chat.attached_files import AttachedFile, AttachedRow
from app.window.controls import theme as look
from app.window.controls.icons import icon
from app.window.controls.model_button import ModelButton
from app.window.controls.theme import SIZE, SPACE, Theme, theme_now
from app.window.controls.widgets import IconButton, button, set_tip

LONG_PASTE = 4_000
"""Characters up to which a pasted text goes into the field; a longer one is attached, and read like a file."""
_MARGIN = 2
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def local_files(data: QMimeData) -> list[str]:
    """The paths of the local files and folders that are dragged or pasted."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


def whole(text: str) -> str:
    """The text as it can be written down: halves of letters, which Qt hands on as they come, are marked as such."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class _Field(QPlainTextEdit):
    """The text field: Enter sends, Shift+Enter begins a line, pasted files and long texts are attached.

    paste_undone: the keys for undo, where a long text was the last that came.
    """

    sent = Signal()
    escaped = Signal()
    much_pasted = Signal(object)
    paste_undone = Signal()
    files_pasted = Signal(list)
    focus_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "bare")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)  # the composer takes what is dropped
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFont(look.font("body"))
        self.document().setDocumentMargin(_MARGIN)
        self._much_came_last = False
        self.textChanged.connect(self._on_text_changed)
        self.grow()

    def grow(self) -> None:
        """Become as tall as the text, up to eight lines; then scroll."""
        lines = max(1, int(self.document().size().height()))
        most = SIZE["composer_lines"]
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if lines > most else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(bar)
        height = min(lines, most) * self.fontMetrics().lineSpacing() + 2 * _MARGIN
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)

    @override
    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Undo)
            and not (self.document().isUndoAvailable() or self._much_came_last)
        ):
            event.ignore()  # nothing of the text to undo: the window may have something
            return False
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        breaks = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier
        if event.key() in _ENTER and not event.modifiers() & breaks:
            self.sent.emit()
        elif self._much_came_last and event.matches(QKeySequence.StandardKey.Undo):
            self._much_came_last = False
            self.paste_undone.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    @override
    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or bool(local_files(source))

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        files = local_files(source)
        if files:
            self.files_pasted.emit(files)
        elif source.hasText():
            text = whole(source.text())
            if len(text) > LONG_PASTE:
                self._much_came_last = True
                self.much_pasted.emit(text)
            else:
                self.insertPlainText(text)

    def _on_text_changed(self) -> None:
        self._much_came_last = False
        self.grow()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.grow()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)


class Composer(QFrame):
    """The box at the foot of a conversation.

    submitted(str): a question, stripped, never empty, also while busy; the field is empty by then, and `put_back` gives
    it back where it cannot be asked. stop_requested(): by button or Escape while busy. attach_requested(),
    scope_requested(), model_requested(): the person wants to choose files to attach, folders to look in, or what
    answers. attachment_removed(str), attachment_opened(str), files_dropped(list of str): paths. text_pasted(str): one
    that is too long for the field. paste_undone(): take the last of these off again.
    """

    submitted = Signal(str)
    stop_requested = Signal()
    attach_requested = Signal()
    scope_requested = Signal()
    model_requested = Signal()
    attachment_removed = Signal(str)
    attachment_opened = Signal(str)
    files_dropped = Signal(list)
    text_pasted = Signal(object)
    paste_undone = Signal()

    def __init__(self, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme or theme_now()
        self._busy = False
        self._scope = ""
        self.setProperty("kind", "composer")
        self.setAcceptDrops(True)
        self.setCursor(Qt.CursorShape.IBeamCursor)

        self.files = AttachedRow(self._theme)
        self.files.opened.connect(self.attachment_opened)
        self.files.removed.connect(self.attachment_removed)
        self.field = _Field()
        self.field.setAccessibleName("Question")
        self.field.sent.connect(self._on_sent)
        self.field.escaped.connect(self._on_escaped)
        self.field.much_pasted.connect(self.text_pasted)
        self.field.paste_undone.connect(self.paste_undone)
        self.field.files_pasted.connect(self.files_dropped)
        self.field.focus_changed.connect(self._on_focus)
        self.field.textChanged.connect(self._show_state)

        self.attach_button = IconButton("paperclip", "Attach files", self._theme)
        self.attach_button.clicked.connect(self.attach_requested)
        self.scope_button = button("", "scope", self.scope_requested.emit)
        self.scope_button.setIconSize(QSize(SIZE["icon_small"], SIZE["icon_small"]))
        self.scope_button.setMinimumWidth(SIZE["scope_min"])
        self.model_button = ModelButton(self._theme)
        self.model_button.clicked.connect(self.model_requested)
        self.send_button = IconButton("arrow-up", "Send", self._theme, kind="primary", color="on_accent")
        self.send_button.clicked.connect(self._on_send_clicked)
        for each in (self.attach_button, self.scope_button, self.model_button, self.send_button):
            each.setCursor(Qt.CursorShape.PointingHandCursor)

        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        row.addWidget(self.attach_button)
        row.addWidget(self.scope_button)
        row.addStretch(1)
        row.addWidget(self.model_button, 1000)
        row.addWidget(self.send_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(SPACE[3], SPACE[3], SPACE[2], SPACE[2])
        box.setSpacing(SPACE[2])
        box.addWidget(self.files)
        field = QHBoxLayout()
        field.setContentsMargins(SPACE[1], 0, SPACE[1], 0)
        field.addWidget(self.field)
        box.addLayout(field)
        box.addLayout(row)
        self.set_placeholder("Ask about your files")
        self.set_scope_label("All folders")
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.attach_button.set_theme(theme)
        self.model_button.set_theme(theme)
        self.scope_button.setIcon(icon("folder", theme, SIZE["icon_small"]))
        self.files.set_theme(theme)
        self._show_state()

    def set_busy(self, busy: bool) -> None:
        """Whether an answer is being written: then the button stops it, and what is sent has to wait."""
        self._busy = busy
        self._show_state()

    def set_attachments(self, files: Sequence[AttachedFile]) -> None:
        """Show these files as attached."""
        self.files.show_files(files, self.field, self.attach_button)

    def show_dropping(self, dropping: bool) -> None:
        """Show whether what is dragged over the conversation would be attached here."""
        self._mark("dropping", dropping)

    def set_scope_label(self, text: str) -> None:
        """Name where answers are looked for."""
        self._scope = text = harmless_line(text)
        self._fit_scope()
        self.scope_button.setAccessibleName(f"Look in: {text}")
        set_tip(self.scope_button, f"Where to look: {text}")

    def set_model_label(self, text: str, tip: str = "", mark: str = "") -> None:
        """Name what answers. tip: more about it; mark: an icon that is a sign of something."""
        self.model_button.say(text, tip, mark)

    def set_placeholder(self, text: str) -> None:
        """What the empty field says."""
        self.field.setPlaceholderText(harmless_line(text))

    def set_text(self, text: str) -> None:
        """Put a text into the field, the cursor at its end."""
        self.field.setPlainText(text)
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        self._show_state()

    def put_back(self, text: str) -> None:
        """Give back a text that was sent, before what has been typed since."""
        self.set_text("\n\n".join(part for part in (text, self.text().strip()) if part))

    def text(self) -> str:
        """What is in the field."""
        return self.field.toPlainText()

    def focus_text(self) -> None:
        """Give the field the focus."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- what happens -----------------------------------------------------------------------------------------------

    def _on_sent(self) -> None:
        question = self.text().strip()
        if not question:
            return
        self.set_text("")
        self.submitted.emit(question)

    def _on_send_clicked(self) -> None:
        if self._busy:
            self.stop_requested.emit()
        else:
            self._on_sent()

    def _on_escaped(self) -> None:
        if self._busy:
            self.stop_requested.emit()

    def _fit_scope(self) -> None:
        """Shorten the scope's name to what a composer of this width has room for."""
        most = min(SIZE["scope_max"], max(self.width() - SIZE["composer_rest"], SPACE[7]))
        shown = self.scope_button.fontMetrics().elidedText(self._scope, Qt.TextElideMode.ElideRight, most)
        self.scope_button.setText(f" {shown.replace('&', '&&')}")  # a little air after the icon

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_scope()

    def _on_focus(self, focused: bool) -> None:
        self._mark("active", focused)

    def _show_state(self) -> None:
        busy = self._busy
        self.send_button.setEnabled(busy or not self.field.document().isEmpty())
        self.send_button.set_icon("stop" if busy else "arrow-up", "on_accent")
        self.send_button.set_theme(self._theme)
        self.send_button.set_name("Stop (Esc)" if busy else "Send (Enter)")

    def _mark(self, name: str, on: bool) -> None:
        if bool(self.property(name)) != on:
            self.setProperty(name, on)
            self.style().unpolish(self)
            self.style().polish(self)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.focus_text()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()) or event.mimeData().hasText():
            event.acceptProposedAction()
            self._mark("dropping", True)

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._mark("dropping", False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._mark("dropping", False)
        files = local_files(event.mimeData())
        if files:
            self.files_dropped.emit(files)
        else:
            self.field.insertFromMimeData(event.mimeData())
        event.acceptProposedAction()
        self.focus_text()
