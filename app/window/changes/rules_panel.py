"""The person's rules of what assistants may do: shown, added, changed, taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.base.actions import PolicyState, Rule
from app.base.foreign_text import harmless_line
from app.window.controls.file_pickers import choose_folder
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import Choice, IconButton, breaking_label, button, label, show_if
from app.window.controls.wording import under_home

_WHAT = (
    "Without a rule an assistant may read in your folders, and you are asked before anything is changed. Of several "
    "rules the one for the deepest folder holds. Whatever you allow here, you are asked as soon as an assistant has "
    "read something that is not yours."
)
_DECISIONS = (("ask", "Ask me before"), ("allow", "Allow"), ("deny", "Never allow"))
_EFFECTS = (("write", "changing files"), ("read", "reading"), ("network", "using the network"), ("*", "everything"))


class RulesPanel(QWidget):
    """The rules. wanted(rules): the person wants these."""

    wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rules: tuple[Rule, ...] = ()
        self.rows: list[_RuleRow] = []
        self.problem = label("", "warn", wrap=True, selectable=True)
        self.where = breaking_label("", "caption", selectable=True)
        self.add = button("Add a rule for a folder…", "secondary", self._on_added)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE[2])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(label("What they may do", "title"))
        column.addWidget(label(_WHAT, "small", wrap=True))
        column.addWidget(self.problem)
        column.addLayout(self._list)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.where)
        show_if(self.problem, False)

    def show_policy(self, state: PolicyState) -> None:
        """Show the rules as they are in their file."""
        self.problem.setText(
            f"{state.problem}. Until it is corrected nothing is allowed that is not asked for." if state.problem else ""
        )
        show_if(self.problem, bool(state.problem))
        self.add.setEnabled(not state.problem)
        self.where.setText(f"These rules stand in {under_home(state.path)}, which you may edit.")
        self._rules = state.rules
        for row in self.rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self.rows = [self._row(at, rule, enabled=not state.problem) for at, rule in enumerate(state.rules)]
        for row in self.rows:
            self._list.addWidget(row)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)

    def _row(self, at: int, rule: Rule, *, enabled: bool) -> _RuleRow:
        row = _RuleRow(rule, self._theme)
        row.setEnabled(enabled)
        row.changed.connect(lambda new: self._set([*self._rules[:at], new, *self._rules[at + 1 :]]))
        row.removed.connect(lambda: self._set([*self._rules[:at], *self._rules[at + 1 :]]))
        return row

    def _on_added(self) -> None:
        folder = choose_folder(self, "For which folder?")
        if folder:
            self._set([*self._rules, Rule(decision="deny", folder=folder, effect="write")])

    def _set(self, rules: Sequence[Rule]) -> None:
        self.wanted.emit(tuple(rules))


class _RuleRow(QFrame):
    """One rule. changed(Rule). removed()."""

    changed = Signal(object)
    removed = Signal()

    def __init__(self, rule: Rule, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.rule = rule
        where = "in all folders" if rule.folder == "*" else f"in {under_home(rule.folder)}"
        who = "" if rule.tool == "*" else f", by {rule.tool}"
        said = harmless_line(f"{where}{who}")
        self.decision = _chooser(_DECISIONS, rule.decision, f"What holds {said}", theme, self._decide)
        self.effect = _chooser(_EFFECTS, rule.effect, f"For what {said}", theme, self._affect)
        self.remove = IconButton("trash-2", f"Remove the rule {said}", theme)
        self.remove.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], SPACE[2], SPACE[2], SPACE[2])
        row.setSpacing(SPACE[2])
        row.addWidget(self.decision)
        row.addWidget(self.effect)
        row.addWidget(breaking_label(said, "small"), 1)
        row.addWidget(self.remove)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for each in (self.decision, self.effect, self.remove):
            each.set_theme(theme)

    def _decide(self, decision: str) -> None:
        self.changed.emit(msgspec.structs.replace(self.rule, decision=decision))

    def _affect(self, effect: str) -> None:
        self.changed.emit(msgspec.structs.replace(self.rule, effect=effect))


def _chooser(
    options: Sequence[tuple[str, str]], chosen: str, name: str, theme: Theme, on_chosen: Callable[[str], None]
) -> Choice:
    made = Choice(name, theme)
    for value, text in options:
        made.addItem(text, value)
    made.setCurrentIndex([value for value, _ in options].index(chosen))
    made.activated.connect(lambda at: on_chosen(options[at][0]))
    return made
