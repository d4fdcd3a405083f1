"""Seventy published chat templates: which render a chat, carry a conversation with tools, and read back every probe."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from app.base.chat import ChatMessage, ToolCall
from app.base.errors import Problem
from app.workers.chat.tool_calls.dialect import Dialect, build_dialect
from tests.bench.report import Report
from tests.support.notes_tool import NOTES
from tests.support.yardsticks import yardsticks_folder

WANTED_CHATS, WANTED_VERIFIED, WANTED_MS = 69, 58, 300.0
CHAT = (
    ChatMessage(role="system", content="Rules stand here"),
    ChatMessage(role="user", content="First question"),
    ChatMessage(role="assistant", content="First answer"),
    ChatMessage(role="user", content="Second question"),
)
CALLING = (
    *CHAT,
    ChatMessage(role="assistant", content="", calls=(ToolCall(id="c", name=NOTES.name, arguments={"query": "ink"}),)),
    ChatMessage(role="tool", content="Result of the search", call_id="c", name=NOTES.name),
    ChatMessage(role="assistant", content="It is in the drawer"),
    ChatMessage(role="user", content="Thanks"),
)
SAID = ("Finds the notes quickly", "words to look for", "find_notes", "ink", "Result of the search", "in the drawer")


def run() -> int:
    """Derive and print; 0 if every bound holds."""
    report = Report("templates")
    sources = sorted((yardsticks_folder() / "llama" / "templates").glob("*.jinja"))
    chats = carried = 0
    kinds: Counter[str] = Counter()
    took = []
    for source in sources:
        begun = time.perf_counter()
        dialect = build_dialect(source.read_text("utf-8"), "<s>", "</s>", name=source.stem)
        took.append((time.perf_counter() - begun) * 1000)
        kinds[dialect.report.tools] += 1
        chats += dialect.report.template == "own" and _says(dialect, source, CHAT, [one.content for one in CHAT])
        carried += _says(dialect, source, CALLING, SAID)
        if dialect.report.tools != "verified":
            failed = f", not read back: {', '.join(dialect.report.failed)}" if dialect.report.failed else ""
            report.note(f"{source.stem}: {dialect.report.tools}{failed}")
    report.figure("templates that render a chat", [chats], f"of {len(sources)}", at_least=WANTED_CHATS)
    report.figure("carry definition, call, result and answer", [carried], "", at_least=len(sources))
    report.figure("read back every probe", [kinds["verified"]], "", at_least=WANTED_VERIFIED)
    report.figure("derivation", took, "ms", at_most=WANTED_MS)
    return report.end()


def _says(dialect: Dialect, source: Path, talk: tuple[ChatMessage, ...], said: list[str] | tuple[str, ...]) -> bool:
    try:
        prompt = dialect.render(talk, [NOTES] if talk is CALLING else [])
    except Problem as problem:
        print(f"  {source.stem}: {problem.title}")
        return False
    missing = [text for text in said if text not in prompt]
    if missing:
        print(f"  {source.stem} leaves out: {', '.join(missing)}")
    return not missing
