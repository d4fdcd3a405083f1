"""How a model is to run here: context, layers on the GPU, KV cache and threads, chosen so that all sits well in memory.

What a person wished stands, wherever it can; the rest follows. The KV cache takes at most a quarter of what is free,
because the person's other programs run beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.base.chat import CacheType, Fit, LoadOptions
from app.base.errors import Problem
from app.workers.chat.inference.machine import Machine
from app.workers.chat.inference.memory import Anatomy, Memory
from app.workers.chat.inference.model_file import ModelFile

SMALLEST_CONTEXT, LARGEST_CONTEXT = 256, 1 << 20
_CONTEXTS = (32_768, 24_576, 16_384, 12_288, 8_192, 6_144, 4_096)
_SMALL_CONTEXTS = (3_072, 2_048)
_CACHE_SHARE = 0.25  # of what is free, at most, for the KV cache
_WELL_WITHIN = 0.85  # of what is free, for all
_TOTAL_SHARE = 0.95  # of the machine's memory, which nothing may exceed
_DEVICE_MARGIN_BYTES = 512 << 20  # of a GPU's memory, left for the screen and for llama.cpp's own
_HOST_BYTES = 64 << 20  # what stays on the processor whatever is offloaded
Verdict = Literal["fits", "tight", "too_large"]


@dataclass(frozen=True)
class _Plan:
    """One way to run the model. host: what of its memory is the processor's."""

    context: int
    cache: CacheType
    gpu_layers: int
    memory: Memory
    host: Memory


