"""Leaving Familiar for another program: always after a question that names exactly what will open.

Programs, scripts and whatever else starts something are never opened: a document is what a person means to read.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget
from shiboken6 import isValid

from app.base.foreign_text import harmless, harmless_line
from app.window.controls.file_types import FileType, file_type, is_bundle
from app.window.controls.popups import settle_hover
from app.window.controls.theme import set_kind
from app.window.controls.wording import under_home

LINK_SCHEMES = ("http", "https", "mailto")


def open_file(parent: QWidget, path: str) -> str:
    """Open a file in the program that the system uses for it, if the person agrees, who is told its real type.

    One that would run something is shown in its folder instead. Returns why it was not opened, or "".
    """
    if not os.path.exists(path):
        return "The file is not there any more."
    kind = file_type(path)
    if kind.runs:
        return _shown_instead(path, kind)
    name = harmless_line(os.path.basename(path))
    told = f", though its name says {kind.disguised}" if kind.disguised else ""
    text = f"{under_home(path)}\n\nType: {kind.name}{told}. It opens in the program set for such files."
    if not confirm(parent, f"Open {name}?", text, "Open"):
        return ""
    again = file_type(path)  # it may have become another one while the question was on the screen
    if again != kind:
        return _shown_instead(path, again) if again.runs else "The file has just changed. Look at it, then open it."
    return "" if QDesktopServices.openUrl(QUrl.fromLocalFile(path)) else "No program is set for such files."


def show_in_folder(path: str) -> str:
    """Open the folder that holds a file. Returns why that failed, or ""."""
    return open_folder(str(Path(path).parent))


def open_folder(path: str) -> str:
    """Open a folder in the file manager, never a program that is itself a folder: then the one around it.

    Returns why that failed, or "".
    """
    folder = Path(path)
    while is_bundle(str(folder)) and folder.parent != folder:
        folder = folder.parent
    if not folder.is_dir():
        return "The folder is not there any more."
    return "" if QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))) else "No file manager was found."


def _shown_instead(path: str, kind: FileType) -> str:
    """Show in its folder what may not be opened; why."""
    name = harmless_line(os.path.basename(path))
    failed = show_in_folder(path)
    where = failed or "Its folder is shown instead."
    return f"“{name}” could run something ({kind.name}), so Familiar does not open it. {where}"


def open_link(parent: QWidget, address: str) -> str:
    """Open a web or mail address in the browser, if the person agrees, who is shown its real host.

    Returns why it was not opened, or "".
    """
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    if url.scheme().lower() not in LINK_SCHEMES or not url.isValid():
        return "Familiar opens only web and mail addresses."
    encoded = QUrl.ComponentFormattingOption.FullyEncoded  # letters that only look like others show what they are
    host = url.host(encoded) or url.path()
    text = f"{url.toString(encoded)}\n\nThis leaves Familiar for the internet."
    if not confirm(parent, f"Open {host} in the browser?", text, "Open"):
        return ""
    return "" if QDesktopServices.openUrl(url) else "No program is set for such addresses."


def confirm(parent: QWidget, title: str, text: str, verb: str, *, danger: bool = False) -> bool:
    """Whether the person agrees. The safe answer is the default where there is `danger`."""
    box = QMessageBox(parent)
    box.setWindowTitle("Familiar")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(harmless(title))
    box.setInformativeText(harmless(text))
    agree = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    set_kind(agree, "danger" if danger else "primary")
    set_kind(cancel, "secondary")
    box.setDefaultButton(cancel if danger else agree)
    box.setEscapeButton(cancel)
    box.exec()
    settle_hover()
    return isValid(box) and box.clickedButton() is agree  # it goes with a dialog that was closed meanwhile
