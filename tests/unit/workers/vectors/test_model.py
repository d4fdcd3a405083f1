"""The bundled model's files are what they say they are."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.base.chunking import CHUNKER
from app.base.errors import Problem
from app.base.paths import resources
from app.workers.vectors import model
from app.workers.vectors.model import Model, fingerprint

FOLDER = resources() / "models" / "all-MiniLM-L6-v2"


def test_bundled_files_have_their_checksums() -> None:
    Model.bundled().verify()


def test_bundled_model_is_at_most_50_mb_with_its_licence() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 50_000_000
    assert "Apache License" in (FOLDER / "LICENSE").read_text(encoding="utf-8")


def test_tokenizer_file_neither_pads_nor_truncates() -> None:
    described = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    assert described["padding"] is None
    assert described["truncation"] is None


def test_fingerprint_needs_no_heavy_library() -> None:
    code = (
        "import sys; from app.workers.vectors.model import fingerprint; print(fingerprint());"
        "assert not {'onnxruntime', 'tokenizers', 'chromadb', 'numpy'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parents[4]
    said = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True).stdout
    assert said.strip() == fingerprint()
    assert len(fingerprint()) == 16


@pytest.mark.parametrize(
    ("part", "value"),
    [("window", 128), ("d", 768), ("sha256", {"model.onnx": "0" * 64, "tokenizer.json": "0" * 64})],
)
def test_fingerprint_follows_the_model(part: str, value: object, tmp_path: Path) -> None:
    described = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    (tmp_path / "model.json").write_text(json.dumps(described | {part: value}), encoding="utf-8")
    assert Model.bundled(tmp_path).fingerprint != fingerprint()


def test_fingerprint_follows_the_chunker(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    monkeypatch.setattr(model, "CHUNKER", CHUNKER + 1)
    assert fingerprint() != before


def test_missing_model_is_told() -> None:
    with pytest.raises(Problem) as told:
        Model.bundled(Path("/nowhere"))
    assert told.value.code == "vectors.model"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_changed_file_is_told(name: str, tmp_path: Path) -> None:
    for file in ("model.json", "tokenizer.json"):
        shutil.copy(FOLDER / file, tmp_path)
    (tmp_path / "model.onnx").symlink_to(FOLDER / "model.onnx")
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(b"cut short")
    with pytest.raises(Problem) as told:
        Model.bundled(tmp_path).verify()
    assert told.value.code == "vectors.model"
