"""What the engine and whatever runs a chat model say to each other: messages, tools, loading, writing.

The chat worker (llama.cpp) and the remote worker (an OpenAI-compatible server) answer the same `Generate`. Counts are
tokens, times milliseconds, sizes bytes, rates tokens a second.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from app.base.calls import Call
from app.base.index_values import Check
from app.base.values import Usage, Value

CacheType = Literal["f16", "q8_0"]
WorkerState = Literal["empty", "probing", "loading", "ready", "prefill", "generate"]
"""What a chat worker is about. That one is dead is for its engine to see."""
ToolSupport = Literal["verified", "partial", "generic"]
"""How a model's own tool-call syntax is known: every probe of its template reads back; some do; or it has none that
could be derived and the generic protocol is used."""

# ---- messages and tools -------------------------------------------------------------------------------------------


class ToolSpec(Value):
    """A tool as a model sees it. parameters: JSON Schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


class ToolCall(Value):
    """A call that a model made, parsed and validated against the tool's schema."""

    id: str
    name: str
    arguments: dict[str, Any]


class ChatMessage(Value):
    """One message of a prompt.

    calls: of an assistant's message, which may have text too. call_id, name: of the call that a "tool" message answers.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    name: str = ""


# ---- what a file is, and how it would run -------------------------------------------------------------------------


class ModelHead(Value):
    """What a GGUF header says. context: tokens it was trained on. template: whether it brings a chat template.

    parameters: counted from the tensors. quantisation: "Q4_K_M" and the like, "" if unknown. layers: of the model.
    """

    name: str
    architecture: str
    context: int
    size_bytes: int
    template: bool
    parameters: int = 0
    quantisation: str = ""
    layers: int = 0
    licence: str = ""


class LoadOptions(Value):
    """How a person wants a model to run. 0, -1 or "" leaves that choice to Familiar."""

    context: int = 0
    threads: int = 0
    gpu_layers: int = -1
    cache: Literal["", "f16", "q8_0"] = ""


class Fit(Value):
    """How a model runs here: what was chosen, and the memory that it needs.

    gpu_layers of layers (the output layer counts as one) lie on `device`. confirmed: whether llama.cpp itself reported
    the memory (a dry load), else it was estimated from the header. available_bytes: free where it has to fit. note: one
    plain sentence wherever the choice needs a reason, else "".
    """

    verdict: Literal["fits", "tight", "too_large"]
    context: int
    threads: int
    gpu_layers: int
    layers: int
    cache: CacheType
    weights_bytes: int
    cache_bytes: int
    compute_bytes: int
    available_bytes: int
    device: str = "cpu"
    confirmed: bool = False
    note: str = ""

    @property
    def total_bytes(self) -> int:
        """All memory that it needs."""
        return self.weights_bytes + self.cache_bytes + self.compute_bytes


class TemplateReport(Value):
    """What a model's chat template can do, found by rendering it.

    tools: see ToolSupport. syntax: "json", "tag_json", "tagged", "harmony" or "generic". failed: names of the probes
    that did not read back.
    """

    template: Literal["own", "plain"]
    tools: ToolSupport
    syntax: str
    reasoning: bool
    failed: tuple[str, ...] = ()


class ProbeModel(Call[ModelHead]):
    """Read a GGUF file's header without loading it. Problem model.* if it is no usable chat model."""

    path: str


class FitModel(Call[Fit]):
    """How a model would run here. confirm: by a dry load (some seconds), else from the header alone (at once).

    held_bytes: memory of a model that is loaded now and would be given back first.
    """

    path: str
    options: LoadOptions = LoadOptions()
    confirm: bool = False
    held_bytes: int = 0


class InspectTemplate(Call[TemplateReport]):
    """Derive a model's tool-call and reasoning syntax from its template. Needs no loaded model."""

    path: str


class ChatBackends(Call[list[Check]]):
    """What llama.cpp can run on here: its version, devices and their memory."""


# ---- loading ------------------------------------------------------------------------------------------------------


class Loaded(Value):
    """The model as it runs. backend: "cpu" or the GPU's name. note: what is not as planned ("" if all is).

    template: "plain" where the file brings no chat template that works: answers are poorer then. report: all that was
    found out of it; None for a server's model.
    """

    name: str
    context: int
    backend: str
    load_ms: float
    template: Literal["own", "plain"] = "own"
    threads: int = 0
    gpu_layers: int = 0
    layers: int = 0
    cache: CacheType = "f16"
    tools: ToolSupport = "generic"
    reasoning: bool = False
    report: TemplateReport | None = None
    note: str = ""


class LoadModel(Call[Loaded]):
    """Load a GGUF file, replacing the one before. Emits "progress": float 0..1, "state": WorkerState.

    Cancelling stops it.

    states: private folder where states of the KV cache are kept; "" keeps none. states_limit_bytes: of that folder.
    """

    path: str
    options: LoadOptions = LoadOptions()
    states: str = ""
    states_limit_bytes: int = 2 << 30


class CountTokens(Call[list[int]]):
    """Length of each text in the loaded model's tokens (a remote model: an estimate)."""

    texts: list[str]


# ---- writing ------------------------------------------------------------------------------------------------------


class Prefill(Value):
    """Prompt tokens read so far; `reused` of them were read by an earlier request."""

    done: int
    total: int
    reused: int


