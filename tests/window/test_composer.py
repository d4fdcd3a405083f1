"""The composer: Enter sends, it grows, it takes files, and nothing that is pasted makes it stop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.window.chat.attached_files import AttachedChip, AttachedFile
from app.window.chat.composer import LONG_PASTE, Composer, whole
from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.controls.widgets import IconButton
from tests.support.hands import drop, on_screen, tab_through


@pytest.fixture
def composer(themes: ThemeSource, qtbot: QtBot) -> Iterator[Composer]:
    """A composer on the screen, with the focus."""
    made = on_screen(Composer(LIGHT), 676, 90, qtbot)
    made.activateWindow()
    made.focus_text()
    yield made


def _chips(composer: Composer) -> list[AttachedChip]:
    return [chip for chip in composer.findChildren(AttachedChip) if not chip.isHidden()]


def _paste(composer: Composer, text: str) -> None:
    composer.field.insertFromMimeData(_text(text))


def _text(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    return data


def _files(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def test_enter_sends_what_was_written_and_empties_the_field(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.field, "  How much? ")
    with qtbot.waitSignal(composer.submitted) as caught:
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert caught.args == ["How much?"]
    assert composer.text() == ""


def test_shift_enter_begins_a_line(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(composer.submitted):
        QTest.keyClicks(composer.field, "one")
        QTest.keyClick(composer.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClicks(composer.field, "two")
    assert composer.text() == "one\ntwo"


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_is_sent_of_nothing(composer: Composer, qtbot: QtBot, text: str) -> None:
    composer.set_text(text)
    with qtbot.assertNotEmitted(composer.submitted):
        QTest.keyClick(composer.field, Qt.Key.Key_Return)


def test_send_button_waits_for_a_text(composer: Composer, qtbot: QtBot) -> None:
    assert not composer.send_button.isEnabled()
    QTest.keyClicks(composer.field, "x")
    assert composer.send_button.isEnabled()
    with qtbot.waitSignal(composer.submitted):
        composer.send_button.click()
    assert not composer.send_button.isEnabled()


def test_while_busy_the_button_stops_and_enter_hands_over_what_is_to_wait(composer: Composer, qtbot: QtBot) -> None:
    composer.set_busy(True)
    assert composer.send_button.accessibleName() == "Stop (Esc)"
    QTest.keyClicks(composer.field, "next question")
    with qtbot.waitSignal(composer.submitted) as caught:
        QTest.keyClick(composer.field, Qt.Key.Key_Return)
    assert caught.args == ["next question"]
    assert composer.text() == ""
    with qtbot.waitSignal(composer.stop_requested):
        composer.send_button.click()
    with qtbot.waitSignal(composer.stop_requested):
        QTest.keyClick(composer.field, Qt.Key.Key_Escape)
    composer.set_busy(False)
    assert composer.send_button.accessibleName() == "Send (Enter)"


def test_field_grows_to_eight_lines_and_then_scrolls(composer: Composer, qtbot: QtBot) -> None:
    heights = []
    for lines in (1, 2, 8, 9, 200):
        composer.set_text("\n".join(["line"] * lines))
        heights.append(composer.field.height())
    assert heights[0] < heights[1] < heights[2] == heights[3] == heights[4]
    assert heights[2] - heights[0] == 7 * (heights[1] - heights[0])
    composer.set_text("")
    assert composer.field.height() == heights[0]


def test_field_grows_with_a_long_line_and_with_a_narrow_window(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("word " * 40)
    wide = composer.field.height()
    composer.resize(372, 200)
    qtbot.waitUntil(lambda: composer.field.height() > wide)


def test_a_long_paste_is_handed_over_and_leaves_the_typed_question(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.field, "What is this?")
    with qtbot.waitSignal(composer.text_pasted) as caught:
        _paste(composer, "x" * 10_000_000)
    assert caught.args == ["x" * 10_000_000]
    assert composer.text() == "What is this?"


def test_long_text_that_is_dropped_is_handed_over_too(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.text_pasted) as caught:
        drop(composer, _text("y" * (LONG_PASTE + 1)))
    assert caught.args == ["y" * (LONG_PASTE + 1)]


def test_halves_of_letters_are_marked_and_do_no_harm() -> None:
    assert whole("a\ud83d b") == "a\ufffd b"
    assert whole("\ud83d\ude00") == "😀"
    assert whole("a \0 b") == "a \0 b"


def test_undo_right_after_a_long_paste_takes_that_off(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.field, "one")
    _paste(composer, "x" * 5_000)
    with qtbot.waitSignal(composer.paste_undone):
        QTest.keyClick(composer.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert composer.text() == "one"
    with qtbot.assertNotEmitted(composer.paste_undone):
        QTest.keyClick(composer.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert composer.text() == ""


def test_what_is_given_back_stands_before_what_was_typed_since(composer: Composer) -> None:
    composer.put_back("first")
    assert composer.text() == "first"
    composer.set_text("typed since")
    composer.put_back("first")
    assert composer.text() == "first\n\ntyped since"


def test_short_paste_goes_into_the_field_as_plain_text(composer: Composer) -> None:
    data = QMimeData()
    data.setHtml("<b>bold</b>")
    data.setText("bold")
    composer.field.insertFromMimeData(data)
    assert composer.field.toPlainText() == "bold"


def test_pasted_and_dropped_files_are_handed_over(composer: Composer, qtbot: QtBot) -> None:
    path = "/tmp/a report & 'notes' 100%.txt"
    with qtbot.waitSignal(composer.files_dropped) as caught:
        composer.field.insertFromMimeData(_files(path))
    assert caught.args == [[path]]
    data = _files(path, "/tmp")
    entering = QDragEnterEvent(
        QPoint(50, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(composer, entering)
    assert entering.isAccepted()
    assert composer.property("dropping")
    dropping = QDropEvent(
        QPoint(50, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(composer.files_dropped) as caught:
        QApplication.sendEvent(composer, dropping)
    assert caught.args == [[path, "/tmp"]]
    assert not composer.property("dropping")


def test_attached_files_are_shown_and_can_be_taken_off(composer: Composer, qtbot: QtBot) -> None:
    lease = AttachedFile("/home/ana/Lease <b>2024.pdf", "Lease <b>2024.pdf", trouble="It has a password.")
    composer.set_attachments([lease, AttachedFile("/home/ana/b.md", "b.md")])
    first, second = _chips(composer)
    assert first.name_button.accessibleDescription() == "It has a password."
    assert first.accessibleName() == "Attached: Lease <b>2024.pdf"
    with qtbot.waitSignal(composer.attachment_removed) as caught:
        second.remove_button.click()
    assert caught.args == ["/home/ana/b.md"]
    second.name_button.setFocus()
    with qtbot.waitSignal(composer.attachment_opened) as caught:
        QTest.keyClick(second.name_button, Qt.Key.Key_Return)
    assert caught.args == ["/home/ana/b.md"]
    composer.set_attachments([])
    assert _chips(composer) == []


def test_scope_and_attach_buttons_ask_for_a_choice(composer: Composer, qtbot: QtBot) -> None:
    composer.set_scope_label("R&D")
    assert composer.scope_button.text().strip() == "R&&D"
    assert composer.scope_button.accessibleName() == "Look in: R&D"
    with qtbot.waitSignal(composer.scope_requested):
        composer.scope_button.click()
    with qtbot.waitSignal(composer.attach_requested):
        composer.attach_button.click()


def test_long_labels_give_way_in_a_slim_window(composer: Composer, qtbot: QtBot) -> None:
    composer.set_scope_label("A folder whose name is far too long for a button of this size, really")
    composer.set_model_label("A model with an equally long name · on this computer")
    composer.resize(340, 90)
    assert composer.minimumSizeHint().width() <= 340
    assert composer.model_button.geometry().right() < composer.send_button.geometry().left()
    assert composer.model_button.geometry().left() > composer.scope_button.geometry().right()
    assert composer.model_button.accessibleName().endswith("on this computer")


def test_everything_is_named_and_reached_by_tab(composer: Composer, qtbot: QtBot) -> None:
    composer.set_attachments([AttachedFile("/home/ana/b.md", "b.md")])
    composer.set_text("x")
    composer.set_model_label("Qwen 3 4B")
    assert all(button.accessibleName() for button in composer.findChildren(IconButton))
    assert [widget.accessibleName() for widget in tab_through(6)] == [
        "Open b.md", "Remove b.md", "Attach files", "Look in: All folders", "Answers: Qwen 3 4B", "Send (Enter)",
    ]  # fmt: skip


def test_what_answers_is_said_with_its_sign_and_can_be_chosen(composer: Composer, qtbot: QtBot) -> None:
    assert composer.model_button.isHidden()
    composer.set_model_label("Team model · via llm.example.org", "It goes there.", "globe")
    assert composer.model_button.isVisible()
    plain = composer.model_button.grab().toImage()
    composer.set_model_label("Team model · via llm.example.org", "It goes there.")
    assert composer.model_button.grab().toImage() != plain
    with qtbot.waitSignal(composer.model_requested):
        composer.model_button.click()


def test_undo_works_in_the_field(composer: Composer) -> None:
    QTest.keyClicks(composer.field, "one")
    composer.field.selectAll()
    QTest.keyClick(composer.field, Qt.Key.Key_Delete)
    composer.field.undo()
    assert composer.text() == "one"


def test_clipboard_files_are_attached_by_the_paste_key(composer: Composer, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setMimeData(_files("/home/ana/b.md"))
    with qtbot.waitSignal(composer.files_dropped) as caught:
        QTest.keyClick(composer.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert caught.args == [["/home/ana/b.md"]]
    QGuiApplication.clipboard().clear()  # what Qt still holds when Python is gone would be taken down without it


def test_focus_shows_on_the_whole_box(composer: Composer, qtbot: QtBot) -> None:
    assert composer.property("active")
    composer.send_button.setEnabled(True)
    composer.send_button.setFocus()
    assert not composer.property("active")


def test_another_theme_is_taken_on(composer: Composer) -> None:
    before = composer.attach_button.icon().cacheKey()
    composer.set_theme(DARK)
    assert composer.attach_button.icon().cacheKey() != before
