"""States on disk: whole, private, capped, and never trusted when they are not what was saved."""

from __future__ import annotations

import logging
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.workers.chat.kv import states
from app.workers.chat.kv.states import Key, State, StateFolder, model_key
from app.workers.chat.kv.transcript import AnsweredTurn
from tests.support.gguf_models import write_random_model

KEY = Key("place", "identity", "build", "f16 full plain")
TOKENS = list(range(100))
DATA = bytearray(os.urandom(5000))
LIMIT = 1 << 20


def _folder(path: Path, limit: int = LIMIT, key: Key = KEY) -> StateFolder:
    return StateFolder(path, limit, key)


def _save(folder: StateFolder, conversation: int = 1, data: bytearray = DATA, *, warm: bool = False) -> bool:
    return folder.save(data, conversation=conversation, tokens=TOKENS, warm=warm)


def _only(folder: StateFolder) -> State:
    (state,) = folder.all()
    return state


def test_state_comes_back_as_it_was_saved_also_in_another_process(tmp_path: Path) -> None:
    turns = [AnsweredTurn(1, "a", 50, "b", 102)]
    assert _folder(tmp_path / "s").save(DATA, conversation=7, tokens=TOKENS, tail=[5, 6], turns=turns)
    other = _folder(tmp_path / "s")
    state = _only(other)
    assert (state.conversation, state.warm, state.tokens, state.tail, state.turns) == (7, False, TOKENS, [5, 6], turns)
    assert other.read(state) == DATA


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps privacy otherwise")
def test_states_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "s")
    _save(folder)
    assert stat.S_IMODE(_only(folder).path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700


def test_what_is_planted_beside_the_states_costs_none_of_them(tmp_path: Path) -> None:
    _save(_folder(tmp_path))
    precious = tmp_path / "precious"
    precious.write_text("kept")
    lead = KEY.name
    (tmp_path / f".{lead}-c1-turn.kv.folder").mkdir()
    (tmp_path / f"{lead}-c2-turn.kv").mkdir()
    (tmp_path / f"{lead}-c4-turn.kv").write_bytes(b"FAMKV\0\0\1" + b"\xff" * 8 + b"x" * 100)
    if sys.platform != "win32":
        (tmp_path / f"{lead}-c3-turn.kv").symlink_to(precious)
        os.mkfifo(tmp_path / f"{lead}-c5-turn.kv")
    folder = _folder(tmp_path)
    assert folder.read(_only(folder)) == DATA
    folder.forget(3)
    assert precious.read_text() == "kept"


def test_next_turn_takes_the_place_of_the_one_before_and_what_was_read_ahead_stays(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    _save(folder, warm=True)
    _save(folder)
    _save(folder, data=bytearray(b"newer"))
    assert [state.warm for state in folder.all()] == [True, False]
    assert folder.read(folder.all()[1]) == bytearray(b"newer")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flip(at: int) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)

    return flip


def _longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": _cut,
    "longer": _longer,
    "payload": _flip(-1),
    "magic": _flip(0),
    "length of the header": _flip(8),
    "huge length of the header": _flip(15),
    "header": _flip(60),
    "empty": lambda path: path.write_bytes(b""),
    "foreign": lambda path: path.write_bytes(b"GGSQ" * 4000),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_state_is_given_up_and_removed(damage: str, tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    _save(folder)
    state = _only(folder)
    DAMAGES[damage](state.path)
    later = _folder(tmp_path)  # it sees the damage when it looks; the other when it reads
    assert all(later.read(found) is None for found in later.all())
    assert folder.read(state) is None
    assert not folder.all()
    assert not list(tmp_path.iterdir())


def test_states_of_a_changed_model_file_or_another_llama_cpp_are_removed_and_others_stay(tmp_path: Path) -> None:
    for key in (
        Key("place", "changed", "build", "f16 full plain"),
        Key("place", "identity", "older", "f16 full plain"),
        Key("place", "identity", "build", "q8_0 full plain"),
        Key("elsewhere", "another", "build", "f16 full plain"),
    ):
        _save(_folder(tmp_path / key.name, key=key))
        (tmp_path / "all").mkdir(exist_ok=True)
        (file,) = (tmp_path / key.name).iterdir()
        file.rename(tmp_path / "all" / file.name)
    folder = _folder(tmp_path / "all")
    assert not folder.all()
    assert len(list((tmp_path / "all").iterdir())) == 2


def test_least_recently_used_go_first(tmp_path: Path) -> None:
    folder = _folder(tmp_path, limit=3 * 6500)
    for conversation in (1, 2, 3):
        _save(folder, conversation)
        os.utime(folder.all()[-1].path, (conversation, conversation))
    assert folder.read(next(state for state in folder.all() if state.conversation == 1)) == DATA
    _save(folder, 4)
    _save(folder, 5)
    assert {state.conversation for state in folder.all()} == {1, 4, 5}
    assert not folder.save(bytearray(5 * 6500), conversation=6, tokens=TOKENS)
    assert {state.conversation for state in folder.all()} == {1, 4, 5}


def test_states_go_with_their_conversation_of_every_model(tmp_path: Path) -> None:
    folder, other = _folder(tmp_path), _folder(tmp_path, key=Key("x", "y", "build", "z"))
    for conversation in (1, 12):
        _save(folder, conversation)
        _save(other, conversation, warm=True)
    (tmp_path / "notes.txt").write_text("not ours")
    folder.forget(1)
    assert [state.conversation for state in folder.all()] == [12]
    assert len(list(tmp_path.iterdir())) == 3
    folder.forget(0)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_unfinished_files_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    _save(folder)
    (tmp_path / f".{_only(folder).path.name}.a8s7d6").write_bytes(b"half")
    assert len(_folder(tmp_path).all()) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("trouble", ["full", "spare", "no folder"])
def test_disk_that_takes_nothing_costs_states_and_nothing_else(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "familiar.chat")
    where = tmp_path / "s"
    if trouble == "no folder":
        where.write_text("a file stands there")
    folder = _folder(where)
    if trouble == "full":

        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(states, "write_durably", fail)
    if trouble == "spare":
        monkeypatch.setattr(states, "_SPARED_BYTES", 1 << 60)
    assert not _save(folder)
    assert not _save(folder)
    assert not folder.all()
    folder.forget(0)
    assert {record.levelname for record in caplog.records} <= {"INFO"}
    assert len(caplog.records) == (0 if trouble == "spare" else 1)


def test_looking_does_not_wait_for_a_slow_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _folder(tmp_path)
    begun, go = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        go.wait(30)

    monkeypatch.setattr(states, "write_durably", slow)
    thread = threading.Thread(target=lambda: _save(folder))
    thread.start()
    assert begun.wait(30)
    assert not folder.all()
    go.set()
    thread.join()


def test_key_changes_with_the_model_s_bytes_and_age(tmp_path: Path) -> None:
    path = write_random_model(tmp_path / "m.gguf")
    first = model_key(path, 1000, "build", "layout")
    assert model_key(path, 1000, "build", "layout") == first
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert model_key(path, 1000, "build", "layout").identity != first.identity
    with path.open("r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"changed   ")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    changed = model_key(path, 1000, "build", "layout")
    assert (changed.place, changed.identity != first.identity) == (first.place, True)
