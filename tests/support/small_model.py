"""The small chat model that the set-up of the tests fetches: a real instruct model, and a weak one."""

from __future__ import annotations

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / ".venv" / "familiar-test-models"
MODEL = _FOLDER / "SmolLM2-135M-Instruct.Q4_1.gguf"
MISSING = (
    f"{MODEL.name} is not there: python3 packaging/bootstrap.py test fetches it, with a network or from pip's cache"
)


def small_model() -> Path:
    """Its file; the test is skipped where it is not there."""
    if not MODEL.is_file():
        pytest.skip(MISSING)
    return MODEL
