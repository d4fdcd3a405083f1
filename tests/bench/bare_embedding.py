"""The yardstick for embedding: onnxruntime and the tokenizer in a plain loop, nothing of Familiar around them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tokenizers import Tokenizer

from app.base.paths import resources
from app.workers.vectors.embedder import runtime

FOLDER = resources() / "models" / "all-MiniLM-L6-v2"
WINDOW = 256


def texts_per_second(texts: Sequence[str]) -> float:
    """Texts that a bare loop embeds a second on all cores.

    Two loops are tried, and the faster counts: one text at a time with onnxruntime's own threads, and a text a core
    with one thread each.
    """
    return max(len(texts) / _one_at_a_time_s(texts), len(texts) / _one_a_core_s(texts))


def tokens(texts: Sequence[str]) -> int:
    """Tokens that count in the texts."""
    tokenizer = _tokenizer()
    return sum(len(tokenizer.encode(text).ids) for text in texts)


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    tokenizer.enable_truncation(WINDOW)
    return tokenizer


def _embed(threads: int) -> Callable[[str], object]:
    options = runtime().SessionOptions()
    options.intra_op_num_threads = threads
    session = runtime().InferenceSession(str(FOLDER / "model.onnx"), options, providers=["CPUExecutionProvider"])
    tokenizer = _tokenizer()

    def embed(text: str) -> object:
        return session.run(None, {"ids": np.array([tokenizer.encode(text).ids], np.int64)})[0]

    return embed


def _one_at_a_time_s(texts: Sequence[str]) -> float:
    embed = _embed(0)
    for text in texts[:5]:
        embed(text)
    began = time.perf_counter()
    for text in texts:
        embed(text)
    return time.perf_counter() - began


def _one_a_core_s(texts: Sequence[str]) -> float:
    embed = _embed(1)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(embed, texts[:5]))
        began = time.perf_counter()
        list(pool.map(embed, texts))
        return time.perf_counter() - began
