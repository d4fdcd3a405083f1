"""Texts to vectors of meaning, by onnxruntime.

Measured on two cores: a text a core (one thread each, nothing padded) is as fast as or faster than one text at a time
on all cores, needs no spinning threads, and lets a question through while a batch runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from app.base.telemetry import REFUSED
from app.workers.vectors.model import Model

THREADS = "FAMILIAR_EMBED_THREADS"
MOST_CHARS = 200_000  # far more than the window of any real text; keeps a huge one from being tokenized whole

Vectors = npt.NDArray[np.float32]


def runtime() -> Any:
    """onnxruntime, which then tells nobody of this computer: it reads the environment when it is first imported.

    Untyped: it declares no exports, so the type checker finds nothing in it.
    """
    os.environ.update(REFUSED)
    import onnxruntime

    return onnxruntime


class Embedder:
    """The embedding model, loaded. Thread-safe.

    threads: texts computed at once by `embed`; 0 takes FAMILIAR_EMBED_THREADS, else one for each core there is for us.
    Raises Problem vectors.model if its files are missing or damaged.
    """

    def __init__(self, model: Model, threads: int = 0) -> None:
        model.verify()
        self.model = model
        self.threads = threads or _threads()
        self._tokenizer = Tokenizer.from_file(str(model.tokenizer))
        self._tokenizer.enable_truncation(model.window)
        self._unknown = self._tokenizer.token_to_id("[UNK]")
        self._session = runtime().InferenceSession(
            str(model.onnx), session_options(), providers=["CPUExecutionProvider"]
        )
        self._pool = ThreadPoolExecutor(self.threads, "embed")

    def embed(self, texts: Sequence[str], check: Callable[[], None] = lambda: None) -> Vectors:
        """Vectors of texts: float32 (n, d), rows of unit length; an empty text has one too.

        Only a text's first `window` tokens count. check: called before each text, in some thread; what it raises ends
        the work.
        """

        def one(text: str) -> Vectors:
            check()
            return self.embed_one(text)

        rows = list(self._pool.map(one, texts))
        return np.stack(rows) if rows else np.empty((0, self.model.d), np.float32)

    def embed_one(self, text: str) -> Vectors:
        """The vector of one text, computed in the calling thread: float32 (d,), unit length."""
        ids = np.array([self._tokenizer.encode(text[:MOST_CHARS]).ids], np.int64)
        vector: Vectors = self._session.run(None, {"ids": ids})[0][0]
        return vector

    def letters_a_token(self, text: str) -> float:
        """How many characters of a text a token holds, in the mean, specials aside; an unknown token holds none."""
        encoded = self._tokenizer.encode(text[:MOST_CHARS], add_special_tokens=False)
        tokens = zip(encoded.ids, encoded.offsets, strict=True)
        return sum(end - start for ident, (start, end) in tokens if ident != self._unknown) / max(1, len(encoded.ids))

    def close(self) -> None:
        """End the threads after what they compute now."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def session_options() -> Any:
    """How the model runs (onnxruntime.SessionOptions): in the calling thread, no pool that spins, no plan a length."""
    options = runtime().SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return options


def _threads() -> int:
    wanted = os.environ.get(THREADS, "")
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
