"""Chat models with something wrong in them, drawn by a seed, and what a chat worker makes of each."""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.base.chat import ChatMessage, Generate, LoadModel, LoadOptions
from app.base.errors import Problem
from app.link.workers import Worker, WorkerDied
from app.workers.chat.inference.header import read_header
from tests.support.gguf_models import (
    END,
    write_hybrid_model,
    write_random_model,
    write_successor_model,
    write_windowed_model,
)

LIMIT_S = 10.0
WILD = (0, 1, 2, 3, 7, 255, 65_535, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 60, (1 << 64) - 1)
_NUMBERS = (
    "context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count",
    "attention.head_count_kv", "attention.key_length", "attention.value_length", "attention.sliding_window",
    "attention.layer_norm_rms_epsilon", "rope.freq_base", "shortconv.l_cache", "vocab_size",
)  # fmt: skip
_TOKENIZER = (
    "tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.ggml.tokens", "tokenizer.ggml.token_type",
    "tokenizer.ggml.merges", "tokenizer.ggml.eos_token_id", "tokenizer.ggml.bos_token_id", "tokenizer.chat_template",
    "general.architecture", "general.name",
)  # fmt: skip


@dataclass(frozen=True)
class Base:
    """A whole model to start from. data_start: where its weights begin."""

    name: str
    data: bytes
    data_start: int
    tensors: tuple[str, ...]


@dataclass(frozen=True)
class Mutant:
    """A model with something wrong. what: in words."""

    what: str
    data: bytes


@dataclass(frozen=True)
class Trial:
    """What came of a mutant. outcome: "answered", "died", "hung", or the code of the Problem."""

    what: str
    outcome: str
    seconds: float


def trials(numbers: Iterable[int], folder: Path) -> Iterator[Trial]:
    """Load each mutant in a chat worker, as the engine does, and ask it something.

    After a death or a hang the same worker must load a whole model and answer; else this raises Problem.
    """
    found = bases(folder)
    path, whole = folder / "mutant.gguf", folder / f"{found[0].name}.gguf"
    worker = Worker("chat")
    try:
        for number in numbers:
            changed = mutant(found, number)
            path.write_bytes(changed.data)
            begun = time.monotonic()
            outcome = _outcome(worker, path)
            yield Trial(changed.what, outcome, time.monotonic() - begun)
            if outcome in ("died", "hung"):
                _ask(worker, whole)
                worker.stop()
                worker = Worker("chat")  # one that died often is given pauses
                worker.peer()
    finally:
        worker.stop()


def _outcome(worker: Worker, path: Path) -> str:
    try:
        _ask(worker, path)
    except WorkerDied:
        return "died"
    except Problem as problem:
        assert problem.title
        return "hung" if problem.code == "link.timeout" else problem.code
    return "answered"


def _ask(worker: Worker, path: Path) -> None:
    worker.call(LoadModel(path=str(path), options=LoadOptions(context=512, threads=1)), timeout_s=LIMIT_S)
    hello = [ChatMessage(role="user", content="Hello there")]
    worker.call(Generate(messages=hello, max_tokens=3), timeout_s=LIMIT_S)


def bases(folder: Path) -> list[Base]:
    """Four tiny models of four kinds."""
    paths = [
        write_random_model(folder / "plain.gguf"),
        write_windowed_model(folder / "windowed.gguf"),
        write_hybrid_model(folder / "hybrid.gguf"),
        write_successor_model(folder / "successor.gguf", ["Ċ", "a", END]),
    ]
    found = []
    for path in paths:
        header = read_header(path)
        names = tuple(tensor.name for tensor in header.tensors)
        found.append(Base(path.stem, path.read_bytes(), header.data_start, names))
    return found


