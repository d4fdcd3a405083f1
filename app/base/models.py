"""What a client asks the engine about chat models: those on this machine, those to fetch, and remote ones."""

from __future__ import annotations

from typing import Literal

from app.base.aptitude import Aptitude, Profile
from app.base.calls import Call
from app.base.chat import BenchReport, Fit, LoadOptions, TemplateReport
from app.base.values import Value

WORDS_A_TOKEN = 0.75
"""English words that a token makes on average, as OpenAI's help pages put it: people see words, models count tokens."""

Origin = Literal["added", "found", "downloaded", "remote"]


class Speed(Value):
    """Measured here, in tokens a second: reading (prefill) and writing (decode). 0 if not measured yet."""

    prefill: float = 0.0
    decode: float = 0.0
    backend: str = ""


class ModelInfo(Value):
    """A chat model that can be used here. problem: why it cannot be used, or "".

    origin: how Familiar knows it. place: whose it is ("LM Studio", "Ollama", a folder, a server's host). fit: None for
    a remote model and where it could not be told. template: None until it was looked at. quarantine: "" or why it is
    not loaded any more, with what to do. model: what its server calls a remote one, whose address is `path`.
    aptitude: what it was measured to be able to do, None until then. profile: what is asked of it; set_by_person: not
    because it was measured so.
    """

    name: str
    path: str
    size_bytes: int = 0
    architecture: str = ""
    context: int = 0
    in_use: bool = False
    problem: str = ""
    origin: Origin = "added"
    place: str = ""
    parameters: int = 0
    quantisation: str = ""
    licence: str = ""
    options: LoadOptions = LoadOptions()
    fit: Fit | None = None
    speed: Speed = Speed()
    template: TemplateReport | None = None
    quarantine: str = ""
    note: str = ""
    model: str = ""
    aptitude: Aptitude | None = None
    profile: Profile = "full"
    set_by_person: bool = False


class ModelsList(Call[list[ModelInfo]]):
    """The chat models: those added, downloaded or remote, and (found) those in folders of other programs."""

    found: bool = True


class ModelsAdd(Call[ModelInfo]):
    """Add a GGUF file, in place. Problem model.* if it is no chat model; then nothing changes. use: make it the one."""

    path: str
    use: bool = True


class ModelsUse(Call[list[ModelInfo]]):
    """Answer with this model from now on; None for quotes mode. A found one is added by this."""

    name: str | None


class ModelsRemove(Call[list[ModelInfo]]):
    """Forget a model. Its file stays."""

    name: str


class ModelsTune(Call[ModelInfo]):
    """Set how a model runs; takes effect at its next loading. Ends a quarantine."""

    name: str
    options: LoadOptions


class ModelsInspect(Call[ModelInfo]):
    """A model with its memory confirmed by a dry load and its template looked at. Some seconds."""

    name: str


class ModelsBench(Call[BenchReport]):
    """Measure a model, beside llama.cpp's bare loop. Emits "progress": str."""

    name: str
    lengths: tuple[int, ...] = (128, 512, 2048)


class ModelsBenchAnswers(Call[Aptitude]):
    """Have a model answer some thirty short built-in tasks, and keep what that tells. Emits "progress": str.

    It gives way to every question, and goes on after it.
    """

    name: str


class ModelsProfile(Call[ModelInfo]):
    """Set what is asked of a model; None: as it was measured. A found one is added by this."""

    name: str
    profile: Profile | None = None


class ModelsWatch(Call[list[str]]):
    """Look for models in this folder too, or no longer. Returns the person's own model folders. Problem folder.*."""

    path: str
    watch: bool = True


class FirstWord(Call[float]):
    """Within how many seconds an answer should begin; the more, the more passages a model reads first.

    seconds: set it, 0.5 to 600; None only asks. Problem settings.first_word if it is neither; then nothing changes.
    """

    seconds: float | None = None


# ---- fetching -----------------------------------------------------------------------------------------------------


class CatalogueEntry(Value):
    """A model worth having. languages: names in English. memory_bytes: estimated from its size, with some context."""

    name: str
    task: str
    licence: str
    languages: tuple[str, ...]
    parameters: int
    size_bytes: int
    quantisation: str
    repository: str
    file: str
    sha256: str = ""
    memory_bytes: int = 0
    verdict: Literal["", "fits", "tight", "too_large"] = ""


class Catalogue(Call[list[CatalogueEntry]]):
    """The models that Familiar knows of, small ones first, each with how it would fit here."""


class Download(Value):
    """A download, under way or at rest. name: what it is called when done. problem: why it stopped, or ""; code: of it.

    state: "paused" keeps what was fetched, also over a restart. rate: bytes a second, 0 if unknown.
    """

    id: str
    name: str
    repository: str
    file: str
    state: Literal["waiting", "running", "checking", "paused", "failed", "done"]
    done_bytes: int = 0
    total_bytes: int = 0
    rate: float = 0.0
    problem: str = ""
    code: str = ""
    path: str = ""


class Downloads(Call[list[Download]]):
    """All downloads, newest first; finished ones of this run too. Subscriptions hear of them by "downloads"."""


class DownloadStart(Call[Download]):
    """Begin or go on with a download; its GGUF becomes a model when it is whole.

    what: a name of the catalogue, owner/repository, an address of a file or repository on a Hugging Face site, or the
    id of a download. file: which of the repository's. use: answer with it when it is there.
    Problem download.choose if the repository has several and none was named (its data are OfferedFiles); download.*.
    """

    what: str
    file: str = ""
    use: bool = True


class DownloadPause(Call[Download]):
    """Stop a download and keep what it has."""

    id: str


class DownloadRemove(Call[list[Download]]):
    """Forget a download and delete what is unfinished of it."""

    id: str


class HubToken(Call[bool]):
    """Keep a Hugging Face site's token in the keyring; "" removes it, None only asks. Returns whether there is one.

    source: address of the site, "" for huggingface.co. A token goes to its own site alone, never to another source.
    Problem download.token, download.source.
    """

    token: str | None = None
    source: str = ""


# ---- remote servers -----------------------------------------------------------------------------------------------


class RemoteModels(Call[list[str]]):
    """What a server offers, asked now. key: None for the one kept for this address."""

    url: str
    key: str | None = None


class RemoteAdd(Call[ModelInfo]):
    """Add a model of an OpenAI-compatible server; nothing is sent to it but a question for its list of models.

    model: "" for the only one that it offers. name: "" makes one; the same model at the same address is changed.
    key: kept in the keyring, None keeps what is there, "" removes it. context: 0 asks the server, else 8,192.
    Problem remote.*, then nothing changes; remote.choose if it offers several and none was named (data: OfferedModels).
    """

    url: str
    model: str
    name: str = ""
    key: str | None = None
    context: int = 0
    use: bool = True
