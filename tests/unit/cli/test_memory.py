"""familiar memory, over a real store of what was told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.base.calls import Call
from app.base.memory import MemoryAdd, MemoryEdit, MemoryForget, MemoryList
from app.base.paths import Home
from app.store.user import UserStore
from tests.support.cli_engine import CannedEngine
from tests.unit.cli.conftest import Familiar


@pytest.fixture
def store(home: Home, tmp_path: Path) -> Iterator[UserStore]:
    """What the engine of this home keeps."""
    made = UserStore.open(tmp_path / "user.db", now=lambda: 1_790_000_000_000)
    memories = made.memories
    table: dict[type[Call[Any]], Any] = {
        MemoryList: lambda call, _incoming: memories.search(call.query),
        MemoryAdd: lambda call, _incoming: memories.add(call.text),
        MemoryEdit: lambda call, _incoming: memories.edit(call.id, call.text),
        MemoryForget: lambda call, _incoming: memories.forget(call.ids),
    }
    with CannedEngine(home, table):
        yield made
    made.close()


def test_it_is_added_listed_and_found(store: UserStore, familiar: Familiar) -> None:
    assert familiar("memory", "list").err == "Nothing is remembered yet.\n"
    assert familiar("memory", "add", "I live", "in Basel").out == "Remembered, as 1: I live in Basel\n"
    store.memories.add("The person likes tea", origin="assistant")
    assert familiar("memory", "list").out == (
        "     2  2026-09-21  The person likes tea  proposed: familiar memory keep 2\n"
        "     1  2026-09-21  I live in Basel\n"
    )
    assert familiar("memory", "list", "basel", "LIVE").out == "     1  2026-09-21  I live in Basel\n"
    assert "has these words" in familiar("memory", "list", "zebra").err


def test_programs_get_id_text_at_and_from(store: UserStore, familiar: Familiar) -> None:
    familiar("memory", "add", "I live in Basel", "--json")
    (one,) = json.loads(familiar("memory", "list", "--json").out)
    assert one == {
        "id": 1, "text": "I live in Basel", "at": 1_790_000_000_000, "from": "person", "turn": None, "kept": True,
    }  # fmt: skip


def test_it_is_said_otherwise_kept_and_forgotten(store: UserStore, familiar: Familiar) -> None:
    familiar("memory", "add", "I live in Basel")
    store.memories.add("The person likes tea", origin="assistant")
    assert familiar("memory", "edit", "1", "I live in Bern").out == "Remembered instead, as 1: I live in Bern\n"
    assert familiar("memory", "keep", "2").code == 0
    assert [one.text for one in store.memories.kept()] == ["The person likes tea", "I live in Bern"]
    assert familiar("memory", "forget", "1").out == "Forgotten for good: 1 thing.\n"
    assert json.loads(familiar("memory", "forget", "--all", "--json").out) == {"forgotten": [2]}
    assert store.memories.search() == []


def test_it_is_exported_without_what_is_only_proposed(store: UserStore, familiar: Familiar) -> None:
    familiar("memory", "add", "I live\nin Basel")
    store.memories.add("The person likes tea", origin="assistant")
    text = "# What Familiar remembers\n\n- I live in Basel (2026-09-21)\n"
    assert familiar("memory", "export").out == text
    assert json.loads(familiar("memory", "export", "--json", "--format", "md").out) == {"markdown": text}
    assert [one["id"] for one in json.loads(familiar("memory", "export", "--format", "json").out)] == [1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", " "), 1, "memory.empty"),
        (("add", "x" * 1001), 1, "memory.too_long"),
        (("edit", "7", "x"), 1, "memory.unknown"),
        (("keep", "7"), 1, "memory.unknown"),
        (("forget", "7"), 1, "memory.unknown"),
        (("forget",), 2, "--all"),
        (("forget", "1", "--all"), 2, "--all"),
        (("forget", "one"), 2, "whole number"),
        (("add",), 2, "TEXT"),
    ],
)
def test_what_cannot_be_done_is_told(
    store: UserStore, familiar: Familiar, words: tuple[str, ...], code: int, said: str
) -> None:
    ran = familiar("memory", *words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_signs_that_deceive_are_harmless_in_a_terminal(store: UserStore, familiar: Familiar) -> None:
    store.memories.add("a\u202eb\x1b[31m\u200bc")
    shown = familiar("memory", "list").out
    assert not {"\u202e", "\x1b", "\u200b"} & set(shown)
