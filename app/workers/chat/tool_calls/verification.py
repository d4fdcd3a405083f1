"""Proof of a derived syntax: what a template writes must be read back as the calls that it was given."""

from __future__ import annotations

from typing import Any

from app.base.chat import ToolSpec
from app.workers.chat.templates.conversation import openai_tool
from app.workers.chat.templates.template import TemplateRefused
from app.workers.chat.tool_calls.codec import read_calls
from app.workers.chat.tool_calls.harmony import read_harmony
from app.workers.chat.tool_calls.probes import Call, Prober
from app.workers.chat.tool_calls.syntax import CallSyntax


def _schema(**types: str) -> dict[str, Any]:
    properties = {name: {"type": kind, "description": name} for name, kind in types.items()}
    return {"type": "object", "properties": properties, "required": []}


_TOOLS = (
    ToolSpec(
        name="get_weather",
        description="Weather",
        parameters=_schema(city="string", n="integer", ok="boolean", x="number", opts="object", tags="array"),
    ),
    ToolSpec(name="search_files", description="Search", parameters=_schema(query="string", mode="string")),
    ToolSpec(name="list_all", description="List", parameters=_schema()),
)
_EXOTIC = {"city": 'Zürich é "x"', "n": 3, "ok": True, "x": -1.5, "opts": {"a": [1, 2], "b": "q"}, "tags": ["x", "y z"]}
PROBES: dict[str, tuple[Call, ...]] = {
    "types": (("get_weather", _EXOTIC),),
    "multi-line": (("search_files", {"query": "a\nb it's <b> & {c}"}),),
    "no arguments": (("list_all", {}),),
    "look-alikes": (("search_files", {"query": "3", "mode": "true"}),),
    "nested": (("get_weather", {"opts": {"a": {"b": [{"c": "d e"}]}}, "tags": [[1], ["two"]]}),),
    "two calls": (("search_files", {"query": "one"}), ("get_weather", {"n": 7})),
}


def failed_probes(prober: Prober, syntax: CallSyntax) -> tuple[str, ...]:
    """Names of the probes that do not read back; those of several calls are not tried where only one is possible."""
    return tuple(
        name
        for name, calls in PROBES.items()
        if (len(calls) == 1 or syntax.parallel) and not _reads_back(prober, syntax, calls)
    )


def _reads_back(prober: Prober, syntax: CallSyntax, calls: tuple[Call, ...]) -> bool:
    try:
        text = prober.calls(*calls, tools=[openai_tool(tool) for tool in _TOOLS])
    except TemplateRefused:
        return False
    if syntax.kind == "harmony":
        found = read_harmony(text)
    else:
        start = min((at for mark in (*syntax.triggers, calls[0][0]) if (at := text.find(mark)) >= 0), default=0)
        if not syntax.triggers:
            start = max(0, text.find((syntax.open + syntax.lead).strip() or calls[0][0]))
        found = list(read_calls(syntax, text[start:], _TOOLS).calls)
    return [(call.name, call.arguments) for call in found] == [(name, dict(given)) for name, given in calls]
