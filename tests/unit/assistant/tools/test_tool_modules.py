"""A tool is one module: dropped into app/assistant/tools it is offered to models, called, and shown."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import app.assistant.tools
from app.assistant.tools.tool import Tool
from app.assistant.tools.toolbox import find_tools
from app.base.chat import ToolSpec
from app.base.paths import resources
from app.store.user import UserStore
from tests.support.caller import Caller
from tests.support.scripted_model import Library, ScriptedModel, assistant_over, calls

ALMANAC = """
from typing import Annotated

from msgspec import Meta

from app.assistant.tools.tool import Arguments, Result, Tool, parsed, spec_of


class MoonArguments(Arguments, frozen=True):
    month: Annotated[str, Meta(max_length=20, description="A month.")]


def run(context, arguments):
    month = parsed(arguments, MoonArguments).month
    return Result(done=f"Looked up {month}", lines=[f"In {month} the moon is full on the 12th."])


TOOL = Tool(spec_of("moon", "When the moon is full.", MoonArguments), "read", 15, "clock", lambda _: "Looking up", run)
"""


@pytest.fixture
def _almanac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A tool more than there is."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "moon.py").write_text(ALMANAC)
    monkeypatch.setattr(app.assistant.tools, "__path__", [*app.assistant.tools.__path__, str(folder)])
    yield
    del sys.modules["app.assistant.tools.moon"]


@pytest.mark.usefixtures("_almanac")
def test_tool_of_its_own_module_is_offered_called_and_shown(store: UserStore) -> None:
    model = ScriptedModel(rounds=[calls(("moon", {"month": "May"})), "On the 12th."], context=8192)
    caller = Caller(assistant_over(store, Library({"/docs/a.txt": "The moon."}), model))
    answer = caller.ask("When is the moon full in May?")
    assert [spec.name for spec in model.tools[0]][:4] == ["search_files", "moon", "list_folder", "read_file"]
    assert "In May the moon is full on the 12th." in model.prompts[1][-1].content
    running, done = caller.tools()
    assert (running.title, running.icon, running.state) == ("Looking up", "clock", "running")
    assert (done.title, done.icon, done.state) == ("Looked up May", "clock", "done")
    assert answer.steps == (done,)


def test_every_tool_declares_what_it_does_to_the_world_and_has_an_icon() -> None:
    tools = find_tools()
    effects = {tool.spec.name: tool.effect for tool in tools}
    assert [name for name, effect in effects.items() if effect == "read"] == [
        "search_files", "list_folder", "read_file", "query_table", "grep_files", "calculate", "find_files",
        "outline_file", "recall", "remember",
    ]  # fmt: skip
    assert [name for name, effect in effects.items() if effect == "write"] == [
        "create_file", "edit_file", "move_files", "arrange_files", "trash_files",
    ]  # fmt: skip
    assert [tool.icon for tool in tools if not (resources() / "icons" / f"{tool.icon}.svg").is_file()] == []


@pytest.mark.parametrize(
    ("effect", "more"), [("write", {"run": True}), ("network", {"run": True}), ("read", {"plan": True}), ("write", {})]
)
def test_tool_that_could_act_unasked_cannot_be_declared(effect: Any, more: dict[str, bool]) -> None:
    def nothing(*_: object) -> Any:
        raise AssertionError

    parts: Any = dict.fromkeys(more, nothing)
    spec = ToolSpec(name="x", description="X.", parameters={})
    with pytest.raises(ValueError, match="x: a tool that reads"):
        Tool(spec=spec, effect=effect, order=1, icon="x", title=str, **parts)
