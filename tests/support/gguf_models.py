"""Small GGUF files with known behaviour, written by the `gguf` package: chat models, and files that are none.

`write_successor_model` makes a model that writes a given text: attention and feed-forward are zero, so that the last
token alone decides the next one. `write_random_model` has random weights. Nothing here is a trained model.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
END = "<|im_end|>"
_THINKING = ("<think>", "</think>")
_BYTES = 256
_NORMAL, _CONTROL, _USER_DEFINED = (
    int(gguf.TokenType.NORMAL), int(gguf.TokenType.CONTROL), int(gguf.TokenType.USER_DEFINED),
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """Dimensions of a model. vocabulary: tokens, specials included."""

    layers: int = 2
    width: int = 64
    heads: int = 4
    kv_heads: int = 2
    feed_forward: int = 128
    vocabulary: int = 600
    context: int = 4096


TINY = Shape()
HALF_BILLION = Shape(24, 896, 14, 2, 4864, 151_936, 32_768)
"""The dimensions of Qwen2.5-0.5B."""


@dataclass(frozen=True)
class Vocabulary:
    """A byte-level BPE vocabulary: the 256 bytes, then merges, then the special tokens."""

    tokens: list[str]
    merges: list[str]
    types: list[int]

    def id(self, token: str) -> int:
        """The id of a token, given as it is written ("Ġ" for a space)."""
        return self.tokens.index(token)


def byte_letters() -> list[str]:
    """The letter that stands for each byte in a byte-level BPE vocabulary (GPT-2's table)."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters, extra = {byte: chr(byte) for byte in plain}, 0
    for byte in range(_BYTES):
        if byte not in letters:
            letters[byte] = chr(_BYTES + extra)
            extra += 1
    return [letters[byte] for byte in range(_BYTES)]


@cache
def vocabulary(size: int = 600) -> Vocabulary:
    """A vocabulary of `size` tokens; its merges are drawn at random among lower-case words, alike at every call."""
    tokens = byte_letters()
    rng = np.random.default_rng(0)
    pool = [*"abcdefghijklmnopqrstuvwxyz", "Ġ"]
    known, merges = set(tokens), []
    wanted = size - len(SPECIAL) - len(_THINKING)
    while len(tokens) < wanted:
        for left, right in rng.integers(0, len(pool), (4096, 2)).tolist():
            first, second = pool[left], pool[right]
            both = first + second
            if both not in known and len(both) <= 9 and not second.startswith("Ġ"):
                known.add(both)
                tokens.append(both)
                pool.append(both)
                merges.append(f"{first} {second}")
                if len(tokens) == wanted:
                    break
    types = [_NORMAL] * len(tokens) + [_CONTROL] * len(SPECIAL) + [_USER_DEFINED] * len(_THINKING)
    return Vocabulary([*tokens, *SPECIAL, *_THINKING], merges, types)


def write_random_model(
    path: Path, shape: Shape = TINY, *, template: str | None = CHATML, name: str = "Random", quantised: bool = False
) -> Path:
    """A Qwen2-shaped model of random weights; `quantised` writes Q8_0. Returns `path`."""
    writer, vocab = begin_model(path, "qwen2", shape, template, name)
    rng = np.random.default_rng(1)
    size = len(vocab.tokens)
    kv_width = shape.width // shape.heads * shape.kv_heads

    def matrix(label: str, rows: int, columns: int) -> None:
        if quantised:
            writer.add_tensor(label, _random_q8(rng, rows, columns), raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(label, rng.standard_normal((rows, columns), dtype=np.float32) * np.float32(0.05))

    matrix("token_embd.weight", size, shape.width)
    writer.add_tensor("output_norm.weight", np.ones(shape.width, np.float32))
    for layer in range(shape.layers):
        lead = f"blk.{layer}."
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{lead}{norm}.weight", np.ones(shape.width, np.float32))
        for part, rows in (("q", shape.width), ("k", kv_width), ("v", kv_width)):
            matrix(f"{lead}attn_{part}.weight", rows, shape.width)
            writer.add_tensor(f"{lead}attn_{part}.bias", np.zeros(rows, np.float32))
        matrix(f"{lead}attn_output.weight", shape.width, shape.width)
        matrix(f"{lead}ffn_gate.weight", shape.feed_forward, shape.width)
        matrix(f"{lead}ffn_up.weight", shape.feed_forward, shape.width)
        matrix(f"{lead}ffn_down.weight", shape.width, shape.feed_forward)
    return _finish(writer, path)


def write_successor_model(
    path: Path,
    chain: Sequence[str],
    *,
    template: str | None = CHATML,
    name: str = "Successor",
    context: int = 4096,
    pre: str = "qwen2",
    extra: Mapping[str, Any] | None = None,
) -> Path:
    """A model that answers any prompt ending in chain[0] with chain[1:], token by token. Returns `path`.

    chain: tokens of the vocabulary, each at most once but the last, which may repeat an earlier one and so makes the
    text go round for ever. pre: how llama.cpp splits text into words. extra: further metadata.
    """
    vocab = vocabulary(300)
    size, width = len(vocab.tokens), 320
    shape = Shape(1, width, 4, 4, 32, size, context)
    writer, vocab = begin_model(path, "llama", shape, template, name, pre)
    for key, value in (extra or {}).items():
        writer.add_key_value(key, value, gguf.GGUFValueType.get_type(value))
    embedding = np.zeros((size, width), np.float32)
    embedding[np.arange(size), np.arange(size)] = 1.0
    output = np.zeros((size, width), np.float32)
    for token, after in pairwise(chain):
        output[vocab.id(after), vocab.id(token)] = 1.0
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", output)
    for norm in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{norm}.weight", np.ones(width, np.float32))
    for part in ("q", "k", "v", "output"):
        writer.add_tensor(f"blk.0.attn_{part}.weight", np.zeros((width, width), np.float32))
    for part, size_of in (("gate", (32, width)), ("up", (32, width)), ("down", (width, 32))):
        writer.add_tensor(f"blk.0.ffn_{part}.weight", np.zeros(size_of, np.float32))
    return _finish(writer, path)


def write_windowed_model(path: Path) -> Path:
    """A random Gemma 3 with a sliding window of 64 tokens. Returns `path`."""
    writer, _ = begin_model(path, "gemma3", TINY, CHATML, "Windowed")
    writer.add_key_length(16)
    writer.add_value_length(16)
    writer.add_sliding_window(64)
    rng = np.random.default_rng(2)
    _add_random(writer, rng, {"token_embd": (TINY.vocabulary, TINY.width)}, {"output_norm": TINY.width})
    for layer in range(TINY.layers):
        norms = dict.fromkeys(("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"), TINY.width)
        _add_random(writer, rng, _ATTENTION | _FEED_FORWARD, norms | _HEAD_NORMS, f"blk.{layer}.")
    return _finish(writer, path)


def write_hybrid_model(path: Path) -> Path:
    """A random LFM2: every other layer is a short convolution, whose state cannot be rewound. Returns `path`."""
    layers = 4
    writer, _ = begin_model(path, "lfm2", Shape(layers=layers), CHATML, "Hybrid", kv_heads=[0, 2, 0, 2])
    writer.add_uint32("lfm2.shortconv.l_cache", 3)
    rng = np.random.default_rng(3)
    width = TINY.width
    _add_random(writer, rng, {"token_embd": (TINY.vocabulary, width)}, {"token_embd_norm": width})
    convolution = {
        "shortconv.conv": (width, 3), "shortconv.in_proj": (3 * width, width), "shortconv.out_proj": (width, width),
    }  # fmt: skip
    norms = {"attn_norm": width, "ffn_norm": width}
    for layer in range(layers):
        lead = f"blk.{layer}."
        if layer % 2:
            _add_random(writer, rng, _ATTENTION | _FEED_FORWARD, norms | _HEAD_NORMS, lead)
        else:
            _add_random(writer, rng, convolution | _FEED_FORWARD, norms, lead)
    return _finish(writer, path)


def write_with_template(path: Path, source: Path, template: str) -> Path:
    """A copy of a model with another chat template. Returns `path`."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(path, reader.fields["general.architecture"].contents())
    for field in reader.fields.values():
        if not field.name.startswith("GGUF.") and field.name not in ("general.architecture", "tokenizer.chat_template"):
            writer.add_key_value(field.name, field.contents(), field.types[0], field.types[-1])
    writer.add_chat_template(template)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    return _finish(writer, path)


def write_with_token(path: Path, source: Path, token: str, text: str) -> Path:
    """A copy of a model in which a token has another text. Returns `path`."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(path, reader.fields["general.architecture"].contents())
    for field in reader.fields.values():
        if not field.name.startswith("GGUF.") and field.name != "general.architecture":
            value = field.contents()
            if field.name == "tokenizer.ggml.tokens":
                value = [text if one == token else one for one in value]
            writer.add_key_value(field.name, value, field.types[0], field.types[-1])
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    return _finish(writer, path)


def spelled(text: str) -> list[str]:
    """The byte tokens of a text, for a chain."""
    letters = byte_letters()
    return [letters[byte] for byte in text.encode()]


def write_header_only(path: Path, architecture: str, metadata: Mapping[str, Any], tensor: str = "") -> Path:
    """A GGUF file of an architecture and some metadata, with one small tensor if named. Returns `path`."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in metadata.items():
        writer.add_key_value(key, value, gguf.GGUFValueType.get_type(value))
    if tensor:
        writer.add_tensor(tensor, np.zeros((4, 32), np.float32))
    return _finish(writer, path)


def half_billion_model() -> Path:
    """A random Q8_0 model of 0.5B's shape (some 530 MB), made once and kept in the system's temporary folder."""
    owner = os.getuid() if hasattr(os, "getuid") else 0
    path = Path(tempfile.gettempdir()) / f"familiar-bench-{owner}" / "half-billion.gguf"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = path.with_suffix(".part")
        write_random_model(part, HALF_BILLION, name="Half billion", quantised=True)
        part.replace(path)
    return path


def begin_model(
    path: Path,
    architecture: str,
    shape: Shape,
    template: str | None,
    name: str,
    pre: str = "qwen2",
    kv_heads: int | list[int] | None = None,
) -> tuple[gguf.GGUFWriter, Vocabulary]:
    """A writer with a model's metadata, to which only tensors are to be added, and its vocabulary."""
    vocab = vocabulary(shape.vocabulary)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name(name)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(kv_heads or shape.kv_heads)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(vocab.tokens)
    writer.add_token_merges(vocab.merges)
    writer.add_token_types(vocab.types)
    writer.add_eos_token_id(vocab.id(END))
    writer.add_bos_token_id(vocab.id("<|endoftext|>"))
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)
    return writer, vocab


_ATTENTION = {"attn_q": (64, 64), "attn_k": (32, 64), "attn_v": (32, 64), "attn_output": (64, 64)}
_FEED_FORWARD = {"ffn_gate": (128, 64), "ffn_up": (128, 64), "ffn_down": (64, 128)}
_HEAD_NORMS = {"attn_q_norm": 16, "attn_k_norm": 16}


def _add_random(
    writer: gguf.GGUFWriter,
    rng: np.random.Generator,
    matrices: Mapping[str, tuple[int, int]],
    norms: Mapping[str, int],
    lead: str = "",
) -> None:
    for name, shape in matrices.items():
        writer.add_tensor(f"{lead}{name}.weight", rng.standard_normal(shape, dtype=np.float32) * np.float32(0.3))
    for name, width in norms.items():
        writer.add_tensor(f"{lead}{name}.weight", np.ones(width, np.float32))


def _random_q8(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.uint8]:
    blocks = rows * columns // 32
    data = np.empty((blocks, 34), np.uint8)
    data[:, :2] = np.frombuffer(np.float16(0.0003).tobytes(), np.uint8)
    data[:, 2:] = np.frombuffer(rng.bytes(blocks * 32), np.uint8).reshape(blocks, 32)
    return data.reshape(rows, columns // 32 * 34)


def _finish(writer: gguf.GGUFWriter, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
