"""settings.toml as a person, or whatever wrote there, may have left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.settings import SettingsFile


@pytest.mark.parametrize(
    "text",
    [
        "first_word_s = nan",
        "first_word_s = inf",
        "first_word_s = 1e400",
        'model_folder = "/models/\\u0000"',
        '[[models]]\nname = "a"\npath = "/\\u0000a.gguf"',
        'model_folders = ["/a\\u0000b"]',
        'folders = "all"',
        "folders = [",
    ],
)
def test_what_can_mean_nothing_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        SettingsFile(path)
    assert caught.value.code == "settings.invalid"
    assert path.read_text(encoding="utf-8") == text


def test_odd_numbers_are_kept_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("first_word_s = -1.0\ncontext_tokens = -5\nthreads = 99999999999\n", encoding="utf-8")
    assert SettingsFile(path).value.first_word_s == -1.0
