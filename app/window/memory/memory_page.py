"""The page of what Familiar remembers: to tell it something, to find, change and forget what it knows."""

from __future__ import annotations

import time

from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.errors import Problem
from app.base.memory import LONGEST, Memory, MemoryAdd, MemoryEdit, MemoryForget, MemoryList
from app.base.wording import count
from app.window.controls.external_apps import confirm
from app.window.controls.page import PageView
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import announce, button, label, show_if
from app.window.engine_client import EngineClient
from app.window.memory.memory_row import MemoryRow

PAGE_WIDTH = 760
SHOWN = 100
_SEARCHED_FROM = 6  # things; fewer are seen at a glance
_WHAT = "Models on this computer use what stands here. Models on servers are told none of it."
_EXAMPLE = "Nothing yet. Tell it here, or say in a conversation: “Remember that I work from Monday to Thursday.”"


class MemoryPage(PageView):
    """The page. It is asked for anew whenever it is shown, and after each change while it is."""

    def __init__(self, client: EngineClient, theme: Theme) -> None:
        super().__init__()
        self._client = client
        self._theme = theme
        self._known: list[Memory] | None = None
        self._most = SHOWN
        self.rows: list[MemoryRow] = []
        self.field = QLineEdit()
        self.field.setPlaceholderText("Something to remember")
        self.field.setAccessibleName("Something to remember")
        self.field.setMaxLength(LONGEST)
        self.field.returnPressed.connect(self._on_added)
        self.add = button("Remember", "primary", self._on_added)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search what is remembered")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self._show_rows())
        self.told = label("", "small", wrap=True)
        self.more = button("Show more", "secondary", self._on_more)
        self.copy = button("Copy all", "secondary", self._on_copied)
        self.forget_all = button("Forget all", "danger", self._on_forget_all)
        self._build()
        client.chats_changed.connect(self._load)
        client.connected.connect(self._load)

    @override
    def arrive(self, subject: str = "") -> None:
        """Take the focus."""
        self.field.setFocus()

    @override
    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load()

    def _build(self) -> None:
        tell = QHBoxLayout()
        tell.setSpacing(SPACE[2])
        tell.addWidget(self.field, 1)
        tell.addWidget(self.add)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE[2])
        foot = QHBoxLayout()
        foot.setSpacing(SPACE[2])
        foot.addWidget(self.more)
        foot.addStretch(1)
        foot.addWidget(self.copy)
        foot.addWidget(self.forget_all)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE[6], SPACE[5], SPACE[6], SPACE[5])
        column.setSpacing(SPACE[3])
        column.addWidget(label("Memory", "h1"))
        column.addWidget(label(_WHAT, "small", wrap=True))
        column.addLayout(tell)
        column.addWidget(self.search)
        column.addWidget(self.told)
        column.addLayout(self._list)
        column.addLayout(foot)
        column.addStretch(1)
        self.set_inside(inside, PAGE_WIDTH)
        for one in (self.search, self.more, self.copy, self.forget_all):
            one.hide()

    # ---- what is known ---------------------------------------------------------------------------------------------

    def _load(self) -> None:
        if self.isVisible():
            self._client.request(MemoryList(), self._take, self._show_problem)

    def _take(self, memories: list[Memory]) -> None:
        if not self._client.is_news("memory") or memories == self._known:
            return
        self._known = memories
        self._show_rows()

    def _show_rows(self) -> None:
        """Rebuild the list; a row that is being written anew stays as it is."""
        if any(row.is_written for row in self.rows):
            return
        known = self._known or []
        words = self.search.text().casefold().split()
        found = [one for one in known if all(word in one.text.casefold() for word in words)]
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        now_ms = int(time.time() * 1000)
        self.rows = [self._row(one, now_ms) for one in found[: self._most]]
        for row in self.rows:
            self._list.addWidget(row)
        left = len(found) - len(self.rows)
        self.more.setText(f"Show {count(min(left, SHOWN), 'more thing')}" if left else "")
        show_if(self.more, left > 0)
        show_if(self.search, len(known) >= _SEARCHED_FROM or bool(words))
        for one in (self.copy, self.forget_all):
            show_if(one, bool(known))
        self.told.setText(_summary(known, found, searched=bool(words)))
        announce(self.told, self.told.text())

    def _row(self, memory: Memory, now_ms: int) -> MemoryRow:
        row = MemoryRow(memory, now_ms, self._theme)
        row.changed.connect(lambda text: self._change(row, text))
        row.forgotten.connect(lambda: self._forget([memory.id], f"“{memory.text}”"))
        return row

    def _on_more(self) -> None:
        self._most += SHOWN
        self._show_rows()

    # ---- changing it -----------------------------------------------------------------------------------------------

    def _on_added(self) -> None:
        text = self.field.text().strip()
        if text:
            self._client.request(MemoryAdd(text=text), lambda _: self._on_kept(), self._show_problem)

    def _on_kept(self) -> None:
        self.field.clear()
        self._load()

    def _change(self, row: MemoryRow, text: str) -> None:
        def done(_: Memory) -> None:
            row.field.hide()
            self._load()

        def failed(problem: Problem) -> None:
            if problem.code == "memory.left":  # it is changed nevertheless
                row.field.hide()
            self._show_left(problem)

        self._client.request(MemoryEdit(id=row.memory.id, text=text), done, failed)

    def _forget(self, idents: list[int], what: str) -> None:
        told = "It goes for good, from backups too; what was said in conversations stays there. This cannot be undone."
        if confirm(self, f"Forget {what}?", told, "Forget", danger=True):
            self._client.request(MemoryForget(ids=idents), lambda _: self._load(), self._show_left)

    def _show_left(self, problem: Problem) -> None:
        self._show_problem(problem)
        self._load()

    def _on_forget_all(self) -> None:
        known = self._known or []
        if known:
            self._forget([one.id for one in known], f"all {count(len(known), 'thing')}")

    def _on_copied(self) -> None:
        kept = [one for one in self._known or [] if one.kept]
        QGuiApplication.clipboard().setText("".join(f"- {' '.join(one.text.split())}\n" for one in kept))
        self.said.emit(f"Copied {count(len(kept), 'thing')}", "", "", None)

    def _show_problem(self, problem: Problem) -> None:
        self.said.emit(problem.title, problem.hint, "", None)


def _summary(known: list[Memory], found: list[Memory], *, searched: bool) -> str:
    if searched:
        return f"{count(len(found), 'thing')} with these words" if found else "Nothing has these words."
    proposed = sum(not one.kept for one in known)
    if not known:
        return _EXAMPLE
    kept = count(len(known) - proposed, "thing")
    waits = "waits" if proposed == 1 else "wait"
    more = f", {count(proposed, 'proposal')} {waits} for your word: until then nothing uses them" if proposed else ""
    return f"{kept} remembered{more}."
