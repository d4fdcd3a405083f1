"""Reading a file in the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.values import Document, embedded_text
from app.base.worker_calls import ReadDocument
from app.workers.extract.reading import read_file
from app.workers.extract.tokens import SPECIALS, Tokens

Reading = Callable[..., Document]


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """The bundled embedder's tokenizer."""
    return Tokens.load()


@pytest.fixture
def read(tmp_path: Path, tokens: Tokens) -> Reading:
    """Writes bytes to a file of this name and reads it; checks what holds for every document."""

    def reading(name: str, data: bytes | str, **limits: float) -> Document:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        document = read_file(ReadDocument(path=str(path), **limits), tokens, lambda: False)  # type: ignore[arg-type]  # counts of bytes and characters are integers
        offset = 0
        for chunk in document.chunks:
            assert chunk.place.start == offset
            offset += len(chunk.text)
            assert chunk.place.end == offset
            said = embedded_text(document.title, chunk.heading, chunk.text)
            assert chunk.tokens == tokens.count(said) + SPECIALS <= 256
        assert bool(document.chunks) == (document.state in ("ready", "partial"))
        assert document.state == "ready" or (document.reason and document.hint)
        return document

    return reading
