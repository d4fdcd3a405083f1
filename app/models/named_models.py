"""Which chat model a name means: those of the settings, and those that were found where other programs keep them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.base.errors import Problem
from app.base.opening import resolved
from app.base.settings import ModelEntry, Settings, SettingsFile
from app.models.discovery import Discovery
from app.models.model_places import ModelPlace
from app.models.model_scan import FoundModel

QUOTES = "quotes"


class NamedModels:
    """The models of this machine by their names; no two have the same. Thread-safe."""

    def __init__(self, settings: SettingsFile, discovery: Discovery) -> None:
        self._settings = settings
        self._discovery = discovery

    def added(self) -> Sequence[ModelEntry]:
        """Those that the person added."""
        return self._settings.value.models

    def found(self) -> Sequence[tuple[FoundModel, str]]:
        """Those that were found and not added, each with its name: its own, with whose it is, or with a number."""
        settings = self._settings.value
        real = {resolved(entry.path) for entry in settings.models}
        taken = _taken(settings)
        named: list[tuple[FoundModel, str]] = []
        for model in self._discovery.found():
            if resolved(model.path) in real:
                continue
            name, n = model.name, 1
            while name in taken:
                name, n = f"{model.name} ({model.place}{f' {n}' if n > 1 else ''})", n + 1
            taken.add(name)
            named.append((model, name))
        return named

    def entry(self, name: str) -> ModelEntry:
        """The added model of that name, or one for a found model. Raises Problem model.unknown."""
        for entry in self.added():
            if entry.name == name:
                return entry
        for model, called in self.found():
            if called == name:
                return ModelEntry(name=name, path=model.path)
        raise unknown_model(name)


def with_model(settings: Settings, entry: ModelEntry, *, use: bool) -> Settings:
    """The settings with a model of that path, which is added unless it is there; its name is made free."""
    present = at_path(settings, entry.path)
    name, n = entry.name, 2
    while present is None and name in _taken(settings):
        name, n = f"{entry.name} {n}", n + 1
    added = present or msgspec.structs.replace(entry, name=name)
    return msgspec.structs.replace(
        settings, models=settings.models if present else (*settings.models, added),
        model=added.name if use else settings.model,
    )  # fmt: skip


def without_model(settings: Settings, entry: ModelEntry) -> Settings:
    """The settings without a model; quotes answer if it was the one in use."""
    return msgspec.structs.replace(
        settings,
        models=tuple(one for one in settings.models if one.name != entry.name),
        model="" if settings.model == entry.name else settings.model,
    )


def at_path(settings: Settings, path: str) -> ModelEntry | None:
    """The added model whose file this is, by whatever links."""
    real = resolved(path)
    return next((entry for entry in settings.models if resolved(entry.path) == real), None)


def own_places(settings: Settings, downloads: str) -> Sequence[ModelPlace]:
    """Where the person's own models lie: their folders, and those of downloads. downloads: the home's."""
    own = [ModelPlace(label=folder, folder=folder) for folder in settings.model_folders]
    fetched = [folder for folder in (settings.model_folder, downloads) if folder]
    return [*own, *(ModelPlace(label="downloads", folder=folder) for folder in fetched)]


def unknown_model(name: str) -> Problem:
    """What is said of a model that is not there."""
    return Problem(
        "model.unknown", f"There is no model named “{name}”.", "The list of models shows those that there are."
    )


def _taken(settings: Settings) -> set[str]:
    return {entry.name for entry in settings.models} | {entry.name for entry in settings.remotes} | {QUOTES}