class Fitting:
    """Fits one model to this machine, from its header alone. options: what the person wants of it."""

    def __init__(self, file: ModelFile, options: LoadOptions, machine: Machine) -> None:
        self._file = file
        self._options = options
        self._machine = machine
        self._anatomy = Anatomy(file)
        self._trained = max(file.head.context, SMALLEST_CONTEXT)
        self._plan = self._choose()

    def fit(self, reported: Memory | None = None) -> Fit:
        """The choice. reported: the memory for it by llama.cpp's own account, if that was asked."""
        plan = self._plan
        memory = reported or plan.memory
        host = plan.host
        if reported is not None and not plan.gpu_layers:
            host = reported
        verdict = self._judge(host)
        return Fit(
            verdict=verdict,
            context=plan.context,
            threads=self._threads(),
            gpu_layers=plan.gpu_layers,
            layers=self._anatomy.layers,
            cache=plan.cache,
            weights_bytes=memory.weights,
            cache_bytes=memory.cache,
            compute_bytes=memory.compute,
            available_bytes=self._machine.gpu_free_bytes if self._all_offloaded else self._machine.available_bytes,
            device=self._device if plan.gpu_layers else "cpu",
            confirmed=reported is not None,
            note=self._note(verdict, memory),
        )

    # ---- inner -----------------------------------------------------------------------------------------------------

    @property
    def _all_offloaded(self) -> bool:
        return self._plan.gpu_layers >= self._anatomy.layers

    @property
    def _device(self) -> str:
        gpu = self._machine.gpus[0]
        name = gpu.description or gpu.name
        return name if len(self._machine.gpus) == 1 else f"{len(self._machine.gpus)} × {name}"

    def _threads(self) -> int:
        wanted = self._options.threads if self._options.threads > 0 else self._machine.threads
        return min(wanted, self._machine.processors)

    def _choose(self) -> _Plan:
        """The best plan that sits well, or the most modest one."""
        plans = list(self._candidates())
        return next((plan for plan in plans if self._comfortable(plan)), plans[-1])

    def _candidates(self) -> Iterator[_Plan]:
        """Plans, best first: a smaller context before a coarser cache, and that before a context below 4,096."""
        exact: CacheType = "f16"
        coarse: list[CacheType] = ["q8_0"] if self._anatomy.may_quantise else []
        caches: list[CacheType] = [exact, *coarse]
        if self._options.cache:
            caches = [self._options.cache] if self._options.cache in caches else [exact]
        contexts = [context for context in _CONTEXTS if context <= self._trained]
        small = [context for context in _SMALL_CONTEXTS if context <= self._trained] if contexts else []
        contexts = contexts or [self._trained]
        if self._options.context > 0:
            contexts, small = [self._clamped(self._options.context)], []
        elif self._trained < _CONTEXTS[0] and self._trained not in contexts:
            contexts = [self._trained, *contexts]
        for context in contexts:
            yield self._planned(context, caches[0])
        for cache in caches[1:]:
            yield self._planned(contexts[-1], cache)
        for context in small:
            yield self._planned(context, caches[-1])

    def _clamped(self, context: int) -> int:
        return min(max(context, SMALLEST_CONTEXT), self._trained, LARGEST_CONTEXT)

    def _planned(self, context: int, cache: CacheType) -> _Plan:
        anatomy = self._anatomy
        memory = anatomy.memory(context, cache)
        layers = self._gpu_layers(context, cache, memory)
        if not layers:
            return _Plan(context, cache, 0, memory, memory)
        if self._machine.shares_memory:
            return _Plan(context, cache, layers, memory, memory)
        blocks = min(layers - 1, anatomy.blocks)
        weights, kept = anatomy.device_weights_bytes(layers), anatomy.cache_bytes(context, cache, blocks)
        host = Memory(memory.weights - min(weights, memory.weights), memory.cache - kept, _HOST_BYTES)
        return _Plan(context, cache, layers, memory, host)

    def _gpu_layers(self, context: int, cache: CacheType, memory: Memory) -> int:
        """As many layers as were wished, or as fit on the GPU beside a margin."""
        machine, anatomy = self._machine, self._anatomy
        if not machine.gpus or self._options.gpu_layers == 0:
            return 0
        if self._options.gpu_layers > 0:
            return min(self._options.gpu_layers, anatomy.layers)
        left = machine.gpu_free_bytes - _DEVICE_MARGIN_BYTES * len(machine.gpus) - memory.compute
        layers = 0
        while layers < anatomy.layers:
            blocks = layers  # with one layer more than now
            need = anatomy.device_weights_bytes(layers + 1) + anatomy.cache_bytes(context, cache, blocks)
            if need > left:
                break
            layers += 1
        return layers

    def _comfortable(self, plan: _Plan) -> bool:
        """Whether a plan leaves room for the person's other programs, and for the GPU's other work."""
        if self._judge(plan.host) != "fits" or plan.host.cache > self._machine.available_bytes * _CACHE_SHARE:
            return False
        if plan.gpu_layers:
            most = self._machine.gpu_free_bytes * _CACHE_SHARE
            on_device = plan.memory.cache - plan.host.cache if not self._machine.shares_memory else plan.memory.cache
            if plan.gpu_layers < self._anatomy.layers and plan.context > _CONTEXTS[-1] and self._options.context <= 0:
                return False  # rather more layers on the GPU than a longer context
            return on_device <= most or plan.context <= _CONTEXTS[-1]
        return True

    def _judge(self, host: Memory) -> Verdict:
        machine = self._machine
        held = host.cache + host.compute  # touched at once; weights are mapped, and can be read again
        if held > machine.available_bytes or host.total > machine.total_bytes * _TOTAL_SHARE:
            return "too_large"
        return "fits" if host.total <= machine.available_bytes * _WELL_WITHIN else "tight"

    def _note(self, verdict: Verdict, memory: Memory) -> str:
        machine, plan, name = self._machine, self._plan, self._file.path.name
        free = f"{gigabytes(machine.available_bytes)} of {gigabytes(machine.total_bytes)} are free"
        if verdict == "too_large":
            return f"{name} needs {gigabytes(memory.total)} with a context of {plan.context:,} tokens; {free}."
        if self._options.gpu_layers > 0 and not plan.gpu_layers:
            lack = "finds no GPU" if machine.offloads else "cannot use a GPU"
            return f"This build of llama.cpp {lack}, so all runs on the processor, though a GPU was asked for."
        if self._options.context > self._trained:
            return f"It was trained on {self._trained:,} tokens, so its context is no longer than that."
        if self._options.cache and self._options.cache != plan.cache:
            return "Its KV cache cannot be kept at 8 bits: its heads are too narrow."
        if verdict == "tight":
            return f"It needs {gigabytes(memory.total)}, and {free}: little is left for other programs."
        if machine.unused_gpu and self._options.gpu_layers < 0:
            return (
                f"There is a GPU by {machine.unused_gpu}, but this build of llama.cpp computes on the processor alone; "
                "`familiar doctor` says how to change that."
            )
        if machine.gpus and not plan.gpu_layers and self._options.gpu_layers < 0:
            return f"None of it fits on the GPU ({gigabytes(machine.gpu_free_bytes)} free); the processor runs it."
        if 0 < plan.gpu_layers < self._anatomy.layers and self._options.gpu_layers < 0:
            return (
                f"{plan.gpu_layers} of {self._anatomy.layers} layers fit on the GPU "
                f"({gigabytes(machine.gpu_free_bytes)} free); the rest runs on the processor."
            )
        if plan.cache != "f16" and not self._options.cache:
            return "Its KV cache is kept at 8 bits, because memory is short."
        if plan.context < min(self._trained, _CONTEXTS[-1]) and self._options.context <= 0:
            return f"Its context is only {plan.context:,} tokens, because memory is short."
        return ""


def refuse_what_is_too_large(fit: Fit) -> None:
    """Raise Problem model.memory where the machine cannot hold the model: it would crawl, or be killed."""
    if fit.verdict == "too_large":
        raise Problem(
            "model.memory",
            fit.note,
            "Close other programs, choose a smaller model, or tune this one to a smaller context.",
        )


def gigabytes(size_bytes: int) -> str:
    """A size for a person."""
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 50_000_000 else f"{size_bytes / 1e6:.0f} MB"
