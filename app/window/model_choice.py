"""Which model answers: said in the composer, chosen from a short menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.base.models import ModelInfo, ModelsUse
from app.window import model_words as words
from app.window.controls import tip
from app.window.session import Session

HERE = "on this computer"
_LONGEST = 48


class Answerer(NamedTuple):
    """What answers, for a label. mark: "globe" if it is a server, "triangle-alert" if something is wrong, else ""."""

    text: str
    tip: str = ""
    mark: str = ""


def used_model(session: Session) -> ModelInfo | None:
    """The model in use; None in quotes mode."""
    return next((model for model in session.models if model.in_use), None)


def remote_host(session: Session) -> str:
    """The server that answers now; "" if all stays on this computer."""
    used = used_model(session)
    return words.host(used) if used is not None else ""


def answerer(session: Session, *, slim: bool) -> Answerer:
    """What answers now. slim: in as few words as can be."""
    used = used_model(session)
    if used is None:
        coming = next((each for each in session.downloads if each.state in ("running", "checking")), None)
        if coming is not None:
            return Answerer(f"Quotes · {coming.name} comes, {words.short_state(coming).lower()}",
                            words.download_line(coming))  # fmt: skip
        return Answerer("Quotes" if slim else f"Quotes · {HERE}")
    if words.trouble(used):
        return Answerer(f"{used.name} · cannot be used", f"{used.name}: {words.trouble(used)}", "triangle-alert")
    host = words.host(used)
    if host:
        tip = f"{used.name} answers on {host}. Your question and the passages found go there, once you agreed."
        return Answerer(f"via {host}" if slim else f"{used.name} · via {host}", tip, "globe")
    note = words.note(used)
    mark = "triangle-alert" if used.note else ""
    return Answerer(used.name if slim else f"{used.name} · {HERE}", note, mark)


def fill_menu(menu: QMenu, session: Session, more: Callable[[], None]) -> None:
    """Offer quotes, the person's own models, and the page with all about models."""
    group = QActionGroup(menu)
    quotes = _add(menu, group, session, "Quotes, without a model", None)
    quotes.setChecked(used_model(session) is None)
    for model in session.models:
        if model.origin == "found":
            continue
        host = words.host(model)
        action = _add(menu, group, session, f"{model.name} · via {host}" if host else model.name, model.name)
        action.setChecked(model.in_use)
        action.setToolTip(tip(words.trouble(model) or words.note(model) or words.facts(model)))
        action.setEnabled(not words.trouble(model))
    menu.addSeparator()
    menu.addAction("Models…\tCtrl+M", more)
    menu.setToolTipsVisible(True)


def _add(menu: QMenu, group: QActionGroup, session: Session, text: str, name: str | None) -> QAction:
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2].rstrip()}…{text[-_LONGEST // 2 :].lstrip()}"
    action = menu.addAction(short.replace("&", "&&"))
    action.setCheckable(True)
    action.triggered.connect(lambda: session.request(ModelsUse(name=name), session.take_own_models))
    group.addAction(action)
    return action
