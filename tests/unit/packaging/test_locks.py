"""The locks: exact versions with hashes, no address, and what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from familiar_setup import locking
from familiar_setup.checkout import Checkout
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Checkout(Path(__file__).resolve().parents[3])
PROJECT = tomllib.loads(CHECKOUT.pyproject.read_text(encoding="utf-8"))


def text_of(part: str) -> str:
    return CHECKOUT.locked(part).read_text(encoding="utf-8")


def asked_for(part: str) -> list[str]:
    groups: dict[str, list[str]] = PROJECT["dependency-groups"]
    own: list[str] = PROJECT["project"]["dependencies"] if part == "run" else []
    return own + groups[locking.GROUPS[part]]


@pytest.mark.parametrize("part", locking.GROUPS)
def test_a_lock_has_exact_versions_and_hashes_and_no_address(part: str) -> None:
    text = text_of(part)
    assert "//" not in text
    assert not re.search(r"--(extra-)?index|--find-links|[\w-]+\.(org|com|net|io)\b", text)
    for line, entry in locking.entries(text).items():
        assert re.match(r"[\w.-]+==[\w.+!]+( ; .+)?$", line), line
        assert "--hash=sha256:" in entry, line


@pytest.mark.parametrize("part", locking.GROUPS)
def test_a_lock_holds_what_the_project_asks_for(part: str) -> None:
    locked = [Requirement(line) for line in locking.entries(text_of("run") + text_of(part))]
    for text in asked_for(part):
        asked = Requirement(text)
        found = [entry for entry in locked if canonicalize_name(entry.name) == canonicalize_name(asked.name)]
        assert found, f"{text} is not locked; run: python3 packaging/bootstrap.py lock"
        for python in ("3.11", "3.12", "3.13"):
            where = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": "linux"}
            if asked.marker and not asked.marker.evaluate(where):
                continue
            versions = [
                next(iter(entry.specifier)).version
                for entry in found
                if entry.marker is None or entry.marker.evaluate(where)
            ]
            assert len(set(versions)) == 1, f"{text} on Python {python}: {versions}"
            assert asked.specifier.contains(versions[0], prereleases=True), f"{text} on Python {python}: {versions}"


def test_qt_is_held_back_where_it_would_kill_python_3_11() -> None:
    lines = [line for line in locking.entries(text_of("run")) if line.startswith("pyside6-essentials")]
    assert "pyside6-essentials==6.11.3 ; python_full_version < '3.12'" in lines


def test_only_entries_that_are_installed_already_are_left_out() -> None:
    base = "a==1 \\\n    --hash=sha256:0\nb==1 ; os_name == 'nt' \\\n    --hash=sha256:1\n"
    more = base.replace("b==1 ; os_name == 'nt'", "b==1") + "c==1 \\\n    --hash=sha256:2\n"
    assert list(locking.entries(locking.without(more, base))) == ["b==1", "c==1"]
