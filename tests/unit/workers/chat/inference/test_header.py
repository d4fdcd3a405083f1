"""Headers are read as they were written, and nothing else is ever raised than BadHeader."""

from __future__ import annotations

import os
import random
import struct
from pathlib import Path

import gguf
import pytest

from app.workers.chat.inference.header import TENSOR_BLOCKS, BadHeader, LongArray, read_header
from tests.support.gguf_models import write_header_only, write_random_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_model(tmp_path_factory.mktemp("header") / "model.gguf")


def _kind(path: Path) -> str:
    with pytest.raises(BadHeader) as caught:
        read_header(path)
    return caught.value.kind


def test_metadata_is_as_the_gguf_package_reads_it(model: Path) -> None:
    fields = {name: field for name, field in gguf.GGUFReader(model).fields.items() if not name.startswith("GGUF.")}
    header = read_header(model)
    assert header.metadata.keys() == fields.keys()
    for name, value in header.metadata.items():
        if isinstance(value, LongArray):
            assert value.length == len(fields[name].data)
        else:
            assert value == pytest.approx(fields[name].contents())


def test_tensors_and_their_sizes_are_as_the_gguf_package_reads_them(model: Path) -> None:
    reader, header = gguf.GGUFReader(model), read_header(model)
    assert [(tensor.name, tensor.size_bytes) for tensor in header.tensors] == [
        (tensor.name, tensor.n_bytes) for tensor in reader.tensors
    ]
    assert header.data_start == reader.data_offset


def test_tensor_types_have_the_sizes_of_ggml() -> None:
    known = {int(kind): sizes for kind, sizes in gguf.GGML_QUANT_SIZES.items()}
    shared = known.keys() & TENSOR_BLOCKS.keys()
    assert len(shared) > 25
    assert {kind: TENSOR_BLOCKS[kind] for kind in shared} == {kind: known[kind] for kind in shared}


def test_short_arrays_and_every_kind_of_value_are_kept(tmp_path: Path) -> None:
    values = {"a.int": 7, "a.float": 0.5, "a.bool": True, "a.text": "né", "a.list": [3, 1, 2], "a.words": ["x", "yy"]}
    header = read_header(write_header_only(tmp_path / "few.gguf", "any", values))
    assert {key: header.metadata[key] for key in values} == values
    assert header.number("a.list") == 3
    assert header.length("a.words") == 2
    assert header.text("a.int") == ""
    assert header.number("a.text") == 0


def test_cut_anywhere_it_is_truncated(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    cut = tmp_path / "cut.gguf"
    rng = random.Random(0)
    for length in [4, 8, 23, 24, 25, 100, len(data) - 1, *(rng.randrange(24, len(data)) for _ in range(60))]:
        cut.write_bytes(data[:length])
        assert _kind(cut) == "truncated", length


def test_flipped_bytes_give_a_header_or_bad_header(model: Path, tmp_path: Path) -> None:
    data = model.read_bytes()
    start = read_header(model).data_start
    damaged = tmp_path / "damaged.gguf"
    rng = random.Random(1)
    bad = 0
    for _ in range(300):
        bytes_now = bytearray(data)
        for _ in range(rng.choice((1, 3, 20))):
            bytes_now[rng.randrange(4, start)] = rng.randrange(256)
        damaged.write_bytes(bytes_now)
        try:
            read_header(damaged)
        except BadHeader:
            bad += 1
    assert bad > 50


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<4sIQQ", b"GGUF", 3, 1 << 60, 0),
        struct.pack("<4sIQQ", b"GGUF", 3, 0, 1 << 60),
        struct.pack("<4sIQQQ1sII", b"GGUF", 3, 0, 1, 1, b"k", 99, 0) + bytes(64),
        struct.pack("<4sIQQQ1sIIQ", b"GGUF", 3, 0, 1, 1, b"k", 9, 9, 1) + bytes(64),
    ],
    ids=["tensors", "entries", "value type", "array of arrays"],
)
def test_implausible_numbers_are_corrupt(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "wild.gguf"
    path.write_bytes(data)
    assert _kind(path) == "corrupt"


@pytest.mark.parametrize("length", [1 << 62, (1 << 64) - 1])
def test_wild_lengths_end_at_the_end_of_the_file(length: int, tmp_path: Path) -> None:
    path = tmp_path / "wild.gguf"
    lead = struct.pack("<4sIQQQ1s", b"GGUF", 3, 0, 1, 1, b"k")
    for value in (
        struct.pack("<IQ", 8, length),
        struct.pack("<IIQ", 9, 4, length),
        struct.pack("<IIQ", 9, 8, length),
        struct.pack("<IIQ", 9, 8, 40) + struct.pack("<Q", length) * 40,
    ):
        path.write_bytes(lead + value + bytes(400))
        assert _kind(path) in ("truncated", "corrupt")


def test_book_in_a_header_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "book.gguf"
    with path.open("wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IQ", 8, 400 << 20))
        file.truncate(500 << 20)  # sparse
    assert _kind(path) == "corrupt"


def test_what_is_no_gguf_file_is_said_to_be_none(tmp_path: Path) -> None:
    text, pipe = tmp_path / "notes.gguf", tmp_path / "pipe"
    text.write_text("These are notes.")
    os.mkfifo(pipe)
    assert _kind(text) == _kind(tmp_path) == _kind(pipe) == "not_gguf"


def test_other_versions_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "version.gguf"
    for version in (1, 4, 3 << 24):  # the last: version 3 of a big-endian machine
        path.write_bytes(struct.pack("<4sIQQ", b"GGUF", version, 0, 0))
        assert _kind(path) == "version"