def mutant(bases: Sequence[Base], number: int) -> Mutant:
    """The mutant of that number; the same at every call."""
    rng = random.Random(number)
    base = bases[number % len(bases)]
    data = bytearray(base.data)
    change = _CHANGES[(number // len(bases)) % len(_CHANGES)]
    return Mutant(f"{number} {base.name}: {change(rng, base, data)}", bytes(data))


def _flip_header(rng: random.Random, base: Base, data: bytearray) -> str:
    count = rng.choice((1, 2, 8, 40))
    for _ in range(count):
        data[rng.randrange(4, base.data_start)] = rng.randrange(256)
    return f"{count} bytes of the header"


def _flip_early_header(rng: random.Random, base: Base, data: bytearray) -> str:
    at = rng.randrange(4, 600)
    data[at] ^= 1 << rng.randrange(8)
    return f"a bit at {at}"


def _flip_weights(rng: random.Random, base: Base, data: bytearray) -> str:
    count = rng.choice((1, 100, 5000))
    for _ in range(count):
        data[rng.randrange(base.data_start, len(data))] = rng.randrange(256)
    return f"{count} bytes of the weights"


def _not_numbers(rng: random.Random, base: Base, data: bytearray) -> str:
    value = rng.choice((float("nan"), float("inf"), -3e38, 1e-45))
    for _ in range(2000):
        at = base.data_start + 4 * rng.randrange((len(data) - base.data_start) // 4)
        data[at : at + 4] = struct.pack("<f", value)
    return f"weights of {value}"


def _cut(rng: random.Random, base: Base, data: bytearray) -> str:
    at = rng.choice((rng.randrange(len(data)), rng.randrange(base.data_start), len(data) - rng.randrange(1, 4096)))
    del data[at:]
    return f"cut at {at}"


def _swap(rng: random.Random, base: Base, data: bytearray) -> str:
    size = rng.choice((8, 64, 512))
    first, second = (rng.randrange(24, base.data_start - size) for _ in range(2))
    data[first : first + size], data[second : second + size] = data[second : second + size], data[first : first + size]
    return f"{size} bytes swapped"


def _wild_count(rng: random.Random, base: Base, data: bytearray) -> str:
    at, value = rng.choice((8, 16)), rng.choice(WILD)
    data[at : at + 8] = struct.pack("<Q", value)
    return f"count at {at} is {value}"


def _wild_number(rng: random.Random, base: Base, data: bytearray) -> str:
    keys = [key for key in _NUMBERS if f".{key}".encode() in data]
    key, value = rng.choice(keys), rng.choice(WILD) & 0xFFFF_FFFF
    at = data.index(f".{key}".encode()) + len(key) + 1 + 4
    data[at : at + 4] = struct.pack("<I", value)
    return f"{key} is {value}"


def _wild_type(rng: random.Random, base: Base, data: bytearray) -> str:
    key = rng.choice([key for key in (*_TOKENIZER, *_NUMBERS) if key.encode() in data])
    at, value = data.index(key.encode()) + len(key), rng.choice((*range(14), 1 << 31))
    data[at : at + 4] = struct.pack("<I", value)
    return f"{key} is of type {value}"


def _wild_array(rng: random.Random, base: Base, data: bytearray) -> str:
    key = rng.choice([key for key in _TOKENIZER if key.encode() in data])
    at, value = data.index(key.encode()) + len(key) + 4 + rng.choice((0, 4, 8)), rng.choice(WILD)
    data[at : at + 8] = struct.pack("<Q", value)
    return f"{key} at {at} is {value}"


def _wild_tensor(rng: random.Random, base: Base, data: bytearray) -> str:
    name = rng.choice(base.tensors)
    at = data.index(name.encode()) + len(name)
    field, value = rng.choice(("rank", "dimension", "type", "offset")), rng.choice(WILD)
    (rank,) = struct.unpack_from("<I", data, at)
    if field == "rank":
        data[at : at + 4] = struct.pack("<I", value & 0xFFFF_FFFF)
    elif field == "dimension":
        place = at + 4 + 8 * rng.randrange(rank)
        data[place : place + 8] = struct.pack("<Q", value)
    elif field == "type":
        place, value = at + 4 + 8 * rank, rng.randrange(45)
        data[place : place + 4] = struct.pack("<I", value)
    else:
        place = at + 8 + 8 * rank
        data[place : place + 8] = struct.pack("<Q", rng.choice((value, 32 * rng.randrange(1 << 15))))
    return f"{field} of {name} is {value}"


def _other_name(rng: random.Random, base: Base, data: bytearray) -> str:
    name = rng.choice(base.tensors)
    at = data.index(name.encode()) + rng.randrange(len(name))
    data[at] = rng.choice(b"abcxyz0189._\0\xff")
    return f"{name} is called otherwise"


_CHANGES: tuple[Callable[[random.Random, Base, bytearray], str], ...] = (
    _flip_header, _flip_early_header, _flip_weights, _not_numbers, _cut, _swap, _wild_count, _wild_number, _wild_type,
    _wild_array, _wild_tensor, _other_name,
)  # fmt: skip
