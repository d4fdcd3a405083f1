"""The bundled embedding model on disk: its files, its sizes, its fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.base.chunking import CHUNKER
from app.base.errors import Problem
from app.base.paths import resources


class _Description(msgspec.Struct, frozen=True):
    """What is used of model.json, which packaging/make_embedder.py writes. sha256: of each file, by name."""

    sha256: dict[str, str]
    window: int
    d: int


@dataclass(frozen=True)
class Model:
    """An embedding model's files. sha256: of each, by name.

    window: tokens of a text that count, specials included. d: a vector's length.
    fingerprint: of model, tokenizer and chunker; vectors of two fingerprints must not be compared.
    """

    onnx: Path
    tokenizer: Path
    sha256: dict[str, str]
    window: int
    d: int
    fingerprint: str

    @staticmethod
    def bundled(folder: Path | None = None) -> Model:
        """The model in resources/models. Reads model.json alone. Raises Problem vectors.model."""
        folder = folder or resources() / "models" / "all-MiniLM-L6-v2"
        try:
            described = msgspec.json.decode((folder / "model.json").read_bytes(), type=_Description)
        except (OSError, msgspec.DecodeError) as error:
            raise model_problem(folder) from error
        parts = [*sorted(described.sha256.items()), described.window, described.d, CHUNKER]
        fingerprint = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
        return Model(
            folder / "model.onnx",
            folder / "tokenizer.json",
            described.sha256,
            described.window,
            described.d,
            fingerprint,
        )

    def verify(self) -> None:
        """Compare the files with model.json (some 50 ms). Raises Problem vectors.model."""
        for path in (self.onnx, self.tokenizer):
            try:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise model_problem(path.parent) from error
            if digest != self.sha256.get(path.name):
                raise model_problem(path.parent)


def fingerprint() -> str:
    """The bundled model's fingerprint, without loading it: 16 hexadecimal digits. Raises Problem vectors.model."""
    return Model.bundled().fingerprint


def model_problem(folder: Path) -> Problem:
    """What to say of a model whose files are not what they should be."""
    return Problem(
        "vectors.model",
        f"The embedding model in {folder} is missing or damaged.",
        "Search works by words meanwhile. Restore that folder from Familiar's own files.",
    )
