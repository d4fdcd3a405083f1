"""No regular expression of ours takes long over any text: a stranger's file, a page, a model's answer."""

from __future__ import annotations

import re
import sys

import pytest

from tests.support.hostile_texts import Used, modules_of, patterns_of, worst

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no timer of processor time on Windows")

BOUND_MS = 50.0
MODULES = modules_of("app")


@pytest.mark.parametrize("module", MODULES)
def test_patterns_of_a_module_take_no_longer_than_50_ms_over_their_worst_100_kb(module: str) -> None:
    slow = {used.where: str(found) for used in patterns_of(module) if (found := worst(used, BOUND_MS)).ms > BOUND_MS}
    assert slow == {}


def test_patterns_are_found_wherever_a_module_keeps_them() -> None:
    held = {used.where for used in patterns_of("app.workers.extract.encoding")}
    assert "app.workers.extract.encoding._DECLARED" in held
    inline = [used for used in patterns_of("app.workers.extract.html") if used.where.partition(":")[2]]
    assert [used.methods for used in inline] == [("finditer",)]  # written where it is used


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s*(?:<!--.*?-->\s*)*<html",  # exponential: comments in a row
        r"^(#{1,6})[ \t]+(.+?)[ \t#]*$",  # quadratic: spaces in a row
        r"!?\[([^\]]*)\]",  # quadratic: brackets that never close
        r"(\w+)-(\w+)",  # quadratic: a word that never ends
        r"(?:[ \t]*\n){2,}",  # quadratic: spaces without a line end
        r"(?:a|aa)+$",  # exponential: two ways to say the same
    ],
)
def test_pattern_that_backtracks_is_caught(pattern: str) -> None:
    assert worst(Used("here", re.compile(pattern, re.DOTALL | re.MULTILINE)), BOUND_MS).ms > BOUND_MS
