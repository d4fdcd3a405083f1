"""States go with their conversations, known by the names of their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base.kv_state_files import conversation_of, delete_states

NAME = "0123456789abcdef-c{}-{}.kv"
UNFINISHED = ".0123456789abcdef-c3-turn.kv.x7d"
STRANGERS = ("notes.txt", "c3-turn.kv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for conversation, what in ((0, "warm-0123456789abcdef"), (3, "turn"), (3, "warm-0123456789abcdef"), (33, "turn")):
        (tmp_path / NAME.format(conversation, what)).touch()
    for name in (UNFINISHED, *STRANGERS):
        (tmp_path / name).touch()
    return tmp_path


def left(folder: Path) -> set[str | int]:
    return {conversation if (conversation := conversation_of(path.name)) is not None else path.name
            for path in folder.iterdir()}  # fmt: skip


def test_only_what_is_gone_is_deleted(folder: Path) -> None:
    delete_states(folder, lambda one: one == 3)
    assert left(folder) == {0, 33, UNFINISHED, *STRANGERS}


def test_what_was_never_finished_is_deleted_where_that_is_wished(folder: Path) -> None:
    delete_states(folder, lambda one: one not in (0, 33), unfinished=True)
    assert left(folder) == {0, 33, *STRANGERS}


def test_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    delete_states(tmp_path / "nowhere", lambda _: True)