class Slice(Value):
    """One stretch of prompt as it was read: `tokens` of it, from `position`, in `ms`."""

    position: int
    tokens: int
    ms: float


class Generated(Value):
    """How a generation ended, and with which calls.

    "call": it ends with tool calls, whole and valid. "length": cut off; calls that were not whole are dropped and
    `cut_call` names the tool. refused: why a whole call was not accepted (unknown tool, invalid arguments), for the
    model to read. slices: of this prompt, for fitting the cost of prefill.
    """

    reason: Literal["end", "stop", "length", "call"]
    usage: Usage
    calls: tuple[ToolCall, ...] = ()
    cut_call: str = ""
    refused: tuple[str, ...] = ()
    slices: tuple[Slice, ...] = ()


class Generate(Call[Generated]):
    """Continue a conversation. Emits "prefill": Prefill, "text": str, "reasoning": str, "state": WorkerState.

    Cancelling stops it.

    suited: draw with the settings that suit the model; temperature then counts where its makers name none. tools: what
    may be called. force: the name of the one that must be, now. conversation: whose KV state this is, 0 for none;
    `messages` should go on where its last ones and their answer ended. Reasoning is no part of the answer.
    endpoint: the server to ask, for the remote worker; so requests to several cannot be mixed up.
    Problem chat.too_long if the prompt leaves no room for `max_tokens`; chat.template; chat.failed; remote.*.
    """

    messages: list[ChatMessage]
    tools: tuple[ToolSpec, ...] = ()
    force: str = ""
    max_tokens: int = 768
    temperature: float = 0.3
    suited: bool = False
    seed: int = 0
    conversation: int = 0
    endpoint: Endpoint | None = None


class Warmed(Value):
    """What was read ahead. tokens: of the prefix; reused: those that had been read before."""

    tokens: int
    reused: int


class Warm(Call[Warmed]):
    """Read the beginning of a prompt ahead, in idle time, and keep its state. Emits "prefill": Prefill.

    The prefix ends where the next user message would begin. conversation: it is deleted with that one, 0 for never.
    Any other request makes it stop, keeping what was read; cancelling too.
    """

    messages: list[ChatMessage]
    tools: tuple[ToolSpec, ...] = ()
    conversation: int = 0


class ForgetStates(Call[None]):
    """Delete the kept states of a conversation; of all, with 0."""

    states: str
    conversation: int


# ---- measuring ----------------------------------------------------------------------------------------------------


class BenchLine(Value):
    """Rates at one prompt length, ours and llama.cpp's bare loop's; medians of `rounds`."""

    tokens: int
    prefill: float
    bare_prefill: float
    decode: float
    bare_decode: float
    rounds: int


class BenchReport(Value):
    """What `familiar models bench` prints."""

    model: str
    backend: str
    threads: int
    lines: tuple[BenchLine, ...]


class BenchModel(Call[BenchReport]):
    """Measure the loaded model at these prompt lengths. Emits "progress": str. Cancelling stops it."""

    lengths: tuple[int, ...] = (128, 512, 2048)
    rounds: int = 3
    decode_tokens: int = 32


# ---- a remote server ----------------------------------------------------------------------------------------------


class Endpoint(Value):
    """An OpenAI-compatible server. url: up to and with /v1. key: "" if it needs none. Never logged, never stored."""

    url: str
    model: str
    key: str = ""
    context: int = 8192
    connect_s: float = 10.0
    silence_s: float = 120.0


class UseEndpoint(Call[Loaded]):
    """Look whether a server can be used for `Generate`, and how. Problem remote.* if not, or if it lacks the model.

    Nothing but a question for its list of models is sent. The reply's `context` is the server's own word where it has
    one, else the endpoint's. note: what a person should know of it.
    """

    endpoint: Endpoint


class EndpointModels(Call[list[str]]):
    """The models that a server offers. Problem remote.*."""

    endpoint: Endpoint


# ---- downloads ----------------------------------------------------------------------------------------------------


class HubFile(Value):
    """A GGUF file of a repository; `parts` are its files in order (one, or those of a split model)."""

    name: str
    size_bytes: int
    parts: tuple[str, ...]
    sha256: tuple[str, ...] = ()
    quantisation: str = ""


class ListRepository(Call[list[HubFile]]):
    """The chat models in a Hugging Face repository, small ones first. Problem download.*."""

    repository: str
    revision: str = "main"
    endpoint: str = ""
    token: str = ""


class FetchFile(Call[str]):
    """Download one file, going on where it stopped. Emits "progress": FetchProgress. Returns the path of the whole.

    sources: base addresses to try in turn. tokens: by source; each goes to that one alone. sha256, size_bytes: what it
    must be, "" and 0 if unknown. partial: folder of unfinished files; target: where the whole one goes, atomically,
    after its check. limit_bytes_s: 0 for none.
    Problem download.*; what was fetched is kept. Cancelling pauses.
    """

    repository: str
    file: str
    revision: str
    sources: list[str]
    partial: str
    target: str
    sha256: str = ""
    size_bytes: int = 0
    tokens: dict[str, str] = msgspec.field(default_factory=dict)
    limit_bytes_s: int = 0


class FetchProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How a download stands. checking: all is there and is being compared with its checksum."""

    done_bytes: int
    total_bytes: int
    checking: bool = False
    source: str = ""
