"""The page of changes: what was done to files and the way back, what may be done, and the record of it all."""

from __future__ import annotations

import time

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.action_wording import outcome, summary
from app.base.actions import (
    Action,
    ActionsList,
    AuditReport,
    AuditShow,
    PolicySet,
    PolicyShow,
    PolicyState,
    Rule,
    UndoAction,
)
from app.base.errors import Problem
from app.base.wording import count
from app.window.changes.action_row import ActionRow
from app.window.changes.record_panel import RecordPanel
from app.window.changes.rules_panel import RulesPanel
from app.window.controls.page import PageView
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import button, label, show_if
from app.window.engine_client import EngineClient

PAGE_WIDTH = 760
SHOWN = 50
_WHAT = "What assistants did to your files, newest first. Each can be undone for 30 days, unless the file has changed."
_NOTHING = "Nothing yet. Ask in a conversation: “Rename this to …”, “Sort these by year”, “Add … to my list”."


class ChangesPage(PageView):
    """The page. It is asked for anew whenever it is shown, and after each turn while it is."""

    def __init__(self, client: EngineClient, theme: Theme) -> None:
        super().__init__()
        self._client = client
        self._theme = theme
        self._known: list[Action] | None = None
        self._most = SHOWN
        self.rows: list[ActionRow] = []
        self.told = label("", "small", wrap=True)
        self.more = button("Show more", "secondary", self._on_more)
        self.rules = RulesPanel(theme)
        self.rules.wanted.connect(self._set_rules)
        self.record = RecordPanel(theme)
        self.record.verify_wanted.connect(lambda: self._load_record(verify=True))
        self._build()
        client.chats_changed.connect(self._load)
        client.connected.connect(self._load)

    @override
    def arrive(self, subject: str = "") -> None:
        """Take the focus: the newest that can be undone, else the rules."""
        row = next((row for row in self.rows if not row.action.undoable), None)
        (row.undo if row is not None else self.rules.add).setFocus()

    @override
    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)
        self.rules.set_theme(theme)
        self.record.set_theme(theme)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load()

    def _build(self) -> None:
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE[2])
        foot = QHBoxLayout()
        foot.addWidget(self.more)
        foot.addStretch(1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE[6], SPACE[5], SPACE[6], SPACE[5])
        column.setSpacing(SPACE[3])
        column.addWidget(label("Changes", "h1"))
        column.addWidget(label(_WHAT, "small", wrap=True))
        column.addWidget(self.told)
        column.addLayout(self._list)
        column.addLayout(foot)
        column.addSpacing(SPACE[4])
        column.addWidget(self.rules)
        column.addSpacing(SPACE[4])
        column.addWidget(self.record)
        column.addStretch(1)
        self.set_inside(inside, PAGE_WIDTH)
        show_if(self.more, False)

    # ---- what is known ---------------------------------------------------------------------------------------------

    def _load(self) -> None:
        if self.isVisible():
            self._client.request(ActionsList(), self._take, self._show_problem)
            self._client.request(PolicyShow(), self._take_policy, self._show_problem)
            self._load_record()

    def _load_anew(self) -> None:
        """Show the changes once more, though they may be as they were: a button waits to be let go."""
        self._known = None
        self._load()

    def _load_record(self, *, verify: bool = False) -> None:
        self._client.request(AuditShow(verify=verify), self._take_report, self._show_problem)

    def _take(self, actions: list[Action]) -> None:
        if self._client.is_news("actions") and actions != self._known:
            self._known = actions
            self._show_rows()

    def _take_policy(self, state: PolicyState) -> None:
        if self._client.is_news("policy"):
            self.rules.show_policy(state)

    def _take_report(self, report: AuditReport) -> None:
        if self._client.is_news("audit"):
            self.record.show_report(report)

    def _show_rows(self) -> None:
        known = self._known or []
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        now_ms = int(time.time() * 1000)
        self.rows = [self._row(action, now_ms) for action in known[: self._most]]
        for row in self.rows:
            self._list.addWidget(row)
        left = len(known) - len(self.rows)
        self.more.setText(f"Show {count(min(left, SHOWN), 'more change')}")
        show_if(self.more, left > 0)
        self.told.setText("" if known else _NOTHING)
        show_if(self.told, not known)

    def _row(self, action: Action, now_ms: int) -> ActionRow:
        row = ActionRow(action, now_ms, self._theme)
        row.undone.connect(lambda: self._undo(row))
        return row

    def _on_more(self) -> None:
        self._most += SHOWN
        self._show_rows()

    # ---- changing it -----------------------------------------------------------------------------------------------

    def _undo(self, row: ActionRow) -> None:
        row.undo.setEnabled(False)

        def done(action: Action) -> None:
            left = [effect for effect in action.effects if effect.state == "done" and effect.reason]
            self.said.emit(summary(action), outcome(left[0]) if left else "", "", None)
            self._load_anew()

        def failed(problem: Problem) -> None:
            self._show_problem(problem)
            self._load_anew()

        self._client.request(UndoAction(id=row.action.id), done, failed)

    def _set_rules(self, rules: tuple[Rule, ...]) -> None:
        def failed(problem: Problem) -> None:
            self._show_problem(problem)
            self._load()

        self._client.request(PolicySet(rules=rules), self._take_policy, failed)

    def _show_problem(self, problem: Problem) -> None:
        self.said.emit(problem.title, problem.hint, "", None)
