"""The real window, walked through by itself; it stays until it is ended.

`python -m tests.support.traced_window HOME PLACE`

PLACE/answers.json: answers whose conversations and cited pages are shown. What came on the screen goes, a word each,
into PLACE/window.txt.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.base.calls import OpenWindow
from app.base.paths import Home
from app.base.values import Answer
from app.link.client import connect
from app.window.shell.application import Application

STEP_MS = 100


class Walk:
    """One step after another: the next one once what the last one asked for is to be seen."""

    def __init__(self, application: Application, answers: list[Answer], told: Path) -> None:
        assert application.main is not None
        self._main = application.main
        self._client = application.client
        self._answers = answers
        self._told = told
        self._said: list[str] = []
        self._pages = [page.name for page in application.parts.pages]
        self._turned = ""
        self._timer = QTimer(interval=STEP_MS)
        self._timer.timeout.connect(self._go_on)
        self._timer.start()

    def _go_on(self) -> None:
        main, client = self._main, self._client
        step = len(self._said)
        if step == 0 and client.status is not None and client.preferences is not None:
            self._show()
            self._note("conversation")
        elif step in (1, 2, 3) and main.cited.is_shown and main.cited.pane.body.shows_view:
            self._note("page")
            if step < 3:
                self._show()
            else:
                self._turn()
        elif self._turned and main.pages.view(self._turned).isVisible():
            self._note(self._turned)
            self._turn()

    def _turn(self) -> None:
        """Show the next of the window's other pages; rest after the last."""
        self._turned = self._pages.pop(0) if self._pages else ""
        if self._turned:
            self._main.show_page(self._turned)
        else:
            self._timer.stop()

    def _show(self) -> None:
        answer = self._answers[len(self._said) % len(self._answers)]
        self._main.open_conversation(answer.conversation)
        self._main.cited.show_citation(answer.citations[0])

    def _note(self, word: str) -> None:
        self._said.append(word)
        self._told.write_text(" ".join(self._said))


def main() -> int:
    """Run the window; returns the exit code."""
    home, place = Home.find(sys.argv[1]), Path(sys.argv[2])
    answers = msgspec.json.decode((place / "answers.json").read_bytes(), type=list[Answer])
    app = QApplication(sys.argv[:1])
    application = Application(app, home, lambda: connect(home, role="window"), OpenWindow())
    application.client.open()
    walk = Walk(application, answers, place / "window.txt")
    code = app.exec()
    del walk
    return code


if __name__ == "__main__":
    sys.exit(main())
