"""The files of resources/prompts: what they say to a model, and which version of it that is.

Each begins with “---”, “version: N”, “---”. Whoever changes what one says raises its number, so that a turn's trace
tells by which words an answer came about, and figures of one version are not taken for those of another.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

_HEAD = re.compile(r"---\nversion: ([1-9]\d{0,5})\n---\n")


class PromptFile(msgspec.Struct, frozen=True):
    """One prompt. text: without white space around it."""

    version: int
    text: str


def read_prompt(path: Path) -> PromptFile:
    """The prompt in a file. Raises ValueError if it has no version."""
    whole = path.read_text("utf-8")
    head = _HEAD.match(whole)
    if head is None:
        raise ValueError(f"{path} does not begin with its version")
    return PromptFile(int(head[1]), whole[head.end() :].strip())
