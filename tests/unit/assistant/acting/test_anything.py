"""Whatever a model calls: no crash, nothing outside the folder, nothing unasked, and a record that is whole."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from app.assistant.tools.toolbox import find_tools
from app.base.chat import ToolCall
from app.base.foreign_text import harmless_line
from tests.support.acting_room import ActingRoom
from tests.support.yardsticks import yardsticks_folder

NAUGHTY = yardsticks_folder() / "agent" / "naughty_strings" / "blns.json"
STEPS = 2000
_PATHS = (
    "a.txt", "b.md", "Sub/c.txt", "Sub/", "New/x.txt", "../up.txt", "/etc/passwd", "~/x", ".hidden", "a\0b", "CON",
    "x" * 400, "", "\u202etxt.exe", "Sub", "//x", "d.csv", "nothing.txt", "\ud800",
)  # fmt: skip


def _outside(tmp_path: Path) -> dict[str, bytes]:
    """All that lies outside the person's folder, Familiar's own and the trash."""
    own = (tmp_path / "Files", tmp_path / "home", tmp_path / "share")
    return {
        str(path): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and not any(path.is_relative_to(one) for one in own)
    }


def _value(schema: dict[str, Any], rng: random.Random, files: list[str]) -> Any:
    """Something that a schema allows, or nearly."""
    if rng.random() < 0.03:
        return rng.choice([None, 7, "x", [], {}, True, 1e30])
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        return {key: _value(one, rng, files) for key, one in schema["properties"].items() if rng.random() < 0.9}
    if kind == "array":
        return [_value(schema["items"], rng, files) for _ in range(rng.randint(0, 4))]
    if kind == "integer":
        return rng.choice([0, 1, 5, -1, 10**12])
    if kind == "boolean":
        return rng.random() < 0.5
    made = rng.choice([*_PATHS, *files, *files, "x", "Bread", "{year}/{name}", "{n} {name}", "Line\n" * 3])
    return made if rng.random() < 0.8 else rng.choice(files or ["x"])


@pytest.mark.timeout(120)
def test_random_calls_change_nothing_that_the_person_did_not_allow(room: ActingRoom, tmp_path: Path) -> None:
    rng = random.Random(10)
    (tmp_path / "letter.txt").write_text("Outside")
    outside = _outside(tmp_path)
    for n in range(12):
        room.write(f"Sub/{n}.txt" if n % 2 else f"{n}.txt", f"Bread {n}\n")
    allowed = 0

    def answer(_: object) -> tuple[bool, tuple[int, ...]] | None:
        nonlocal allowed
        allow = rng.random() < 0.7
        allowed += allow
        return allow, ()

    room.person.answer = answer
    tools = [tool.spec for tool in find_tools()]
    changing = [tool.spec for tool in find_tools() if tool.effect != "read"]
    box, acted = room.box(), 0
    for n in range(STEPS):
        if n % 4 == 0:
            box = room.box()
            if len(room.tree()) < 12:
                room.write(f"Again {n}.txt", f"Bread {n}\n")
            room.library.texts = {str(room.files / name): text.decode() for name, text in room.tree().items()}
        files = [rng.choice([name, str(room.files / name)]) for name in room.tree()]
        spec = rng.choice(changing if rng.random() < 0.5 else tools)
        arguments = _value({"type": "object", "properties": spec.parameters["properties"]}, rng, files)
        before, asked = room.tree(), len(room.person.asked)
        step = room.run(spec.name, box, **(arguments if isinstance(arguments, dict) else {}))
        assert step.state in ("done", "failed")
        if room.tree() != before:
            acted += 1
            assert len(room.person.asked) > asked, (spec.name, arguments)
        if rng.random() < 0.05 and any(not action.undoable for action in room.acting.carrying.newest(5)):
            room.acting.carrying.undo(None)
    assert acted > 60 and _outside(tmp_path) == outside
    events = room.events()
    assert events.count("approved") == allowed
    assert events.count("asked") == len(room.person.asked) == allowed + events.count("denied")
    assert room.store.actions.under_way() == []


@pytest.mark.parametrize("name", [tool.spec.name for tool in find_tools()])
def test_arguments_nested_without_end_are_told_to_the_model(room: ActingRoom, name: str) -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    box = room.box()
    for arguments in ({"path": deep}, {"moves": deep, "paths": deep}, {"x": {"y": deep}}):
        step = room.run(name, box, **arguments)
        assert (step.state, step.result) == ("failed", "The arguments are nested too deep.")
    box.begin_together([ToolCall(id="a", name=name, arguments={"path": deep})] * 2)
    assert room.person.asked == []


@pytest.mark.skipif(not NAUGHTY.is_file(), reason=f"needs the Big List of Naughty Strings at {NAUGHTY}")
@pytest.mark.timeout(180)
def test_naughty_strings_as_names_texts_and_arguments_break_nothing(room: ActingRoom, tmp_path: Path) -> None:
    strings: list[str] = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    assert len(strings) == 515
    (tmp_path / "letter.txt").write_text("Outside")
    outside = _outside(tmp_path)
    room.write("list.txt", "Bread\n")
    for at, text in enumerate(strings):
        box = room.box()
        made = room.run("create_file", box, path=text, text=text)
        other = room.run("edit_file", box, path="list.txt", old="Bread", new=text)
        room.run("move_files", box, moves=[{"from": "list.txt", "to": text}])
        room.run("trash_files", box, paths=[text])
        for step in (made, other):
            assert step.state in ("done", "failed"), at
        if made.state == "done" and (written := [path for path in room.files.rglob("*") if path.is_file()]):
            assert all(harmless_line(path.name) == path.name for path in written), at
        for action in room.acting.carrying.newest(20):
            if not action.undoable:
                room.acting.carrying.undo(action.id)
        assert room.tree() == {"list.txt": b"Bread\n"}, at
    assert _outside(tmp_path) == outside
    room.events()
