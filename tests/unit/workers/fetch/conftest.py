"""A site on loopback, a caller of make-believe, and a fetching with little patience."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.base.chat import FetchFile, FetchProgress
from app.link.peer import Incoming, Peer
from app.workers.fetch.main import shield
from tests.support.fake_hub import FakeHub

shield()

from app.workers.fetch.fetching import Fetching  # noqa: E402 - the environment comes first
from app.workers.fetch.hub import Patience  # noqa: E402

REPOSITORY = "maker/model-GGUF"
FILE = "model-Q4_K_M.gguf"
PATIENCE = Patience(
    connect_s=2, silence_s=0.5, tries=3, first_wait_s=0.01, longest_wait_s=0.02, longest_pause_s=2, spare_bytes=1 << 20
)


class Caller(Incoming):
    """Who asked. heard: the progress told so far; on_progress: is called with each."""

    def __init__(self) -> None:
        super().__init__(cast("Peer", None), 0)
        self.heard: list[FetchProgress] = []
        self.on_progress: Callable[[FetchProgress], None] = lambda _: None

    def emit(self, name: str, body: object = None) -> None:
        """Note what is told."""
        assert isinstance(body, FetchProgress)
        self.heard.append(body)
        self.on_progress(body)


Fetch = Callable[..., Path]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A site without files."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with FakeHub() as made:
        yield made


@pytest.fixture
def caller() -> Caller:
    """Who asks."""
    return Caller()


@pytest.fixture
def fetch(hub: FakeHub, caller: Caller, tmp_path: Path) -> Fetch:
    """Fetches REPOSITORY's FILE from the site (or what `more` says) into the test's folder."""

    def run(patience: Patience = PATIENCE, **more: Any) -> Path:
        wish: dict[str, Any] = {
            "repository": REPOSITORY, "file": FILE, "revision": "main", "sources": [hub.url],
            "partial": str(tmp_path / "partial"), "target": str(tmp_path / "models" / FILE),
        }  # fmt: skip
        return Path(Fetching(FetchFile(**(wish | more)), caller, patience).run())

    return run


def gguf(size: int, seed: int = 0) -> bytes:
    """Bytes that begin as a GGUF file does."""
    import random

    return b"GGUF" + random.Random(seed).randbytes(size - 4)
