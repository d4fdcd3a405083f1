"""How the engine answers calls about chat models: which there are, how they run, what is fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from app.assistant import budget
from app.base.aptitude import Aptitude
from app.base.chat import BenchReport
from app.base.errors import Problem
from app.base.models import (
    Catalogue,
    DownloadPause,
    DownloadRemove,
    Downloads,
    DownloadStart,
    FirstWord,
    HubToken,
    ModelInfo,
    ModelsAdd,
    ModelsBench,
    ModelsBenchAnswers,
    ModelsInspect,
    ModelsList,
    ModelsProfile,
    ModelsRemove,
    ModelsTune,
    ModelsUse,
    ModelsWatch,
    RemoteAdd,
    RemoteModels,
)
from app.base.settings import SettingsFile
from app.engine.examination import Examination
from app.engine.methods import Table, absolute
from app.link.peer import Incoming
from app.models.downloads import DownloadQueue
from app.models.hub_sources import HubSources
from app.models.models import Models
from app.models.remotes import Remotes


class ModelMethods:
    """Answers calls; each runs in a thread of its own. prepare: have the model in use made ready, soon.

    examination: measures what models can do.
    """

    def __init__(
        self,
        models: Models,
        remotes: Remotes,
        downloads: DownloadQueue,
        hub_sources: HubSources,
        settings: SettingsFile,
        *,
        examination: Examination,
        prepare: Callable[[], None],
    ) -> None:
        self._models = models
        self._remotes = remotes
        self._downloads = downloads
        self._hub_sources = hub_sources
        self._settings = settings
        self._examination = examination
        self._prepare = prepare

    def table(self) -> Table:
        """The handler of each call."""
        return {
            ModelsList: self._models_list,
            ModelsAdd: self._models_add,
            ModelsUse: self._models_use,
            ModelsRemove: self._models_remove,
            ModelsTune: lambda call, _incoming: self._models.tune(call.name, call.options),
            ModelsInspect: lambda call, _incoming: self._models.inspect(call.name),
            ModelsBench: self._models_bench,
            ModelsBenchAnswers: self._models_bench_answers,
            ModelsProfile: lambda call, _incoming: self._models.set_profile(call.name, call.profile),
            ModelsWatch: self._models_watch,
            FirstWord: self._first_word,
            Catalogue: lambda _call, _incoming: self._hub_sources.catalogue(),
            Downloads: lambda _call, _incoming: self._downloads.list(),
            DownloadStart: self._downloads.start,
            DownloadPause: lambda call, _incoming: self._downloads.pause(call.id),
            DownloadRemove: lambda call, _incoming: self._downloads.remove(call.id),
            HubToken: lambda call, _incoming: self._hub_sources.keep_token(call.token, call.source),
            RemoteModels: self._remotes.offered,
            RemoteAdd: self._remotes.add,
        }

    def _models_list(self, call: ModelsList, _incoming: Incoming) -> Sequence[ModelInfo]:
        return self._models.list(found=call.found)

    def _models_add(self, call: ModelsAdd, _incoming: Incoming) -> ModelInfo:
        added = self._models.add(absolute([call.path])[0], use=call.use)
        if call.use:
            self._prepare()
        return added

    def _models_use(self, call: ModelsUse, _incoming: Incoming) -> Sequence[ModelInfo]:
        models = self._models.use(call.name)
        self._prepare()
        return models

    def _models_remove(self, call: ModelsRemove, _incoming: Incoming) -> Sequence[ModelInfo]:
        return self._models.remove(call.name)

    def _models_bench(self, call: ModelsBench, incoming: Incoming) -> BenchReport:
        return self._models.bench(call.name, call.lengths, incoming)

    def _models_bench_answers(self, call: ModelsBenchAnswers, incoming: Incoming) -> Aptitude:
        return self._examination.measure(call.name, incoming, lambda text: incoming.emit("progress", text))

    def _models_watch(self, call: ModelsWatch, _incoming: Incoming) -> Sequence[str]:
        return self._models.watch(absolute([call.path])[0], watch=call.watch)

    def _first_word(self, call: FirstWord, _incoming: Incoming) -> float:
        seconds = call.seconds
        if seconds is None:
            return budget.bounded(self._settings.value.first_word_s)
        if seconds != budget.bounded(seconds):
            raise Problem(
                "settings.first_word", "An answer can be asked to begin within 0.5 to 600 seconds.",
                "Nothing was changed.",
            )  # fmt: skip
        return self._settings.change(lambda s: msgspec.structs.replace(s, first_word_s=seconds)).first_word_s
