"""What the worker answers where llama.cpp is absent, broken, or has no model."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import pytest

from app.base.calls import Call
from app.base.chat import ChatBackends, ChatMessage, CountTokens, Generate, LoadModel, ProbeModel
from app.base.errors import Problem
from app.workers.chat.inference.llama import Device, Llama
from app.workers.chat.main import ChatWorker
from tests.support.gguf_models import write_random_model

Answer = Callable[[Call[Any]], Any]


class _Nobody:
    """A caller who listens to nothing and never cancels."""

    cancelled = False

    def emit(self, name: str, body: object = None) -> None:
        pass

    def on_cancel(self, callback: Callable[[], None]) -> None:
        pass


@pytest.fixture
def answer() -> Answer:
    """Answers a call as a fresh worker does."""
    handlers = ChatWorker().handlers()
    return lambda call: handlers[type(call)](call, _Nobody())  # type: ignore[arg-type]  # all that handlers use of it


def _break(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> None:
    """Make llama_cpp absent, or fail to load with `error`."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "llama_cpp"]:
        monkeypatch.delitem(sys.modules, name)
    if error is None:
        monkeypatch.setitem(sys.modules, "llama_cpp", None)
        return

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("importlib.import_module", fail)


BREAKS = [
    None,
    ImportError("libgomp.so.1: cannot open shared object file"),
    RuntimeError("Failed to load shared library"),
    FileNotFoundError("Shared library with base name 'llama' not found"),
    AttributeError("undefined symbol: llama_version"),
]


@pytest.mark.parametrize("error", BREAKS, ids=lambda error: type(error).__name__)
def test_absent_or_broken_library_is_a_problem_and_a_line_of_doctor(
    error: Exception | None, answer: Answer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    path = str(write_random_model(tmp_path / "m.gguf"))
    _break(monkeypatch, error)
    question = [ChatMessage(role="user", content="Hi")]
    for call in (LoadModel(path=path), CountTokens(texts=["a"]), Generate(messages=question)):
        with pytest.raises(Problem) as caught:
            answer(call)
        assert caught.value.code == "chat.not_installed"
    (line,) = answer(ChatBackends())
    assert line.level == "warning"
    assert line.hint
    if error is not None:
        assert str(error) in line.text
    assert answer(ProbeModel(path=path)).architecture == "qwen2"


def test_without_a_model_there_is_a_problem(answer: Answer, llama: Llama) -> None:
    for call in (CountTokens(texts=["a"]), Generate(messages=[])):
        with pytest.raises(Problem) as caught:
            answer(call)
        assert caught.value.code == "chat.no_model"


def test_backends_name_version_processor_and_gpu(answer: Answer, llama: Llama) -> None:
    lines = {line.name: line for line in answer(ChatBackends())}
    assert llama.version in lines["llama.cpp"].text
    assert "thread" in lines["processor"].text
    assert "GPU" in lines
    (processor,) = [device for device in llama.devices() if device.kind == "cpu"]
    assert processor.total_bytes > 1 << 28


def test_gpu_is_shown_with_its_memory_and_its_absence_is_a_warning(
    answer: Answer, llama: Llama, monkeypatch: pytest.MonkeyPatch
) -> None:
    processors = [device for device in llama.devices() if not device.is_gpu]
    monkeypatch.setattr(Llama, "offloads", True)
    monkeypatch.setattr(Llama, "devices", lambda _: processors)
    line = next(line for line in answer(ChatBackends()) if line.name == "GPU")
    assert line.level == "warning"
    cards = [*processors, Device("CUDA0", "A card", "gpu", 6 * 10**9, 8 * 10**9)]
    monkeypatch.setattr(Llama, "devices", lambda _: cards)
    line = next(line for line in answer(ChatBackends()) if line.name == "GPU")
    assert (line.level, line.text) == ("ok", "A card (CUDA0), 6.0 GB free of 8.0 GB")


def test_complaints_are_kept_and_nothing_else_of_the_log(llama: Llama) -> None:
    llama.complaints()
    log = llama._callback
    for level, text in ((2, b"loaded meta data\n"), (4, b"bad "), (5, b"tensor\n"), (2, b"more"), (5, b" data\n")):
        log(level, text, ctypes.c_void_p())
    assert llama.complaints() == "bad tensor\n"
    assert llama.complaints() == ""
