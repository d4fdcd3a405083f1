"""A chat model on a graphics card: skipped where there is none, or where llama.cpp is not compiled for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from app.base.chat import ChatBackends, FitModel, LoadModel, LoadOptions
from app.base.index_values import Check
from app.link.workers import Worker
from tests.support.chat_worker import Chat
from tests.support.gguf_models import END, Shape, spelled, write_random_model, write_successor_model

STORY = "some words of a story " * 60


@pytest.fixture(scope="module")
def gpu() -> str:
    """The name of the graphics card."""
    worker = Worker("chat")
    try:
        checks = worker.call(ChatBackends())
    finally:
        worker.stop()
    return _gpu_among(checks)


def _gpu_among(checks: list[Check]) -> str:
    named = [check.text for check in checks if check.name == "GPU" and check.level == "ok"]
    if not named:
        pytest.skip("needs a graphics card, and llama.cpp compiled for it (--backend auto)")
    return named[0]


@pytest.fixture
def chat(gpu: str) -> Iterator[Chat]:
    chat = Chat(Worker("chat"))
    yield chat
    chat.worker.stop()


@pytest.mark.parametrize(("wished", "on_card"), [(-1, 2), (2, 2), (1, 1), (0, 0)])
def test_model_writes_the_same_wherever_its_layers_lie(
    chat: Chat, gpu: str, tmp_path: Path, wished: int, on_card: int
) -> None:
    model = write_successor_model(tmp_path / "m.gguf", ["Ċ", *spelled("card"), END])
    loaded = chat.load(model, gpu_layers=wished)
    assert (loaded.gpu_layers, loaded.layers) == (on_card, 2)
    assert (loaded.backend != "cpu") == (on_card > 0)
    assert loaded.backend == "cpu" or loaded.backend in gpu
    assert not loaded.note
    assert chat.ask("Hello").text == "card"


def test_plan_puts_all_of_a_small_model_on_the_card(chat: Chat, tmp_path: Path) -> None:
    model = write_random_model(tmp_path / "m.gguf", Shape(layers=6))
    for confirm in (False, True):
        fit = chat.call(FitModel(path=str(model), options=LoadOptions(context=2048), confirm=confirm))
        assert (fit.verdict, fit.gpu_layers, fit.layers, fit.note) == ("fits", 7, 7, "")


@pytest.mark.parametrize("cache", ["f16", "q8_0"])
@pytest.mark.parametrize(("layers", "on_card"), [(-1, 5), (3, 3), (0, 0)])
def test_state_read_on_the_card_serves_the_next_worker(
    gpu: str, tmp_path: Path, cache: Literal["f16", "q8_0"], layers: int, on_card: int
) -> None:
    """Wherever that one has its layers."""
    model = write_random_model(tmp_path / "m.gguf", Shape(layers=4, width=256, heads=4, kv_heads=2, feed_forward=512))
    said: list[str] = [STORY]
    kept: list[int] = []
    held: list[int] = []
    for wished in (-1, layers):
        chat = Chat(Worker("chat"))
        try:
            options = LoadOptions(context=2048, threads=1, gpu_layers=wished, cache=cache)
            loaded = chat.call(LoadModel(path=str(model), options=options, states=str(tmp_path / "states")))
            answer = chat.ask(*said, conversation=1, max_tokens=8)
        finally:
            chat.worker.stop()
        usage = answer.result.usage
        assert loaded.gpu_layers == (5 if wished < 0 else wished)
        assert usage.generated_tokens == 8
        kept.append(usage.reused_tokens)
        held.append(usage.prompt_tokens + usage.generated_tokens - 1)
        said += [answer.text, "And?"]
    assert loaded.gpu_layers == on_card
    assert kept == [0, held[0]]
