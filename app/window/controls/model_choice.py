"""Which model answers: said in the composer, chosen from a short menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.base.foreign_text import harmless_line
from app.base.model_wording import trouble
from app.base.models import ModelInfo, ModelsUse
from app.window.controls import model_wording as words
from app.window.controls.widgets import tip
from app.window.engine_client import EngineClient

HERE = "on this computer"
_LONGEST = 48


class Answerer(NamedTuple):
    """What answers, for a label. mark: "globe" if it is a server, "triangle-alert" if something is wrong, else ""."""

    text: str
    tip: str = ""
    mark: str = ""


def used_model(client: EngineClient) -> ModelInfo | None:
    """The model in use; None in quotes mode."""
    return next((model for model in client.models if model.in_use), None)


def remote_host(client: EngineClient) -> str:
    """The server that answers now; "" if all stays on this computer."""
    used = used_model(client)
    return words.host(used) if used is not None else ""


def answerer(client: EngineClient, *, slim: bool) -> Answerer:
    """What answers now. slim: in as few words as can be."""
    used = used_model(client)
    if used is None:
        coming = next((each for each in client.downloads if each.state in ("running", "checking")), None)
        if coming is not None:
            return Answerer(f"Quotes · {coming.name} comes, {words.short_state(coming).lower()}",
                            words.download_line(coming))  # fmt: skip
        return Answerer("Quotes" if slim else f"Quotes · {HERE}")
    if trouble(used):
        return Answerer(f"{used.name} · cannot be used", f"{used.name}: {trouble(used)}", "triangle-alert")
    host = words.host(used)
    if host:
        tip = f"{used.name} answers on {host}. Your question and the passages found go there, once you agreed."
        return Answerer(f"via {host}" if slim else f"{used.name} · via {host}", tip, "globe")
    note = words.note(used)
    mark = "triangle-alert" if used.note else ""
    return Answerer(used.name if slim else f"{used.name} · {HERE}", note, mark)


def fill_menu(menu: QMenu, client: EngineClient, more: Callable[[], None]) -> None:
    """Offer quotes, the person's own models, and the page with all about models."""
    group = QActionGroup(menu)
    quotes = _add(menu, group, client, "Quotes, without a model", None)
    quotes.setChecked(used_model(client) is None)
    for model in client.models:
        if model.origin == "found":
            continue
        host = words.host(model)
        action = _add(menu, group, client, f"{model.name} · via {host}" if host else model.name, model.name)
        action.setChecked(model.in_use)
        action.setToolTip(tip(trouble(model) or words.note(model) or words.facts(model)))
        action.setEnabled(not trouble(model))
    menu.addSeparator()
    menu.addAction("Models…\tCtrl+M", more)
    menu.setToolTipsVisible(True)


def _add(menu: QMenu, group: QActionGroup, client: EngineClient, text: str, name: str | None) -> QAction:
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2].rstrip()}…{text[-_LONGEST // 2 :].lstrip()}"
    action = menu.addAction(harmless_line(short).replace("&", "&&"))
    action.setCheckable(True)
    action.triggered.connect(lambda: client.request(ModelsUse(name=name), client.take_own_models))
    group.addAction(action)
    return action
