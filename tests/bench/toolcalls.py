"""Forced tool calls on random weights: do all parse and validate, and what does holding them to a grammar cost.

The calls go through the worker's process, over the schemas of AgentDojo and nested ones, in several dialects. Masks are
measured with the vocabulary of the 0.5B model, at tokens drawn at random; the cost of a token on that model, where each
is drawn freely and under a constraint, so that the machine's load falls on both alike.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np

from app.base.chat import ChatMessage, Generate, Generated, LoadModel, LoadOptions, ToolSpec
from app.link.workers import Worker
from app.workers.chat.inference.llama import open_llama
from app.workers.chat.inference.loading import load_model
from app.workers.chat.inference.model import Model
from app.workers.chat.inference.model_file import read_model_file
from app.workers.chat.inference.sampler import Sampler
from app.workers.chat.tool_calls.constraint import Constrainer
from app.workers.chat.tool_calls.dialect import build_dialect
from app.workers.chat.vocabulary import Vocabulary
from tests.bench.report import Report
from tests.support.forced_calls import agentdojo_tools, nested_tools, with_short_texts
from tests.support.gguf_models import Shape, half_billion_model, write_random_model
from tests.support.yardsticks import yardsticks_folder

CALLS, NESTED, ROUNDS, WALKS = 1000, 100, 7, 40
DIALECTS = (
    "Qwen-Qwen3-0.6B", "Qwen3.5-4B", "meta-llama-Llama-3.2-3B-Instruct", "google-gemma-4-31B-it", "GLM-4.6",
    "mistralai-Ministral-3-14B-Reasoning-2512", "deepseek-ai-DeepSeek-V3.1", "openai-gpt-oss-120b", "LFM2.5-8B-A1B",
    "microsoft-Phi-3.5-mini-instruct",
)  # fmt: skip
WANTED_MASK_MS, WANTED_COST = 0.3, 1.03
MOST_TOKENS, CONTEXT = 1500, 16_384
WRITER = ToolSpec(
    name="write_note",
    description="Write a note",
    parameters={
        "type": "object",
        "properties": {"text": {"type": "string", "minLength": 500, "maxLength": 600}},
        "required": ["text"],
        "additionalProperties": False,
    },
)


def run() -> int:
    """Measure and print; 0 if every bound holds."""
    report = Report("toolcalls")
    tools = [with_short_texts(tool) for tool in agentdojo_tools(yardsticks_folder())]
    with tempfile.TemporaryDirectory() as folder:
        _forced(report, "AgentDojo's tools", tools, CALLS, Path(folder))
        _forced(report, "nested tools", nested_tools(NESTED), NESTED, Path(folder))
    _masks(report)
    _cost(report)
    return report.end()


# ---- every call parses and validates --------------------------------------------------------------------------------


def _forced(report: Report, name: str, tools: list[ToolSpec], calls: int, folder: Path) -> None:
    good = done = 0
    begun = time.perf_counter()
    for at, dialect in enumerate(DIALECTS):
        template = (yardsticks_folder() / "llama" / "templates" / f"{dialect}.jinja").read_text("utf-8")
        path = folder / f"{dialect}.gguf"
        if not path.exists():
            write_random_model(path, Shape(context=CONTEXT), template=template)
        with _worker(path, CONTEXT) as worker:
            for number in range(at, calls, len(DIALECTS)):
                tool = tools[number // len(DIALECTS) % len(tools)] if len(tools) < calls else tools[number]
                result = _force(worker, tool, seed=number)
                done += 1
                if _is_good(result, tool):
                    good += 1
                else:
                    report.note(f"{dialect}, {tool.name}: {result.reason} {result.refused} {result.cut_call}")
    seconds = time.perf_counter() - begun
    report.note(f"{done} forced calls of {name} in {len(DIALECTS)} dialects: {seconds:.0f} s")
    report.figure(f"{name}, calls that parse and validate", [100 * good / done], "%", at_least=100)


def _force(worker: Worker, tool: ToolSpec, seed: int, most: int = MOST_TOKENS) -> Generated:
    question = [ChatMessage(role="user", content="Do it")]
    return worker.call(
        Generate(messages=question, tools=(tool,), force=tool.name, max_tokens=most, temperature=1.0, seed=seed)
    )


def _is_good(result: Generated, tool: ToolSpec) -> bool:
    if result.reason != "call" or len(result.calls) != 1 or result.refused or result.cut_call:
        return False
    (call,) = result.calls
    return call.name == tool.name and jsonschema.Draft202012Validator(tool.parameters).is_valid(call.arguments)


@contextmanager
def _worker(path: Path, context: int) -> Iterator[Worker]:
    worker = Worker("chat")
    try:
        worker.call(LoadModel(path=str(path), options=LoadOptions(context=context)))
        yield worker
    finally:
        worker.stop()


# ---- what a mask takes ----------------------------------------------------------------------------------------------


def _masks(report: Report) -> None:
    api = open_llama().api
    params = api.llama_model_default_params()
    params.vocab_only = True
    model = api.llama_model_load_from_file(os.fsencode(half_billion_model()), params)
    vocabulary = Vocabulary(api, api.llama_model_get_vocab(model))
    constrainer = Constrainer(vocabulary)
    begun = time.perf_counter()
    constrainer.prepare()
    report.figure(f"preparing {vocabulary.size} tokens", [time.perf_counter() - begun], "s")
    tools = agentdojo_tools(yardsticks_folder())
    taken: list[float] = []
    for dialect in DIALECTS:
        template = (yardsticks_folder() / "llama" / "templates" / f"{dialect}.jinja").read_text("utf-8")
        times = _walk(constrainer, build_dialect(template, "", "").syntax, tools)
        report.figure(f"mask, {dialect}, 95th percentile", [float(np.percentile(times, 95))], "ms")
        taken += times
    report.figure("mask, median", [statistics.median(taken)], "ms")
    report.figure("mask, 95th percentile", [float(np.percentile(taken, 95))], "ms", at_most=WANTED_MASK_MS)
    api.llama_model_free(model)


def _walk(constrainer: Constrainer, syntax: Any, tools: list[ToolSpec]) -> list[float]:
    """Milliseconds of each mask along calls whose tokens are drawn at random among the legal ones."""
    times = []
    for number in range(WALKS):
        rng = np.random.default_rng(number)
        constraint = constrainer.begin(syntax, tools)
        assert constraint is not None
        for _ in range(60):
            if constraint.over:
                break
            begun = time.perf_counter()
            legal = constraint.legal()
            times.append((time.perf_counter() - begun) * 1000)
            assert constraint.take(int(rng.choice(np.flatnonzero(legal))))
    return times


# ---- what a token costs more ----------------------------------------------------------------------------------------


def _cost(report: Report) -> None:
    """In this process, token by token: drawn freely, drawn again under the constraint, read by the model."""
    options = LoadOptions(context=2048)
    model, _ = load_model(
        open_llama(),
        read_model_file(half_billion_model()),
        options,
        on_progress=lambda _: None,
        cancelled=lambda: False,
    )
    free: list[float] = []
    held: list[float] = []
    try:
        for number in range(-1, ROUNDS):  # one to warm up
            plain, more = _written(model, seed=number + 1)
            if number >= 0:
                free.append(plain)
                held.append(plain + more)
    finally:
        model.close()
    report.figure("a free token", free, "ms")
    report.figure("a token under a constraint", held, "ms")
    ratios = [one / other for one, other in zip(held, free, strict=True)]
    report.figure("a token under a constraint, ratio", ratios, "", at_most=WANTED_COST)


def _written(model: Model, seed: int) -> tuple[float, float]:
    """Milliseconds a token of a forced call: drawn freely and read; and what constraint and parser take more."""
    prompt = model.prompt([ChatMessage(role="user", content="Do it")], [WRITER])
    constraint = model.constraint(prompt, [WRITER], force=WRITER.name)
    assert constraint is not None
    parser = model.parser(prompt, [WRITER], WRITER.name)
    model.session.reuse(prompt.tokens)
    model.session.read(prompt.tokens, lambda _: None)
    plain = more = 0.0
    count = 0
    with Sampler(model.api, model.vocabulary, temperature=1.0, seed=seed) as sampler:
        while not constraint.over:
            times = [time.perf_counter()]
            sampler.draw(model.session.handle)
            times.append(time.perf_counter())
            token = sampler.draw_legal(model.session.handle, constraint)
            if token is None:
                break
            parser.feed(model.piece(token))
            times.append(time.perf_counter())
            model.session.append(token)
            times.append(time.perf_counter())
            drawn, legal, read = (until - since for since, until in pairwise(times))
            plain, more, count = plain + drawn + read, more + legal - drawn, count + 1
    parser.finish()
    assert len(parser.calls) == 1, "the call was not whole"
    return plain / count * 1000, more / count * 1000
