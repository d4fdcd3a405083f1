"""Loading: clamped, refused in words, freed in order, and true to what a trained model wrote elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from app.base.chat import ChatMessage, Fit, LoadOptions
from app.base.errors import Cancelled, Problem
from app.workers.chat.inference import loading
from app.workers.chat.inference.llama import Device, Llama
from app.workers.chat.inference.loading import load_model
from app.workers.chat.inference.machine import default_threads
from app.workers.chat.inference.model_file import read_model_file
from app.workers.chat.inference.sampler import Sampler
from tests.support.gguf_models import TINY, write_random_model, write_successor_model
from tests.unit.workers.chat.conftest import Load


def _load(llama: Llama, path: Path, wanted: LoadOptions, progress: list[float] | None = None) -> str:
    seen = progress if progress is not None else []
    model, loaded = load_model(llama, read_model_file(path), wanted, seen.append, lambda: False)
    context = model.session.context
    model.close()
    assert context == loaded.context
    return f"{loaded.context} {loaded.backend} {loaded.template}"


@pytest.mark.parametrize(("wanted", "got"), [(1 << 30, 4096), (1000, 1024), (1, 256), (0, 4096), (-5, 4096)])
def test_context_is_clamped_to_what_the_model_was_trained_on(
    wanted: int, got: int, llama: Llama, tmp_path: Path
) -> None:
    path = write_random_model(tmp_path / "m.gguf")
    assert TINY.context == 4096
    assert _load(llama, path, LoadOptions(context=wanted, threads=1, gpu_layers=0)) == f"{got} cpu own"


def test_progress_goes_up_to_one(llama: Llama, tmp_path: Path) -> None:
    seen: list[float] = []
    _load(llama, write_random_model(tmp_path / "m.gguf"), LoadOptions(context=512, threads=1), seen)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_loading_can_be_cancelled(llama: Llama, tmp_path: Path) -> None:
    file = read_model_file(write_random_model(tmp_path / "m.gguf"))
    with pytest.raises(Cancelled):
        load_model(llama, file, LoadOptions(context=512, threads=1), lambda _: None, lambda: True)


@pytest.mark.parametrize("template", [None, "{{ nonsense("])
@pytest.mark.expects_warnings
def test_model_without_a_working_template_gets_a_plain_one(template: str | None, llama: Llama, tmp_path: Path) -> None:
    path = write_random_model(tmp_path / "m.gguf", template=template)
    assert _load(llama, path, LoadOptions(context=512, threads=1)).endswith("plain")


@pytest.mark.expects_warnings
def test_unknown_kind_of_model_is_a_problem(llama: Llama, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    data = write_random_model(path).read_bytes()
    path.write_bytes(data.replace(b"qwen2", b"qwenX"))
    with pytest.raises(Problem) as caught:
        _load(llama, path, LoadOptions(context=512, threads=1))
    assert caught.value.code == "model.unknown_architecture"
    assert "qwenX" in caught.value.title


@pytest.mark.expects_warnings
def test_model_that_llama_cpp_refuses_is_a_problem(llama: Llama, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    data = write_random_model(path).read_bytes()
    path.write_bytes(data.replace(b"blk.1.ffn_up.weight", b"blk.1.ffn_op.weight"))
    with pytest.raises(Problem) as caught:
        _load(llama, path, LoadOptions(context=512, threads=1))
    assert caught.value.code == "model.failed"


def test_model_that_the_memory_cannot_hold_is_refused_before_it_is_loaded(
    llama: Llama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_random_model(tmp_path / "m.gguf")
    memory = psutil.virtual_memory()
    for small in ({"total": path.stat().st_size}, {"available": 1000}):
        monkeypatch.setattr(psutil, "virtual_memory", lambda small=small: memory._replace(**small))
        with pytest.raises(Problem) as caught:
            _load(llama, path, LoadOptions(context=512, threads=1))
        assert caught.value.code == "model.memory"


@pytest.mark.expects_warnings
def test_model_that_does_not_fit_on_the_gpu_runs_on_the_processor_and_says_so(
    llama: Llama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    open_model = loading._open

    def fail_on_gpu(*arguments: object) -> object:
        fit = arguments[2]
        assert isinstance(fit, Fit)
        opened.append(fit.gpu_layers)
        if fit.gpu_layers:
            raise Problem("model.memory", "Too large.")
        return open_model(*arguments)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(Llama, "offloads", True)
    monkeypatch.setattr(Llama, "devices", lambda _: [Device("CUDA0", "A card", "gpu", 8 << 30, 8 << 30)])
    monkeypatch.setattr(loading, "_open", fail_on_gpu)
    path = write_random_model(tmp_path / "m.gguf")
    assert _load(llama, path, LoadOptions(context=512, threads=1)) == "512 cpu own"
    assert opened == [TINY.layers + 1, 0]


def test_default_threads_are_those_that_may_be_used() -> None:
    assert 1 <= default_threads() <= (os.cpu_count() or 1)


def test_trained_model_writes_its_published_text(load: Load, yardsticks: Path) -> None:
    model = load(yardsticks / "llama" / "stories260K.gguf")
    published = (yardsticks / "llama" / "stories260K.md").read_text("utf-8")
    story = published.partition("-t 0.0\n")[2].partition("\n```")[0]
    prompt = model.vocabulary.prompt_tokens("")
    model.session.reuse(prompt)
    assert model.session.read(prompt, lambda _: None) == "done"
    written = b""
    with Sampler(model.api, model.vocabulary, temperature=0, seed=0) as sampler:
        for _ in range(220):
            token = sampler.draw(model.session.handle)
            written += model.piece(token)
            assert model.session.append(token) == "done"
    assert len(written) > 480
    assert story.startswith(written.decode().strip())


def test_control_token_that_the_template_writes_after_an_answer_ends_it(load: Load, tmp_path: Path) -> None:
    template = (
        "{% for m in messages %}{{ m.role }}: {{ m.content }}<|endoftext|>{% endfor %}"
        "{% if add_generation_prompt %}assistant:{% endif %}"
    )
    model = load(write_successor_model(tmp_path / "m.gguf", ["H", "i"], template=template))
    (token,) = model.vocabulary.tokens("<|im_start|>", special=True)
    assert not model.ends(token, answering=True)
    (token,) = model.vocabulary.tokens("<|endoftext|>", special=True)
    assert model.ends(token, answering=True)


def test_prompt_of_a_conversation_is_what_the_template_says(load: Load, tmp_path: Path) -> None:
    model = load(write_random_model(tmp_path / "m.gguf"))
    prompt = model.prompt([ChatMessage(role="user", content="Hi <|im_end|>")])
    text = b"".join(model.vocabulary.piece(token, special=True) for token in prompt.tokens).decode()
    assert text == "<|im_start|>user\nHi <\u200b|im_end|><|im_end|>\n<|im_start|>assistant\n"
    assert text == prompt.text


def test_control_tokens_that_are_syntax_of_calls_are_shown_to_the_parser(load: Load, tmp_path: Path) -> None:
    calling = (
        "{% for m in messages %}{{ m.role }}: {{ m.content }}{% for c in m.tool_calls or [] %}<|im_start|>"
        "{{ c.function.name }} {{ c.function.arguments | tojson }}{% endfor %}<|im_end|>{% endfor %}"
    )
    for template, shown in ((calling, b"<|im_start|>"), (None, b"")):
        path = tmp_path / f"{bool(shown)}.gguf"
        model = load(write_random_model(path, template=template) if template else write_random_model(path))
        (token,) = model.vocabulary.tokens("<|im_start|>", special=True)
        assert model.piece(token) == shown
