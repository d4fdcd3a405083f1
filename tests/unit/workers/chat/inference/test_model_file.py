"""Every file that is no chat model is refused with its reason, from its header alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from app.base.errors import Problem
from app.workers.chat.inference.model_file import read_model_file
from tests.support.gguf_models import CHATML, TINY, write_header_only, write_random_model, write_successor_model

WORDS: dict[str, Any] = {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": ["a", "b"]}


def _code(path: Path) -> str:
    with pytest.raises(Problem) as caught:
        read_model_file(path)
    assert caught.value.title
    assert caught.value.hint
    return caught.value.code


def test_head_of_a_chat_model(tmp_path: Path) -> None:
    path = write_random_model(tmp_path / "small.gguf", name="Small  Chat\nModel")
    head = read_model_file(path).head
    assert head.name == "Small Chat Model"
    assert (head.architecture, head.context, head.template) == ("qwen2", TINY.context, True)
    assert head.size_bytes == path.stat().st_size
    assert read_model_file(path).template == CHATML


def test_model_without_a_template_is_accepted(tmp_path: Path) -> None:
    assert not read_model_file(write_random_model(tmp_path / "base.gguf", template=None)).head.template


def test_nameless_model_is_called_by_its_file(tmp_path: Path) -> None:
    assert read_model_file(write_random_model(tmp_path / "tiny-chat-Q4.gguf", name=" ")).head.name == "tiny-chat-Q4"


@pytest.mark.parametrize(
    ("architecture", "metadata", "tensor", "code"),
    [
        ("llama", {"general.type": "adapter", "adapter.type": "lora"}, "blk.0.attn_q.weight.lora_a", "model.adapter"),
        ("clip", {"general.type": "mmproj", "clip.has_vision_encoder": True}, "v.patch_embd.weight", "model.projector"),
        ("bert", WORDS, "token_embd.weight", "model.embedder"),
        ("nomic-bert", WORDS, "token_embd.weight", "model.embedder"),
        ("gemma-embedding", WORDS, "token_embd.weight", "model.embedder"),
        ("qwen3", WORDS | {"qwen3.pooling_type": 3}, "token_embd.weight", "model.embedder"),
        ("llada", WORDS, "token_embd.weight", "model.not_chat"),
        ("t5", WORDS, "token_embd.weight", "model.not_chat"),
        ("llama", WORDS, "", "model.no_weights"),
        ("llama", WORDS | {"general.type": "imatrix"}, "blk.0.in_sum2", "model.no_weights"),
        ("flux", {}, "img_in.weight", "model.no_vocabulary"),
        ("llama", {"tokenizer.ggml.model": "no_vocab"}, "token_embd.weight", "model.no_vocabulary"),
        ("", WORDS, "token_embd.weight", "model.corrupt"),
        ("llama\n→ another", WORDS, "token_embd.weight", "model.corrupt"),
        ("bert\x1b[2J", WORDS, "token_embd.weight", "model.corrupt"),
        ("a" * 1_000_000, WORDS, "token_embd.weight", "model.corrupt"),
    ],
)
def test_what_cannot_chat_is_refused(
    architecture: str, metadata: dict[str, Any], tensor: str, code: str, tmp_path: Path
) -> None:
    assert _code(write_header_only(tmp_path / "other.gguf", architecture, metadata, tensor)) == code


def test_files_that_are_missing_damaged_or_nothing_of_the_kind(tmp_path: Path) -> None:
    whole = write_random_model(tmp_path / "whole.gguf").read_bytes()
    cases = {
        "empty.gguf": (b"", "model.truncated"),
        "half.gguf": (whole[: len(whole) // 2], "model.truncated"),
        "almost.gguf": (whole[:-4096], "model.truncated"),
        "wild.gguf": (whole[:16] + b"\xff" * 8 + whole[24:], "model.corrupt"),
        "old.gguf": (whole[:4] + b"\x01" + whole[5:], "model.version"),
        "page.gguf": (b"<!doctype html><title>404</title>", "model.not_gguf"),
    }
    for name, (data, code) in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        assert _code(path) == code, name
    assert _code(tmp_path / "gone.gguf") == "model.missing"
    assert _code(tmp_path) == "model.not_gguf"
    assert _code(tmp_path / "whole.gguf" / "below") == "model.unreadable"
    assert _code(Path("zero\0byte.gguf")) == "model.unreadable"


def test_file_with_newline_and_emoji_in_its_name_is_read(tmp_path: Path) -> None:
    assert read_model_file(write_random_model(tmp_path / "a\nb 🦙.gguf", name="")).head.name == "a\nb 🦙"


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's here")
def test_unreadable_file_is_said_to_be_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_random_model(tmp_path / "locked.gguf")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may open everything
    assert _code(path) == "model.unreadable"


def test_parts_of_a_split_model_are_asked_for(tmp_path: Path) -> None:
    def part(number: int, count: int = 3, name: str = "") -> Path:
        path = tmp_path / (name or f"big-{number:05}-of-{count:05}.gguf")
        split = {"split.no": number - 1, "split.count": count, "split.tensors.count": count}
        return write_header_only(path, "llama", (WORDS if number == 1 else {}) | split, f"t{number}")

    first, second = part(1), part(2)
    assert _code(first) == "model.part_missing"
    third = part(3)
    assert read_model_file(first).head.size_bytes == sum(path.stat().st_size for path in (first, second, third))
    assert _code(second) == "model.not_first_part"
    assert _code(part(1, name="renamed.gguf")) == "model.part_missing"


def test_head_tells_size_quantisation_layers_and_licence(tmp_path: Path) -> None:
    plain = read_model_file(write_random_model(tmp_path / "plain.gguf"))
    assert (plain.head.layers, plain.head.quantisation, plain.head.licence) == (TINY.layers, "F32", "")
    assert plain.head.parameters == sum(tensor.values for tensor in plain.tensors) > 100_000
    extra = {"general.license": "apache-2.0\x1b[31m", "general.file_type": 15}
    named = read_model_file(write_successor_model(tmp_path / "named.gguf", ["a", "b"], extra=extra))
    assert (named.head.quantisation, named.head.licence) == ("Q4_K_M", "apache-2.0[31m")


def test_model_on_a_drive_that_is_not_connected_is_said_to_lie_there(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read_model_file(tmp_path / "drive" / "models" / "m.gguf")
    assert caught.value.code == "model.missing"
    assert "Connect the drive" in caught.value.hint
