"""Models behind OpenAI-compatible servers: which the person connected, their keys, and how the assistant uses one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import msgspec

from app.base.addresses import ServerAddress, server_address
from app.base.aptitude import Profile
from app.base.chat import ChatMessage, Endpoint, EndpointModels, Generate, Generated, ToolSpec, UseEndpoint
from app.base.errors import Problem
from app.base.models import ModelInfo, RemoteAdd, RemoteModels, Speed
from app.base.prefill_cost import PrefillCost
from app.base.problem_data import OfferedModels
from app.base.settings import RemoteEntry, Settings, SettingsFile
from app.base.token_estimate import estimated_prompt, estimated_tokens
from app.link.outgoing import Outgoing
from app.link.peer import Incoming
from app.link.workers import Worker, WorkerDied
from app.models.aptitudes import Aptitudes
from app.models.generation import Generation, WorkerChat, once_more
from app.store.measurements import Measurements, Pace
from app.store.secrets import Secrets

log = logging.getLogger("familiar.engine")
LOOK_SILENCE_S = 20.0
SILENCE_S = 120.0
STALL_S = 1500.0  # more than a server's silences together: then the worker itself hangs
_QUOTES = "quotes"
_NAME_CHARS = 100
_SHOWN = 20
_NEWEST = 0.3  # how much the last prompt counts in the ratio of tokens to their estimate
_RATIOS = (0.5, 3.0)
_LEAST_PROMPT = 50  # tokens of a prompt from which on its ratio is worth keeping


class Measured:
    """What was seen of one model: its pace, kept with those of the others, and how its server counts. Thread-safe."""

    def __init__(self, measurements: Measurements, entry: RemoteEntry, host: str) -> None:
        self._measurements = measurements
        self._identity = f"{entry.url} {entry.model}"
        self._host = host
        self.ratio = 1.0

    @property
    def pace(self) -> Pace:
        """How fast it reads and writes, the way there included."""
        return self._measurements.pace(self._identity, self._host, 0)

    def take(self, estimate: int, result: Generated) -> None:
        """Learn from an answer whose prompt was estimated at so many tokens."""
        usage = result.usage
        if estimate >= _LEAST_PROMPT and usage.prompt_tokens:
            ratio = min(max(usage.prompt_tokens / estimate, _RATIOS[0]), _RATIOS[1])
            self.ratio += _NEWEST * (ratio - self.ratio)
        pace = self.pace.after_writing(usage.generated_tokens, usage.decode_ms)
        pace = msgspec.structs.replace(pace, cost=pace.cost.after(result.slices))
        self._measurements.keep_pace(self._identity, pace)


class Remotes:
    """The person's remote models and the one worker that asks their servers. Thread-safe."""

    def __init__(
        self,
        settings: SettingsFile,
        secrets: Secrets,
        worker: Worker,
        measurements: Measurements,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """on_change: called whenever a model was connected."""
        self._settings = settings
        self._secrets = secrets
        self._worker = worker
        self._measurements = measurements
        self._aptitudes = Aptitudes(settings, measurements)
        self._on_change = on_change
        self._lock = threading.Lock()
        self._measured: dict[str, Measured] = {}

    # ---- the list --------------------------------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Whether a remote model has this name."""
        return self.entry(name) is not None

    def entry(self, name: str) -> RemoteEntry | None:
        """The remote model of this name, if there is one."""
        return next((entry for entry in self._settings.value.remotes if entry.name == name), None)

    def infos(self) -> list[ModelInfo]:
        """The remote models. No server is asked."""
        return [self._info(entry) for entry in self._settings.value.remotes]

    def remove(self, name: str) -> None:
        """Forget a remote model, and its server's key with the last one there.

        Raises Problem model.unknown, and secrets.kept if the key is still in the keyring; the model is then forgotten.
        """
        entry = self._entry(name)

        def edit(settings: Settings) -> Settings:
            return msgspec.structs.replace(
                settings,
                remotes=tuple(one for one in settings.remotes if one.name != name),
                model="" if settings.model == name else settings.model,
            )

        settings = self._settings.change(edit)
        with self._lock:
            self._measured.pop(f"{entry.url} {entry.model}", None)
        if all(one.url != entry.url for one in settings.remotes):
            self._secrets.delete(_secret(entry.url))

    # ---- connecting ------------------------------------------------------------------------------------------------

    def offered(self, call: RemoteModels, incoming: Incoming) -> list[str]:
        """The models of a server, asked now. Raises Problem remote.*."""
        address = server_address(call.url)
        return self._offers(self._endpoint(address, key=call.key), incoming)

    def add(self, call: RemoteAdd, incoming: Incoming) -> ModelInfo:
        """Connect a model of a server, or change how it is connected. Raises Problem remote.*; then nothing changed."""
        address = server_address(call.url)
        endpoint = self._endpoint(address, key=call.key)
        model = call.model.strip() or self._only(endpoint, incoming)
        _place(self._settings.value, call, address, model, 0)  # a name that cannot be is told before it is asked
        endpoint = msgspec.structs.replace(endpoint, model=model)
        loaded = self._worker.call(
            UseEndpoint(endpoint=endpoint), timeout_s=STALL_S, on_started=_cancelled_with(incoming)
        )

        def edit(settings: Settings) -> Settings:
            return _with(settings, *_place(settings, call, address, model, loaded.context), use=call.use)

        settings = self._settings.change(edit)
        entry = next(one for one in settings.remotes if (one.url, one.model) == (address.url, model))
        log.info("a remote model was connected")
        try:
            note = self._keep_key(address, call.key)
        finally:
            self._on_change()
        return self._info(entry, note=note)

    def _only(self, endpoint: Endpoint, incoming: Incoming) -> str:
        """The one model that a server offers."""
        offered = self._offers(endpoint, incoming)
        host = server_address(endpoint.url).host
        if not offered:
            raise Problem("remote.no_model", f"{host} offers no model now.", "Load one there, then try again.")
        if len(offered) > 1:
            more = f" and {len(offered) - _SHOWN} more" if len(offered) > _SHOWN else ""
            raise Problem(
                "remote.choose",
                f"{host} offers {len(offered)} models: choose one.",
                f"Name the model that you want: {', '.join(offered[:_SHOWN])}{more}",
                OfferedModels(names=tuple(offered)),
            )
        return offered[0]

    def _offers(self, endpoint: Endpoint, incoming: Incoming) -> list[str]:
        return self._worker.call(
            EndpointModels(endpoint=endpoint), timeout_s=STALL_S, on_started=_cancelled_with(incoming)
        )

    def _endpoint(self, address: ServerAddress, *, key: str | None) -> Endpoint:
        """For a look at a server. key: None for the one that is kept for it."""
        known = self._secrets.get(_secret(address.url)) if key is None else key.strip()
        return Endpoint(url=address.url, model="", key=known or "", silence_s=LOOK_SILENCE_S)

    def _keep_key(self, address: ServerAddress, key: str | None) -> str:
        """Keep a new key; returns what a person should know about where."""
        if key is None:
            return ""
        if not key.strip():
            self._secrets.delete(_secret(address.url))
            return ""
        return self._secrets.warning() if self._secrets.set(_secret(address.url), key.strip()) == "memory" else ""

    # ---- writing ---------------------------------------------------------------------------------------------------

    def provide(self, name: str) -> RemoteChat:
        """The model of that name, ready to write. No server is asked. Raises Problem model.unknown, remote.address."""
        entry = self._entry(name)

        def endpoint() -> Endpoint:
            key = self._secrets.get(_secret(entry.url)) or ""
            return Endpoint(
                url=entry.url, model=entry.model, key=key, context=entry.context, silence_s=SILENCE_S
            )  # fmt: skip

        host = server_address(entry.url).host
        return RemoteChat(
            entry, host, self._worker, endpoint, self._measure(entry, host), self._aptitudes.profile(entry)
        )

    def _measure(self, entry: RemoteEntry, host: str) -> Measured:
        with self._lock:
            made = Measured(self._measurements, entry, host)
            return self._measured.setdefault(f"{entry.url} {entry.model}", made)

    def _entry(self, name: str) -> RemoteEntry:
        entry = self.entry(name)
        if entry is not None:
            return entry
        raise Problem(
            "model.unknown", f"There is no model named “{name}”.", "The list of models shows those that there are."
        )

    def _info(self, entry: RemoteEntry, note: str = "") -> ModelInfo:
        problem = host = ""
        try:
            address = server_address(entry.url)
            host, note = address.host, " ".join(part for part in (address.warning, note) if part)
        except Problem as wrong:  # the settings were edited by hand
            problem = wrong.title
        pace = self._measure(entry, host).pace
        speed = Speed(prefill=pace.cost.rate, decode=pace.decode, backend=host)
        info = ModelInfo(
            name=entry.name, path=entry.url, context=entry.context, in_use=entry.name == self._settings.value.model,
            problem=problem, origin="remote", place=host, speed=speed, note=note, model=entry.model,
        )  # fmt: skip
        return self._aptitudes.described(info, entry)


class RemoteChat(WorkerChat):
    """A remote model that is ready to write."""

    local = False

    def __init__(
        self,
        entry: RemoteEntry,
        host: str,
        worker: Worker,
        endpoint: Callable[[], Endpoint],
        measured: Measured,
        profile: Profile,
    ) -> None:
        self.name = entry.name
        self.profile = profile
        self.context = entry.context
        self.host = host
        self._worker = worker
        self._endpoint = endpoint
        self._measured = measured

    @property
    def cost(self) -> PrefillCost:
        """What reading a prompt costs it, the way there included."""
        return self._measured.pace.cost

    @property
    def decode_rate(self) -> float:
        """Tokens a second that it writes; 0 if not known."""
        return self._measured.pace.decode

    def count(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens, estimated; corrected by what the server counted before."""
        return [round(estimated_tokens(text) * self._measured.ratio) for text in texts]

    def _send(self, call: Generate, generation: Generation) -> Generated:
        call = msgspec.structs.replace(call, endpoint=self._endpoint())

        def ask() -> Generated:
            return self._worker.call(
                call, timeout_s=STALL_S, on_event=generation.hear, on_started=generation.started
            )  # fmt: skip

        return once_more(ask, WorkerDied, again=lambda: generation.may_repeat)

    def _learn(self, call: Generate, result: Generated) -> None:
        self._measured.take(estimated_prompt(call.messages, call.tools), result)

    def warm(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], conversation: int) -> None:
        """Nothing: what the server keeps is its own affair, and nothing is sent before it is needed."""

    def warmed(self, conversation: int) -> int:  # noqa: ARG002 - a port's signature
        """None of it."""
        return 0


def _place(
    settings: Settings, call: RemoteAdd, address: ServerAddress, model: str, context: int
) -> tuple[RemoteEntry, RemoteEntry | None]:
    """The entry that a call asks for, and that in whose place it comes. Raises Problem remote.name."""
    present = next((e for e in settings.remotes if (e.url, e.model) == (address.url, model)), None)
    name = _name(settings, call.name.strip(), model, present)
    entry = RemoteEntry(
        name=name, url=address.url, model=model, context=call.context or context,
        profile=present.profile if present is not None else "",
    )  # fmt: skip
    return entry, present


def _name(settings: Settings, wanted: str, model: str, present: RemoteEntry | None) -> str:
    """What the model shall be called: as wanted, as before, or by its own name. Raises Problem remote.name."""
    taken = {entry.name for entry in settings.models} | {_QUOTES}
    taken |= {entry.name for entry in settings.remotes if entry != present}
    if wanted:
        if wanted in taken:
            raise Problem("remote.name", f"There is a model named “{wanted}” already.", "Give it another name.")
        if len(wanted) > _NAME_CHARS or not wanted.isprintable():
            raise Problem("remote.name", "That is no name for a model.", "Give it a short one, on one line.")
        return wanted
    if present is not None:
        return present.name
    base = "".join(letter for letter in model if letter.isprintable())[:_NAME_CHARS] or "remote"
    name, n = base, 2
    while name in taken:
        name, n = f"{base} {n}", n + 1
    return name


def _with(settings: Settings, entry: RemoteEntry, present: RemoteEntry | None, *, use: bool) -> Settings:
    """The settings with this model in place of `present`, or added."""
    others = [one for one in settings.remotes if one != present]
    was_used = present is not None and settings.model == present.name
    return msgspec.structs.replace(
        settings, remotes=(*others, entry), model=entry.name if use or was_used else settings.model
    )


def _cancelled_with(incoming: Incoming) -> Callable[[Outgoing], None]:
    return lambda outgoing: incoming.on_cancel(outgoing.cancel)


def _secret(url: str) -> str:
    return f"server {url}"
