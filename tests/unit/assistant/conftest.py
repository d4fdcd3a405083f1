"""What tests of the assistant stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.user import UserStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[UserStore]:
    """Conversations on disk."""
    store = UserStore.open(tmp_path / "user.db")
    yield store
    store.close()
