"""Models of five architectures whose weights are holes in the file: their memory is real, their bytes are all zero.

They cost no disk, so that a model of any size can be fitted, planned and (without reading its weights) loaded. Nothing
that they would write means anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np

from tests.support.gguf_models import CHATML, HALF_BILLION, Shape, begin_model

Type = gguf.GGMLQuantizationType
SIZES = {
    "tiny": (Shape(2, 256, 4, 2, 512, 600, 8192), Type.F16),
    "medium": (Shape(12, 1024, 16, 4, 2816, 32_000, 32_768), Type.Q4_K),
    "half billion": (HALF_BILLION, Type.Q8_0),
}
"""Dimensions, and the type of the matrices."""
ARCHITECTURES = ("llama", "qwen3", "gemma3", "lfm2", "qwen3moe")
_WINDOW = 512
_EXPERTS, _USED_EXPERTS = 8, 2


def write_sparse_model(path: Path, architecture: str, shape: Shape, matrices: Type = Type.Q8_0) -> Path:
    """A model of one of ARCHITECTURES with these dimensions and no stored weights. Returns `path`."""
    kv_heads: int | list[int] = shape.kv_heads
    if architecture == "lfm2":
        kv_heads = [shape.kv_heads if _attends(layer) else 0 for layer in range(shape.layers)]
    writer, _ = begin_model(path, architecture, shape, CHATML, f"Sparse {architecture}", kv_heads=kv_heads)
    head = shape.width // shape.heads
    if architecture == "gemma3":
        writer.add_sliding_window(_WINDOW)
    if architecture in ("gemma3", "qwen3", "qwen3moe"):
        writer.add_key_length(head)
        writer.add_value_length(head)
    if architecture == "lfm2":
        writer.add_uint32("lfm2.shortconv.l_cache", 3)
    if architecture == "qwen3moe":
        writer.add_expert_count(_EXPERTS)
        writer.add_expert_used_count(_USED_EXPERTS)
        writer.add_expert_feed_forward_length(shape.feed_forward)
    for name, dimensions in _tensors(architecture, shape):
        kind = matrices if len(dimensions) > 1 and "shortconv.conv" not in name and "gate_inp" not in name else Type.F32
        _add(writer, f"{name}.weight", dimensions, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    size = sum(-(-info.nbytes // 32) * 32 for tensors in writer.tensors for info in tensors.values())
    written = writer.fout
    assert written is not None
    start = -(-written[0].tell() // 32) * 32
    writer.close()
    os.truncate(path, start + size)
    return path


def _attends(layer: int) -> bool:
    return layer % 3 == 2 or layer == 1


def _tensors(architecture: str, shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and dimensions, rows first, of all tensors."""
    width = shape.width
    yield "token_embd", (shape.vocabulary, width)
    yield ("token_embd_norm" if architecture == "lfm2" else "output_norm"), (width,)
    if architecture in ("llama", "qwen3moe"):
        yield "output", (shape.vocabulary, width)
    for layer in range(shape.layers):
        for name, dimensions in _layer(architecture, shape, layer):
            yield f"blk.{layer}.{name}", dimensions


def _layer(architecture: str, shape: Shape, layer: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    width, forward, head = shape.width, shape.feed_forward, shape.width // shape.heads
    yield "attn_norm", (width,)
    yield "ffn_norm", (width,)
    if architecture == "gemma3":
        yield "post_attention_norm", (width,)
        yield "post_ffw_norm", (width,)
    if architecture == "lfm2" and not _attends(layer):
        yield "shortconv.conv", (width, 3)
        yield "shortconv.in_proj", (3 * width, width)
        yield "shortconv.out_proj", (width, width)
    else:
        yield "attn_q", (shape.heads * head, width)
        yield "attn_k", (shape.kv_heads * head, width)
        yield "attn_v", (shape.kv_heads * head, width)
        yield "attn_output", (width, shape.heads * head)
        if architecture != "llama":
            yield "attn_q_norm", (head,)
            yield "attn_k_norm", (head,)
    if architecture == "qwen3moe":
        yield "ffn_gate_inp", (_EXPERTS, width)
        yield "ffn_gate_exps", (_EXPERTS, forward, width)
        yield "ffn_up_exps", (_EXPERTS, forward, width)
        yield "ffn_down_exps", (_EXPERTS, width, forward)
    else:
        yield "ffn_gate", (forward, width)
        yield "ffn_up", (forward, width)
        yield "ffn_down", (width, forward)


def _add(writer: gguf.GGUFWriter, name: str, dimensions: tuple[int, ...], kind: Type) -> None:
    values, size = gguf.GGML_QUANT_SIZES[kind]
    count = int(np.prod(dimensions, dtype=np.int64))
    writer.add_tensor_info(name, dimensions, np.dtype(np.float32), count // values * size, raw_dtype=kind)
