"""The system's own dialogs for choosing files and folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

Where = QStandardPaths.StandardLocation


def choose_folder(parent: QWidget, title: str = "Choose a folder to read") -> str:
    """The folder that the person chose; "" if none."""
    return QFileDialog.getExistingDirectory(parent, title, str(Path.home()))


def choose_files(parent: QWidget, title: str = "Choose files to ask about") -> list[str]:
    """The files that the person chose; may be none."""
    return QFileDialog.getOpenFileNames(parent, title, str(Path.home()))[0]


def choose_model(parent: QWidget) -> str:
    """The GGUF file that the person chose; "" if none."""
    where = str(Path.home())
    return QFileDialog.getOpenFileName(parent, "Choose a chat model", where, "Chat models (*.gguf);;All files (*)")[0]


def suggested_folders() -> list[str]:
    """The person's Documents, Desktop and Downloads, those that exist, each once."""
    found: list[str] = []
    for kind in (Where.DocumentsLocation, Where.DesktopLocation, Where.DownloadLocation):
        for path in QStandardPaths.standardLocations(kind)[:1]:
            if Path(path).is_dir() and Path(path) != Path.home() and path not in found:
                found.append(path)
    return found
