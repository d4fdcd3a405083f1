"""A model of random weights that is given every tool, and what a call costs of our own.

STEPS: forced calls, 5,000 if not set. Each goes through the worker's process under the tool's own grammar, and through
everything that a real model's call goes through; the person allows six of ten. Paths are chosen among those that there
are, new ones, and ones that must be refused, since random letters would never meet a file.
"""

from __future__ import annotations

import copy
import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from app.assistant.tools.toolbox import Toolbox, find_tools
from app.base.chat import ChatMessage, Generate, LoadModel, LoadOptions, ToolCall, ToolSpec
from app.link.workers import Worker
from tests.bench.report import Report
from tests.support.acting_room import ActingRoom
from tests.support.forced_calls import with_short_texts
from tests.support.gguf_models import Shape, write_random_model

STEPS = int(os.environ.get("STEPS", "5000"))
CONTEXT, MOST_TOKENS, ROUNDS = 4096, 700, 60
WANTED_MS = 15.0
_REFUSED = ("../up.txt", "/etc/passwd", "~/x.txt", ".hidden", "CON", "Sub/../../x")
_PATHS = ("path", "from", "to", "folder", "paths")


def run() -> int:
    """Measure and print; 0 if every bound holds."""
    report = Report("acting")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = os.path.join(folder, "share")
        _random_weights(report, Path(folder) / "random")
        _own_cost(report, Path(folder) / "cost")
    return report.end()


# ---- random weights --------------------------------------------------------------------------------------------------


def _random_weights(report: Report, folder: Path) -> None:
    folder.mkdir()
    (folder / "letter.txt").write_text("Outside")
    room, rng = ActingRoom(folder), random.Random(1)
    room.person.answer = lambda _: (rng.random() < 0.6, ())
    model = folder / "random.gguf"
    write_random_model(model, Shape(context=CONTEXT))
    worker = Worker("chat")
    worker.call(LoadModel(path=str(model), options=LoadOptions(context=CONTEXT)))
    outside = _outside(room, folder)
    changed = unasked = crashed = 0
    began = time.perf_counter()
    try:
        for step in range(STEPS):
            if step % 10 == 0:
                _refill(room, step)
                box = room.box()
            before, asked = room.tree(), len(room.person.asked)
            try:
                _step(worker, room, box, rng, step)
            except Exception as error:  # noqa: BLE001 - each is counted, and named
                crashed += 1
                report.note(f"step {step}: {type(error).__name__}: {error}")
            if room.tree() != before:
                changed += 1
                unasked += len(room.person.asked) == asked
    finally:
        worker.stop()
    report.note(f"{STEPS} steps in {time.perf_counter() - began:.0f} s, {changed} changed something")
    events = room.events()  # which verifies the chain
    report.figure("crashes", [crashed], "", at_most=0)
    report.figure("changes that nobody was asked about", [unasked], "", at_most=0)
    report.figure("changes outside the folder", [float(_outside(room, folder) != outside)], "", at_most=0)
    report.figure("changes", [changed], "", at_least=STEPS / 100)
    told = events.count("approved") + events.count("denied")
    report.figure("approvals that the record has, of all", [told / max(1, len(room.person.asked))], "", at_least=1)
    left = len(room.store.actions.under_way())
    report.figure("effects without an outcome", [left], "", at_most=0)
    room.close()


def _step(worker: Worker, room: ActingRoom, box: Toolbox, rng: random.Random, step: int) -> None:
    tool = rng.choice(find_tools())
    spec = _with_paths(with_short_texts(tool.spec), room, rng)
    generated = worker.call(
        Generate(
            messages=[ChatMessage(role="user", content="Do it")], tools=(spec,), force=spec.name,
            max_tokens=MOST_TOKENS, temperature=1.0, seed=step,
        )
    )  # fmt: skip
    for call in generated.calls:
        made = ToolCall(id=f"c{step}", name=call.name, arguments=call.arguments)
        box.run(made, box.begin(made), 4000)


def _with_paths(spec: ToolSpec, room: ActingRoom, rng: random.Random) -> ToolSpec:
    """The tool with a choice of paths where it takes one."""
    there = list(room.tree())
    paths = [*rng.sample(there, min(5, len(there))), f"New {rng.randint(0, 99)}/x.txt", "y.txt", rng.choice(_REFUSED)]
    schema = copy.deepcopy(dict(spec.parameters))
    _choose(schema, [*paths, *(str(room.files / path) for path in paths[:4])])
    return ToolSpec(name=spec.name, description=spec.description, parameters=schema)


def _choose(schema: Any, paths: list[str]) -> None:
    if not isinstance(schema, dict):
        return
    for name, part in (schema.get("properties") or {}).items():
        target = part.get("items", part) if name in _PATHS else part
        if name in _PATHS and target.get("type") == "string":
            target.clear()
            target.update({"type": "string", "enum": paths})
        else:
            _choose(part, paths)
    _choose(schema.get("items"), paths)


def _refill(room: ActingRoom, step: int) -> None:
    while len(room.tree()) < 12:
        room.write(f"Sub/{step}-{len(room.tree())}.txt", "Bread\nMilk\n")
    room.library.texts = {str(room.files / name): text.decode(errors="replace") for name, text in room.tree().items()}


def _outside(room: ActingRoom, folder: Path) -> dict[str, bytes]:
    own = (room.files, room.home, room.trash, folder.parent / "share")
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not any(path.is_relative_to(one) for one in own)
    }


# ---- what a call costs of our own ------------------------------------------------------------------------------------


def _own_cost(report: Report, folder: Path) -> None:
    folder.mkdir()
    room = ActingRoom(folder)
    for n in range(200):
        room.write(f"{n}.txt", f"Text {n}\n" * 20)
    reads = [_timed(room, "read_file", path=f"{n}.txt") for n in range(ROUNDS)]
    lists = [_timed(room, "list_folder", path=str(room.files)) for _ in range(ROUNDS)]
    writes = [_timed(room, "create_file", path=f"new {n}.txt", text="x") for n in range(ROUNDS)]
    edits = [_timed(room, "edit_file", path=f"{n}.txt", new="More") for n in range(ROUNDS)]
    moves = [{"from": f"{n}.txt", "to": f"Moved/{n}.txt"} for n in range(50)]
    plan = _timed(room, "move_files", moves=moves)
    for name, times in (("reading lines", reads), ("listing", lists), ("a new file", writes), ("an edit", edits)):
        report.figure(f"{name}, median", [statistics.median(times)], "ms", at_most=WANTED_MS)
    report.figure("a plan of 50 moves", [plan], "ms")
    room.close()


def _timed(room: ActingRoom, tool: str, **arguments: Any) -> float:
    """Milliseconds that a call takes: planned, asked, answered at once, recorded, done."""
    began = time.perf_counter()
    step = room.run(tool, **arguments)
    assert step.state == "done", step.result
    return (time.perf_counter() - began) * 1000
