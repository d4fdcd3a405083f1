"""One file as it is shown now: its views fetched, and fetched again when the file changes under one's eyes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from app.base.calls import ShowPlace, ShowRows, WatchFile
from app.base.errors import Problem
from app.base.preview import Drawn, FileStamp, Preview, Rows
from app.base.tables import AskTable, TableForm, TableResult
from app.base.values import ConversationId
from app.window.engine_client import EngineClient
from app.window.pending_request import PendingRequest
from app.window.source.shown_file import Doubt, ShownFile

AGAIN_MS = 300  # between two drawings of a file that is being written


class OpenPage(QObject):
    """Fetches what the pane shows. Of several requests the newest is shown; a drawing that comes late is deleted.

    width: asked for each drawing, in pixels. drawn(Preview, bool): True if it is the same page, drawn anew.
    failed(title, hint). doubted(Doubt): whether what was drawn last may still be believed.
    """

    drawn = Signal(object, bool)
    failed = Signal(str, str)
    doubted = Signal(str)

    def __init__(self, client: EngineClient, width: Callable[[], int], parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._width = width
        self._subject: ShownFile | None = None
        self._conversation: ConversationId | None = None
        self._number = 0
        self._as_text = False
        self._newest = 0
        self._question = 0
        self._fetching = False
        self._preview: Preview | None = None
        self._stamp: FileStamp | None = None
        self._watch: PendingRequest | None = None
        self._again = QTimer(self, interval=AGAIN_MS, singleShot=True)
        self._again.timeout.connect(lambda: self._fetch(again=True))
        client.connected.connect(self._on_connected)
        client.lost.connect(self._on_lost)

    def open(self, subject: ShownFile, conversation: ConversationId | None) -> None:
        """Show a file, and follow it until another is opened or `close`."""
        self.close()
        self._subject, self._conversation = subject, conversation
        self._number, self._as_text = 0, False
        self._follow()
        self._fetch()

    def turn(self, number: int) -> None:
        """Show another page of it."""
        self._number = number
        self._fetch()

    def show_as_text(self, as_text: bool) -> None:
        """Show the extracted text, or the document again: at its place."""
        self._as_text = as_text
        self._number = 0
        self._fetch()

    def close(self) -> None:
        """Let go of it; what is under way is not shown any more."""
        self._subject = None
        self._preview = self._stamp = None
        self._newest += 1
        self._fetching = False
        self._again.stop()
        if self._watch is not None:
            self._watch.drop()
            self._watch = None

    def fetch_rows(self, preview: Preview, first: int, count: int, done: Callable[[Rows | None], None]) -> None:
        """Rows of a grid that was drawn; None if they cannot be had: the file has changed, and is drawn anew."""
        if self._subject is None:
            return
        call = ShowRows(
            path=self._subject.path, sha256=preview.sha256, number=preview.number, first=first, count=count,
            conversation=self._conversation,
        )  # fmt: skip
        self._client.request(call, done, lambda _: done(None))

    def ask_table(
        self, form: TableForm | None, done: Callable[[TableResult], None], failed: Callable[[Problem], None]
    ) -> None:
        """What a question about the file's tables gives; what comes for another file, or too late, is not told."""
        if self._subject is None:
            return
        self._question += 1
        question, subject = self._question, self._subject

        def current() -> bool:
            return question == self._question and subject is self._subject

        self._client.request(
            AskTable(path=subject.path, form=form, conversation=self._conversation),
            lambda result: done(result) if current() else None,
            lambda problem: failed(problem) if current() else None,
        )

    # ---- inner

    def _fetch(self, *, again: bool = False) -> None:
        if self._subject is None:
            return
        self._newest += 1
        self._fetching = True
        number, cited = self._newest, self._subject
        call = ShowPlace(
            path=cited.path, place=cited.place, quote=cited.quote, number=self._number, width=self._width(),
            as_text=self._as_text, conversation=self._conversation,
        )  # fmt: skip
        self._client.request(
            call, lambda made: self._on_preview(number, made, again), lambda problem: self._on_problem(number, problem)
        )

    def _on_preview(self, number: int, preview: Preview, again: bool) -> None:
        if number != self._newest:
            if isinstance(preview.view, Drawn):
                Path(preview.view.path).unlink(missing_ok=True)  # whoever receives a drawing deletes it
            return
        self._fetching = False
        self._preview = preview
        self.drawn.emit(preview, again)
        self._compare()

    def _on_problem(self, number: int, problem: Problem) -> None:
        if number != self._newest or problem.code == "cancelled":
            return
        self._fetching = False
        if self._preview is not None and self._gone:
            self._doubt("deleted")
        elif problem.code != "link.closed" or self._preview is None:
            self._preview = None
            self.failed.emit(problem.title, problem.hint)

    @property
    def _gone(self) -> bool:
        return self._stamp is not None and not self._stamp.there

    def _follow(self) -> None:
        """Be told how the file stands, by events of the engine."""
        assert self._subject is not None
        if self._watch is not None:
            self._watch.drop()
        call = WatchFile(path=self._subject.path, conversation=self._conversation)
        subject = self._subject
        self._watch = self._client.request(
            call, None, lambda _: None, lambda name, body: self._on_event(subject, name, body)
        )

    def _on_event(self, subject: ShownFile, name: str, body: msgspec.Raw) -> None:
        if subject is self._subject and name == "file":
            before, self._stamp = self._stamp, msgspec.json.decode(body, type=FileStamp)
            back = before is not None and (self._preview is None or not before.there) and not self._gone
            if back and not self._fetching:
                self._fetch(again=True)  # it could not be shown before; now it is there, or another one
            else:
                self._compare()

    def _compare(self) -> None:
        """Draw anew what is not how the file is now."""
        if self._preview is None or self._fetching:
            return
        if self._gone:
            self._doubt("deleted")
        elif self._stamp is not None and self._stamp != self._preview.stamp:
            self._doubt("checking")
            self._again.start()
        else:
            self._doubt("")

    def _doubt(self, doubt: Doubt) -> None:
        self.doubted.emit(doubt)

    def _on_lost(self) -> None:
        self._stamp = None
        if self._preview is not None:
            self._doubt("unknown")

    def _on_connected(self) -> None:
        if self._subject is not None and self._watch is not None and self._stamp is None:
            self._follow()
            if self._preview is not None:
                self._fetch(again=True)
