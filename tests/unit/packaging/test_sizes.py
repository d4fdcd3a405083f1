"""What a newcomer can hold in the head: no module is too long, no constructor takes too much."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MOST_LINES = 400
MOST_PARAMETERS = 8
"""Of a constructor, itself apart; what belongs together is a value."""


def modules() -> Iterator[tuple[str, str]]:
    """Every module of the application and of the set-up, with its text."""
    for folder in ("app", "packaging"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def parameters(function: ast.FunctionDef) -> int:
    """How many it takes, itself apart."""
    taken = function.args
    return len(taken.posonlyargs) + len(taken.args) + len(taken.kwonlyargs) - 1


def test_no_module_has_more_than_400_lines() -> None:
    sizes = {name: len(text.splitlines()) for name, text in modules()}
    assert len(sizes) > 200
    assert {name: lines for name, lines in sizes.items() if lines > MOST_LINES} == {}


def test_no_constructor_takes_more_than_eight_parameters() -> None:
    taken = {
        f"{name}: {owner.name}": parameters(function)
        for name, text in modules()
        for owner in ast.walk(ast.parse(text))
        if isinstance(owner, ast.ClassDef)
        for function in owner.body
        if isinstance(function, ast.FunctionDef) and function.name == "__init__"
    }
    assert max(taken.values()) >= 4, "the counting works"
    assert {name: count for name, count in taken.items() if count > MOST_PARAMETERS} == {}
