"""The models, downloads and servers of the engine of make-believe."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from app.base.aptitude import Aptitude, Score
from app.base.chat import BenchLine, BenchReport, Fit, TemplateReport
from app.base.errors import Cancelled, Problem
from app.base.models import (
    Catalogue,
    CatalogueEntry,
    Download,
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
from app.link.peer import Incoming

GB = 1_000_000_000
TEMPLATE = TemplateReport(template="own", tools="verified", syntax="json", reasoning=False)
REPORT = BenchReport(
    model="Qwen3 4B", backend="cpu", threads=2,
    lines=(BenchLine(tokens=128, prefill=141.2, bare_prefill=143.0, decode=19.4, bare_decode=19.2, rounds=3),
           BenchLine(tokens=512, prefill=138.8, bare_prefill=140.1, decode=18.9, bare_decode=19.0, rounds=3)),
)  # fmt: skip

APTITUDE = Aptitude(
    finds=Score(right=11, of=12), cites=Score(right=9, of=12), admits=Score(right=5, of=5), profile="plain",
    says="finds 11 of 12, cites 9 of 12, admits 5 of 5 that are not there: good for answers from files",
)  # fmt: skip


def fit(**changes: Any) -> Fit:
    """A fit of some 3 GB into 6, on the processor."""
    fields: dict[str, Any] = {
        "verdict": "fits", "context": 8192, "threads": 2, "gpu_layers": 0, "layers": 37, "cache": "f16",
        "weights_bytes": 2_500_000_000, "cache_bytes": 600_000_000, "compute_bytes": 300_000_000,
        "available_bytes": 6_200_000_000,
    } | changes  # fmt: skip
    return Fit(**fields)


def model(name: str, **changes: Any) -> ModelInfo:
    """A model of 4 billion parameters that was added and can be used."""
    fields: dict[str, Any] = {
        "name": name, "path": f"/models/{name}.gguf", "size_bytes": 2_500_000_000, "architecture": "qwen3",
        "context": 40_960, "parameters": 4_020_000_000, "quantisation": "Q4_K_M", "licence": "apache-2.0", "fit": fit(),
    } | changes  # fmt: skip
    return ModelInfo(**fields)


def remote(name: str, host: str, **changes: Any) -> ModelInfo:
    """A model of a server."""
    return ModelInfo(name=name, path=f"https://{host}/v1", context=32_768, origin="remote", place=host, **changes)


def offer(name: str, **changes: Any) -> CatalogueEntry:
    """A model of 4 billion parameters that can be downloaded and fits."""
    slug = name.replace(" ", "-")
    fields: dict[str, Any] = {
        "name": name, "task": "general answers", "licence": "apache-2.0", "languages": ("English", "German"),
        "parameters": 4_000_000_000, "size_bytes": 2_500_000_000, "quantisation": "Q4_K_M",
        "repository": f"maker/{slug}-GGUF", "file": f"{slug}-Q4_K_M.gguf", "verdict": "fits",
    } | changes  # fmt: skip
    return CatalogueEntry(**fields)


def download(ident: str = "d1", **changes: Any) -> Download:
    """A download of 2.5 GB that is 40 % there and under way."""
    fields: dict[str, Any] = {
        "id": ident, "name": "Qwen3 4B", "repository": "maker/Qwen3-4B-GGUF", "file": "Qwen3-4B-Q4_K_M.gguf",
        "state": "running", "done_bytes": GB, "total_bytes": 2_500_000_000, "rate": 12_000_000.0,
    } | changes  # fmt: skip
    return Download(**fields)


class FakeModels:
    """Models, downloads and servers that tests set and read; `answers` are its part of the engine's handlers.

    servers: the models that an address offers, or the Problem it gives. repositories: the Problem that a name gives.
    list_failure: what the next list of models gives instead, once. gate: passed once by each inspection and each stage
    of a measurement, where there is one; failure: how these end. tell: to every subscriber.
    """

    def __init__(self, tell: Callable[[str, object], None]) -> None:
        self.models: list[ModelInfo] = []
        self.catalogue: list[CatalogueEntry] = []
        self.downloads: list[Download] = []
        self.servers: dict[str, list[str] | Problem] = {}
        self.repositories: dict[str, Problem] = {}
        self.watched: list[str] = []
        self.token = ""
        self.first_word_s = 4.0
        self.gate: threading.Semaphore | None = None
        self.failure: Problem | None = None
        self.list_failure: Problem | None = None
        self._tell = tell

    def set_download(self, changed: Download) -> None:
        """Put a download in the place of that of its id, or before all, and tell everybody."""
        others = [each for each in self.downloads if each.id != changed.id]
        self.downloads = [changed, *others]
        self._tell("downloads", self.downloads)

    def answers(self) -> dict[Any, Callable[[Any, Incoming], object]]:
        """What answers each call."""
        return {
            ModelsList: self._list,
            ModelsAdd: self._add,
            ModelsUse: self._use,
            ModelsRemove: self._remove,
            ModelsTune: self._tune,
            ModelsInspect: self._inspect,
            ModelsBench: self._bench,
            ModelsBenchAnswers: self._bench_answers,
            ModelsProfile: self._profile,
            ModelsWatch: self._watch,
            FirstWord: self._first_word,
            Catalogue: lambda call, _: self.catalogue,
            Downloads: lambda call, _: self.downloads,
            DownloadStart: self._start,
            DownloadPause: self._pause,
            DownloadRemove: self._forget,
            HubToken: self._hub_token,
            RemoteModels: self._remote_models,
            RemoteAdd: self._remote_add,
        }

    def _change(self, name: str, **changes: Any) -> ModelInfo:
        changed = next(msgspec.structs.replace(each, **changes) for each in self.models if each.name == name)
        self.models = [changed if each.name == name else each for each in self.models]
        return changed

    def _list(self, _: ModelsList, __: Incoming) -> list[ModelInfo]:
        failure, self.list_failure = self.list_failure, None
        if failure is not None:
            raise failure
        return self.models

    def _add(self, call: ModelsAdd, _: Incoming) -> ModelInfo:
        if not call.path.endswith(".gguf"):
            raise Problem("model.not_gguf", "That file is no GGUF model.", "Nothing was changed.")
        made = ModelInfo(name=Path(call.path).stem, path=call.path, in_use=call.use)
        self.models = [*(msgspec.structs.replace(other, in_use=False) for other in self.models), made]
        return made

    def _use(self, call: ModelsUse, _: Incoming) -> list[ModelInfo]:
        self.models = [
            msgspec.structs.replace(
                each,
                in_use=each.name == call.name,
                origin="added" if each.name == call.name and each.origin == "found" else each.origin,
            )
            for each in self.models
        ]
        return [each for each in self.models if each.origin != "found"]

    def _remove(self, call: ModelsRemove, _: Incoming) -> list[ModelInfo]:
        self.models = [each for each in self.models if each.name != call.name]
        return [each for each in self.models if each.origin != "found"]

    def _tune(self, call: ModelsTune, _: Incoming) -> ModelInfo:
        return self._change(call.name, options=call.options, quarantine="")

    def _inspect(self, call: ModelsInspect, incoming: Incoming) -> ModelInfo:
        self._pass(incoming)
        return self._change(call.name, fit=fit(confirmed=True), template=TEMPLATE)

    def _bench(self, call: ModelsBench, incoming: Incoming) -> BenchReport:
        for length in call.lengths:
            incoming.emit("progress", f"Measuring a prompt of {length} tokens")
            self._pass(incoming)
        return msgspec.structs.replace(REPORT, model=call.name)

    def _bench_answers(self, call: ModelsBenchAnswers, incoming: Incoming) -> Aptitude:
        for number in (1, 2):
            incoming.emit("progress", f"Task {number} of 2")
            self._pass(incoming)
        self._change(call.name, aptitude=APTITUDE, profile=APTITUDE.profile)
        return APTITUDE

    def _profile(self, call: ModelsProfile, _: Incoming) -> ModelInfo:
        return self._change(call.name, profile=call.profile or "plain", set_by_person=call.profile is not None)

    def _pass(self, incoming: Incoming) -> None:
        while self.gate is not None and not self.gate.acquire(timeout=0.02):
            if incoming.cancelled:
                raise Cancelled
        if self.failure is not None:
            raise self.failure

    def _watch(self, call: ModelsWatch, _: Incoming) -> list[str]:
        others = [path for path in self.watched if path != call.path]
        self.watched = [*others, call.path] if call.watch else others
        return self.watched

    def _first_word(self, call: FirstWord, _: Incoming) -> float:
        self.first_word_s = call.seconds or self.first_word_s
        return self.first_word_s

    def _start(self, call: DownloadStart, _: Incoming) -> Download:
        for known in self.downloads:
            if call.what == known.id:
                self.set_download(msgspec.structs.replace(known, state="running", problem="", code=""))
                return self.downloads[0]
        problem = self.repositories.get(call.what)
        if problem is not None and not (problem.code == "download.choose" and call.file):
            raise problem
        wanted = next((each for each in self.catalogue if each.name == call.what), None)
        made = download(
            f"d{len(self.downloads) + 1}", done_bytes=0, rate=0.0,
            name=wanted.name if wanted is not None else call.what,
            repository=wanted.repository if wanted is not None else call.what,
            file=wanted.file if wanted is not None else call.file or "model.gguf",
        )  # fmt: skip
        self.set_download(made)
        return made

    def _pause(self, call: DownloadPause, _: Incoming) -> Download:
        known = next(each for each in self.downloads if each.id == call.id)
        self.set_download(msgspec.structs.replace(known, state="paused", rate=0.0))
        return self.downloads[0]

    def _forget(self, call: DownloadRemove, _: Incoming) -> list[Download]:
        self.downloads = [each for each in self.downloads if each.id != call.id]
        return self.downloads

    def _hub_token(self, call: HubToken, _: Incoming) -> bool:
        if call.token is not None:
            self.token = call.token
        return bool(self.token)

    def _remote_models(self, call: RemoteModels, _: Incoming) -> list[str]:
        offered = self.servers.get(call.url, Problem("remote.unreachable", "Nobody answers there.", "Is it running?"))
        if isinstance(offered, Problem):
            raise offered
        return offered

    def _remote_add(self, call: RemoteAdd, _: Incoming) -> ModelInfo:
        host = call.url.split("//")[-1].split("/")[0]
        made = remote(call.name or call.model, host, in_use=call.use)
        self.models = [*(msgspec.structs.replace(other, in_use=False) for other in self.models), made]
        return made
