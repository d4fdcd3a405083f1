"""Prompts have versions, and none is changed without a new one."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from app.assistant.prompt import Prompts
from app.assistant.prompt_files import PromptFile, read_prompt
from app.base.paths import resources

PINNED = tomllib.loads((Path(__file__).parents[2] / "fixtures" / "prompts.toml").read_text("utf-8"))
FILES = sorted((resources() / "prompts").glob("*.md"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_prompt_that_was_changed_has_a_new_version(path: Path) -> None:
    prompt = read_prompt(path)
    known: list[str] = PINNED[path.stem]
    assert known[prompt.version - 1 :] == [_hash(prompt.text)], (
        f"{path.name} says something else than its version {prompt.version} did. Raise the version in the file, add"
        f' "{_hash(prompt.text)}" to its line of tests/fixtures/prompts.toml, and pin its figures in figures.toml anew.'
    )


def test_every_prompt_is_pinned() -> None:
    assert sorted(PINNED) == [path.stem for path in FILES]
    assert sorted(Prompts.load(resources() / "prompts").versions) == sorted(PINNED)


def test_head_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("---\nversion: 12\n---\n\nSay it.\n---\nThen end.\n")
    assert read_prompt(path) == PromptFile(12, "Say it.\n---\nThen end.")


@pytest.mark.parametrize("text", ["Say it.", "---\nversion: 0\n---\nx", "---\nversion: one\n---\nx", ""])
def test_prompt_without_a_version_is_our_mistake(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text(text)
    with pytest.raises(ValueError, match="version"):
        read_prompt(path)


def test_figures_are_those_of_the_current_prompts() -> None:
    figures = tomllib.loads((Path(__file__).parents[2] / "fixtures" / "figures.toml").read_text("utf-8"))
    assert figures["prompts"] == dict(Prompts.load(resources() / "prompts").versions), (
        "measure anew (tests/process/test_pinned_figures.py tells how), then pin figures and versions in figures.toml"
    )
