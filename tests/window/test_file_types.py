"""What opens: documents by their real type, after a question; never what would run something."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.window.controls import external_apps
from app.window.controls.external_apps import open_file, open_folder, open_link, show_in_folder
from app.window.controls.file_types import file_type
from tests.support.sample_documents import docx, pdf, xlsx

ENTRY = b"[Desktop Entry]\nType=Application\nName=Invoice\nExec=sh -c 'touch /tmp/x'\n"
PDF = pdf([["Invoice"]])
SHELL = b"#!/bin/sh\necho hello\n"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the system, agreed to by the person; nothing really opens."""
    handed: list[str] = []

    def open_url(url: QUrl) -> bool:
        handed.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    monkeypatch.setattr(external_apps, "confirm", lambda *_, **__: True)
    return handed


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Invoice \u202efdp.desktop", ENTRY), ("entry.desktop", ENTRY), ("disguised.pdf", ENTRY), ("run.sh", SHELL),
        ("run", SHELL), ("Tool.AppImage", b"\x7fELF\x02\x01\x01\x00AI\x02" + bytes(64)), ("x.exe", b"MZ" + bytes(64)),
        ("x.pdf", b"MZ\x90\x00" + bytes(64)), ("x.lnk", b"L\x00\x00\x00\x01\x14\x02\x00"), ("x.bat", b"@echo off\r\n"),
        ("x.url", b"[InternetShortcut]\nURL=http://example.org\n"), ("x.jar", b"PK\x03\x04" + bytes(40)),
        ("x.py", b"print(1)\n"), ("x.js", b"alert(1)\n"), ("x.vbs", b"x"), ("x.ps1", b"x"), ("x.EXE ", b"x"),
        ("x.command", b"ls\n"), ("x.hta", b"<html>"), ("x.scr", b"x"), ("x.deb", b"!<arch>\ndebian"), ("x.reg", b"x"),
        ("x.webloc", b"<plist/>"), ("x.msi", b"\xd0\xcf\x11\xe0"),
    ],
)  # fmt: skip
def test_what_would_run_is_shown_in_its_folder_and_never_opened(
    tmp_path: Path, opened: list[str], qapp: QApplication, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    reason = open_file(QWidget(), str(file))
    assert opened == [str(tmp_path)]
    assert "could run something" in reason
    assert reason.endswith("Its folder is shown instead.")
    assert "\u202e" not in reason


@pytest.mark.skipif(sys.platform == "win32", reason="a bit of POSIX")
def test_a_file_that_may_be_executed_opens_only_if_it_is_a_document(
    tmp_path: Path, opened: list[str], qapp: QApplication
) -> None:
    shutil.copy("/bin/true", tmp_path / "elf")
    (tmp_path / "unknown").write_bytes(b"some words")
    (tmp_path / "stick.txt").write_bytes(b"some words")  # on a memory stick every file has the bit
    (tmp_path / "stick.pdf").write_bytes(PDF)
    for file in tmp_path.iterdir():
        file.chmod(0o755)
        open_file(QWidget(), str(file))
    assert sorted(Path(each).name for each in opened if each != str(tmp_path)) == ["stick.pdf", "stick.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_is_judged_by_what_it_leads_to(tmp_path: Path, opened: list[str], qapp: QApplication) -> None:
    (tmp_path / "entry.desktop").write_bytes(ENTRY)
    (tmp_path / "Invoice.pdf").symlink_to(tmp_path / "entry.desktop")
    assert "could run something" in open_file(QWidget(), str(tmp_path / "Invoice.pdf"))
    os.mkfifo(tmp_path / "pipe.txt")
    assert file_type(str(tmp_path / "pipe.txt")).runs
    assert file_type(str(tmp_path / "nowhere.pdf")).runs


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF), ("a.txt", b"words"), ("a.md", b"# Title\n"), ("a.docx", docx([(0, "x")])), ("a.csv", b"a,b\n"),
        ("a.xlsx", xlsx({"One": [["a"]]})), ("a.html", b"<html></html>"), ("a.json", b"{}"), ("a.ipynb", b"{}"),
        ("a.png", b"\x89PNG\r\n\x1a\n"), ("a.eml", b"From: a@b\n\nx\n"), ("words", b"some words"), ("a.c", b"int x;\n"),
    ],
)  # fmt: skip
def test_documents_open(tmp_path: Path, opened: list[str], qapp: QApplication, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert open_file(QWidget(), str(tmp_path / name)) == ""
    assert opened == [str(tmp_path / name)]


def _asked(box: QMessageBox) -> str:
    return f"{box.text()}\n{box.informativeText()}"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("Lease.pdf", PDF, "Type: PDF document."),
        ("Lease.txt", PDF, "Type: PDF document, though its name says plain text document."),
        ("Lea\u202efdp.txt", b"words", "Open Lea\ufffdfdp.txt?"),
    ],
)
def test_the_question_names_the_real_type_and_all_that_the_name_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    asked: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(_asked(box)))
    parent = QWidget()
    qtbot.addWidget(parent)
    open_file(parent, str(tmp_path / name))
    assert told in asked[0]
    assert "\u202e" not in asked[0]


def test_what_becomes_a_program_while_the_question_is_asked_is_not_opened(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    file = tmp_path / "Lease"
    file.write_bytes(b"words")

    def swap(*_: object, **__: object) -> bool:
        file.write_bytes(SHELL)
        return True

    monkeypatch.setattr(external_apps, "confirm", swap)
    assert "could run something" in open_file(QWidget(), str(file))
    assert opened == [str(tmp_path)]


def test_a_folder_that_is_a_program_is_not_opened_as_one(tmp_path: Path, opened: list[str], qapp: QApplication) -> None:
    inside = tmp_path / "Tool.app" / "notes.txt"
    inside.parent.mkdir()
    inside.write_text("words")
    assert show_in_folder(str(inside)) == ""
    assert opened == [str(tmp_path)]
    assert open_folder(str(inside.parent)) == ""
    assert opened == [str(tmp_path)] * 2


def test_a_folder_is_opened_itself(tmp_path: Path, opened: list[str], qapp: QApplication) -> None:
    assert open_folder(str(tmp_path)) == ""
    assert opened == [str(tmp_path)]
    assert open_folder(str(tmp_path / "gone")) == "The folder is not there any more."


def test_a_host_with_letters_of_another_script_shows_that(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    asked: list[str] = []
    monkeypatch.setattr(external_apps, "confirm", lambda _parent, title, *_, **__: asked.append(title))
    open_link(QWidget(), "https://\u0440\u0430ypal.com/login")  # Cyrillic er and a
    assert asked == ["Open xn--ypal-43d9g.com in the browser?"]
