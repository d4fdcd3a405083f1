"""All that is known of one model, and what can be done with it."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.base.model_wording import trouble
from app.base.models import ModelInfo
from app.window.controls import model_wording as words
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.theme import SPACE, Theme, set_kind
from app.window.controls.widgets import IconLabel, Spinner, button, label, pill
from app.window.controls.wording import under_home
from app.window.models.ability import Ability
from app.window.models.memory_bar import MemoryBar
from app.window.models.model_jobs import Job
from app.window.models.model_settings import ModelSettings
from app.window.models.speed_table import SpeedTable

LEAST_CONTEXT = 2048
THINKS = "It thinks before it answers, which takes longer."
WHAT_GOES = (
    "When you ask with it, your question, the conversation, the passages found in your files and what it looks up in "
    "your folders go to {host}. "
    "Familiar asks you once in each conversation before anything is sent."
)


class ModelDetails(QWidget):
    """The details. Its signals say what the person wants; the name is that of the model shown."""

    use_wanted = Signal(str)
    measure_wanted = Signal(str)
    test_wanted = Signal(str)
    inspect_wanted = Signal(str)
    cancel_wanted = Signal(str)
    forget_wanted = Signal(str)
    options_changed = Signal(str, object)
    profile_chosen = Signal(str, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.model: ModelInfo | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE[4] + 2, SPACE[4], SPACE[4] + 2, SPACE[4])
        self._column.setSpacing(SPACE[2])
        self._build_head(theme)
        self._build_ability(theme)
        self._build_memory(theme)
        self._build_speed()
        self._build_running(theme)
        self._build_origin()
        self._column.addStretch(1)

    def show_model(self, model: ModelInfo, job: Job | None) -> None:
        """Show a model as it stands, and what is being done with it."""
        self.model = model
        remote = model.origin == "remote"
        why = trouble(model)
        self.name.setText(model.name)
        self.facts.setText(words.facts(model))
        self.used.setVisible(model.in_use)
        fit = model.fit
        self.verdict.setVisible(fit is not None)
        if fit is not None:
            text, level = words.VERDICTS[fit.verdict]
            self.verdict.setText(text)
            set_kind(self.verdict, f"pill-{level}")
        self.trouble.setText(why)
        self._trouble_card.setVisible(bool(why))
        self.smaller.setVisible(bool(model.quarantine) and not model.problem)
        self.note.setText(words.note(model))
        self.note.setVisible(bool(words.note(model)) and not why)
        self.use.setEnabled(not why)
        self.use.setVisible(not model.in_use)
        able = not remote and not model.problem
        self.measure.setVisible(not remote)
        self.look.setVisible(not remote)
        self.forget.setVisible(model.origin != "found")
        self.ability.show_model(model)
        self._show_memory(model)
        self._show_speed(model, job)
        self.settings_title.setVisible(able)
        self.settings.setVisible(able)
        self.settings.show_model(model)
        self._show_origin(model)
        self._show_job(job, able=able)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for part in (self._trouble_mark, self._spinner, self.ability, self.memory, self.settings):
            part.set_theme(theme)

    # ---- its parts

    def _build_head(self, theme: Theme) -> None:
        self.name = label("", "title", wrap=True, selectable=True)
        self.facts = label("", "small", wrap=True)
        self.used = pill("In use", "accent")
        self.verdict = pill("", "ok")
        pills = FlowLayout(SPACE[2])
        pills.addWidget(self.used)
        pills.addWidget(self.verdict)
        self._trouble_mark = IconLabel("circle-alert", theme, color="danger")
        self.trouble = label("", "small", wrap=True, selectable=True)
        self.smaller = button("Try again with less memory", "secondary", self._on_smaller)
        told = QVBoxLayout()
        told.setSpacing(SPACE[2])
        told.addWidget(self.trouble)
        told.addWidget(self.smaller, 0, Qt.AlignmentFlag.AlignLeft)
        self._trouble_card = QFrame()
        self._trouble_card.setProperty("kind", "banner-danger")
        row = QHBoxLayout(self._trouble_card)
        row.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        row.setSpacing(SPACE[3])
        row.addWidget(self._trouble_mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(told, 1)
        self.note = label("", "warn", wrap=True, selectable=True)
        self.use = button("Use", "primary", lambda: self.use_wanted.emit(self._name))
        self.measure = button("Measure", "secondary", lambda: self.measure_wanted.emit(self._name))
        self.look = button("Look closer", "secondary", lambda: self.inspect_wanted.emit(self._name))
        self.look.setToolTip("Loads it once to confirm its memory, and tests how it uses tools. Some seconds.")
        self.forget = button("Forget", "ghost", lambda: self.forget_wanted.emit(self._name))
        actions = FlowLayout(SPACE[2])
        for each in (self.use, self.measure, self.look, self.forget):
            actions.addWidget(each)
        self._spinner = Spinner(theme)
        self.progress = label("", "small", wrap=True)
        self.cancel = button("Stop", "ghost", lambda: self.cancel_wanted.emit(self._name))
        self._job_row = QWidget()
        row = QHBoxLayout(self._job_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[2])
        row.addWidget(self._spinner)
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        self.job_problem = label("", "danger", wrap=True, selectable=True)
        for part in (self.name, self.facts):
            self._column.addWidget(part)
        self._column.addLayout(pills)
        self._column.addWidget(self._trouble_card)
        self._column.addWidget(self.note)
        self._column.addLayout(actions)
        self._column.addWidget(self._job_row)
        self._column.addWidget(self.job_problem)

    def _build_ability(self, theme: Theme) -> None:
        self.ability_title = self._section("What it can do")
        self.ability = Ability(theme)
        self.ability.test_wanted.connect(lambda: self.test_wanted.emit(self._name))
        self.ability.profile_chosen.connect(lambda profile: self.profile_chosen.emit(self._name, profile))
        self._column.addWidget(self.ability)

    def _build_memory(self, theme: Theme) -> None:
        self.memory_title = self._section("Memory")
        self.memory = MemoryBar(theme)
        self.memory_told = label("", "small", wrap=True)
        self._column.addWidget(self.memory)
        self._column.addWidget(self.memory_told)

    def _build_speed(self) -> None:
        self.speed_title = self._section("Speed and tools")
        self.speed = label("", "small", wrap=True)
        self.table = SpeedTable()
        self.tools = label("", "small", wrap=True)
        for part in (self.speed, self.table, self.tools):
            self._column.addWidget(part)

    def _build_running(self, theme: Theme) -> None:
        self.settings_title = self._section("How it runs")
        self.settings = ModelSettings(theme)
        self.settings.options_changed.connect(lambda options: self.options_changed.emit(self._name, options))
        self._column.addWidget(self.settings)

    def _build_origin(self) -> None:
        self.origin_title = self._section("Where it is")
        self.origin = label("", "small", wrap=True, selectable=True)
        self._column.addWidget(self.origin)

    def _section(self, text: str) -> QWidget:
        made = label(text, "section")
        made.setContentsMargins(0, SPACE[3], 0, 0)
        self._column.addWidget(made)
        return made

    # ---- what they show

    def _show_memory(self, model: ModelInfo) -> None:
        fit = model.fit
        for part in (self.memory_title, self.memory, self.memory_told):
            part.setVisible(fit is not None)
        if fit is not None:
            self.memory.show_fit(fit)
            how = "llama.cpp confirmed it." if fit.confirmed else "Estimated from the file."
            where = words.where_it_runs(fit.device, fit.gpu_layers, fit.layers)
            self.memory_told.setText(f"{words.verdict_sentence(fit)} It runs {where}. {how}")

    def _show_speed(self, model: ModelInfo, job: Job | None) -> None:
        remote = model.origin == "remote"
        for part in (self.speed_title, self.speed, self.tools):
            part.setVisible(not remote)
        self.table.show_report(None if job is None or remote else job.report)
        measured = words.speed_line(model.speed)
        self.speed.setText(f"{measured}{words.backend_words(model.speed)}.")
        report = model.template
        if report is None:
            self.tools.setText("Tools: not looked at yet. “Look closer” tests how it uses them.")
        else:
            short, explained = words.TOOLS[report.tools]
            plain = " It brings no chat format of its own, so its answers are poorer." * (report.template == "plain")
            self.tools.setText(f"{short}. {explained}{plain} {THINKS if report.reasoning else ''}".strip())

    def _show_origin(self, model: ModelInfo) -> None:
        if model.origin == "remote":
            parts = [model.path, WHAT_GOES.format(host=words.host(model))]
        else:
            trained = f"Made for {model.context:,} tokens of context." if model.context else ""
            kind = f"Architecture: {model.architecture}." if model.architecture else ""
            program = model.place if model.origin == "found" and not model.path.startswith(model.place) else ""
            owner = f"It belongs to {program}, and is used in place." if program else ""
            parts = [under_home(model.path), owner, kind, trained]
        self.origin.setText("\n".join(part for part in parts if part))

    def _show_job(self, job: Job | None, *, able: bool) -> None:
        running = job is not None and job.is_running
        ended = self.cancel.hasFocus() and not running
        self._job_row.setVisible(running)
        self.progress.setText(job.text if job is not None else "")
        self.cancel.setVisible(job is not None and job.kind != "inspect")
        test = self.ability.test
        if running and any(each.hasFocus() for each in (self.measure, self.look, test)):  # else Qt moves it on
            (self.cancel if self.cancel.isVisible() else self).setFocus()
        self.measure.setEnabled(able and not running)
        self.look.setEnabled(able and not running)
        test.setEnabled(not running and not self.trouble.text())
        if ended and job is not None:
            (test if job.kind == "test" else self.measure).setFocus()
        problem = job.problem if job is not None and not running else None
        self.job_problem.setText(f"{problem.title} {problem.hint}".strip() if problem is not None else "")
        self.job_problem.setVisible(problem is not None)

    # ---- what the person does

    @property
    def _name(self) -> str:
        return self.model.name if self.model is not None else ""

    def _on_smaller(self) -> None:
        if self.model is None:
            return
        options = self.model.options
        now = options.context or (self.model.fit.context if self.model.fit is not None else 2 * LEAST_CONTEXT)
        smaller = msgspec.structs.replace(options, context=max(LEAST_CONTEXT, now // 2), cache="q8_0")
        self.options_changed.emit(self.model.name, smaller)
