"""Leaving Familiar for another program: always after a question that names exactly what will open."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from app.window.controls.wording import under_home

LINK_SCHEMES = ("http", "https", "mailto")


def open_file(parent: QWidget, path: str) -> str:
    """Open a file in the program that the system uses for it, if the person agrees.

    Returns why it could not be opened, or "".
    """
    if not os.path.exists(path):
        return "The file is not there any more."
    name = os.path.basename(path)
    text = f"{under_home(path)}\n\nIt opens in the program set for such files."
    if not confirm(parent, f"Open {name}?", text, "Open"):
        return ""
    return "" if QDesktopServices.openUrl(QUrl.fromLocalFile(path)) else "No program is set for such files."


def show_in_folder(path: str) -> str:
    """Open the folder that holds a file. Returns why that failed, or ""."""
    folder = Path(path).parent
    if not folder.is_dir():
        return "The folder is not there any more."
    return "" if QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))) else "No file manager was found."


def open_link(parent: QWidget, address: str) -> str:
    """Open a web or mail address in the browser, if the person agrees, who is shown its real host.

    Returns why it was not opened, or "".
    """
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    if url.scheme().lower() not in LINK_SCHEMES or not url.isValid():
        return "Familiar opens only web and mail addresses."
    host = url.host() or url.path()
    text = f"{url.toString(QUrl.ComponentFormattingOption.FullyEncoded)}\n\nThis leaves Familiar for the internet."
    if not confirm(parent, f"Open {host} in the browser?", text, "Open"):
        return ""
    return "" if QDesktopServices.openUrl(url) else "No program is set for such addresses."


def confirm(parent: QWidget, title: str, text: str, verb: str, *, danger: bool = False) -> bool:
    """Whether the person agrees. The safe answer is the default where there is `danger`."""
    box = QMessageBox(parent)
    box.setWindowTitle("Familiar")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    agree = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    agree.setProperty("kind", "danger" if danger else "primary")
    cancel.setProperty("kind", "secondary")
    box.setDefaultButton(cancel if danger else agree)
    box.setEscapeButton(cancel)
    box.exec()
    return box.clickedButton() is agree
