"""What modules declare is found, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.registry import declared

PACKAGE = "a_package_of_tests"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package that can be imported."""
    folder = tmp_path / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_modules_are_read_by_name_and_those_without_a_declaration_passed_over(package: Path) -> None:
    (package / "b.py").write_text("WORD = 'second'")
    (package / "a.py").write_text("WORD = 'first'")
    (package / "helping.py").write_text("OTHER = 'x'")
    assert declared(PACKAGE, "WORD", str) == ("first", "second")


def test_declaration_of_another_kind_is_our_mistake(package: Path) -> None:
    (package / "a.py").write_text("WORD = 1")
    with pytest.raises(TypeError, match=r"a_package_of_tests\.a\.WORD is no str"):
        declared(PACKAGE, "WORD", str)
