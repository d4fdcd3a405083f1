"""How a model runs: context, graphics card, precision of the cache, threads; each shown as chosen, and changeable."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.chat import LoadOptions
from app.base.models import ModelInfo
from app.window.controls.model_wording import where_it_runs
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import Choice, label, set_tip

CONTEXTS = (2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072)
CACHES: tuple[tuple[Literal["f16", "q8_0"], str], ...] = (
    ("f16", "full precision (f16)"),
    ("q8_0", "half the memory (q8_0)"),
)
TIPS = {
    "context": "How much it keeps in view at once: the conversation and the passages, in tokens. More needs more "
               "memory.",
    "gpu_layers": "How much of the model lies on the graphics card. The rest runs on the processor.",
    "cache": "The KV cache, which holds what was read. Half the memory costs some speed.",
    "threads": "How many of the processor’s threads it uses. More than there are cores makes it slower.",
}  # fmt: skip


class CalmChoice(Choice):
    """A choice that the wheel scrolls past, unless it was chosen on purpose."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__(name, theme)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ModelSettings(QWidget):
    """The choices. options_changed(LoadOptions): the person chose something else."""

    options_changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._options = LoadOptions()
        names = {"context": "Context", "gpu_layers": "Graphics card", "cache": "Cache", "threads": "Threads"}
        self.choices = {field: CalmChoice(name, theme) for field, name in names.items()}
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[4])
        grid.setVerticalSpacing(SPACE[2])
        grid.setColumnStretch(1, 1)
        for row, (field, choice) in enumerate(self.choices.items()):
            name = label(names[field], "small")
            name.setBuddy(choice)
            set_tip(name, TIPS[field])
            set_tip(choice, TIPS[field])
            choice.setAccessibleDescription(TIPS[field])
            choice.activated.connect(lambda _, field=field: self._on_chosen(field))
            grid.addWidget(name, row, 0)
            grid.addWidget(choice, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addLayout(grid)
        column.addWidget(label("Changes count from the next time it is loaded.", "caption", wrap=True))

    def show_model(self, model: ModelInfo) -> None:
        """Show how this model runs."""
        self._options = options = model.options
        fit = model.fit
        trained = model.context
        contexts = sorted(
            {options.context, trained, *(each for each in CONTEXTS if not trained or each <= trained)} - {0}
        )
        now = f"{fit.context:,} tokens" if fit is not None else ""
        self._fill("context", 0, now, [(each, f"{each:,} tokens") for each in contexts])
        now = where_it_runs(fit.device, fit.gpu_layers, fit.layers) if fit is not None else ""
        card = (fit is not None and fit.device != "cpu") or options.gpu_layers >= 0
        layers = fit.layers if fit is not None and card else 0
        parts = sorted({layers // 4, layers // 2, layers * 3 // 4, layers, max(options.gpu_layers, 0)} - {0})
        offered = [(0, "None, only the processor"), *((each, f"{each} of {layers} layers") for each in parts)]
        self._fill("gpu_layers", -1, now, offered if card else ())
        self.choices["gpu_layers"].setEnabled(card)
        names = dict(CACHES)
        self._fill("cache", "", names[fit.cache] if fit is not None else "", CACHES)
        threads = sorted({options.threads, *range(1, (os.cpu_count() or 1) + 1)} - {0})
        self._fill("threads", 0, str(fit.threads) if fit is not None else "", [(each, str(each)) for each in threads])

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for choice in self.choices.values():
            choice.set_theme(theme)

    def _fill(self, field: str, automatic: object, now: str, offered: Sequence[tuple[object, str]]) -> None:
        """Offer these values, and "Automatic", which says what that is now."""
        choice = self.choices[field]
        chosen = getattr(self._options, field)
        items = [(automatic, f"Automatic: {now}" if now and chosen == automatic else "Automatic"), *offered]
        if [(choice.itemData(at), choice.itemText(at)) for at in range(choice.count())] != items:
            choice.clear()
            for value, text in items:
                choice.addItem(text, value)
        choice.setCurrentIndex(max(0, choice.findData(chosen)))

    def _on_chosen(self, field: str) -> None:
        options = msgspec.structs.replace(self._options, **{field: self.choices[field].currentData()})
        if options != self._options:
            self._options = options
            self.options_changed.emit(options)
