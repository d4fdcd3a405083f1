"""What a turn is doing, and what it took, as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from app.base.foreign_text import harmless_line
from app.base.turn_events import Step
from app.base.values import Answer, Citation, ToolStep
from app.base.wording import count, seconds_taken
from app.window.controls.wording import about_seconds

_SAID_FROM_S = 3.0
_RESULT_SHOWN = 6_000
_NAME_SHOWN = 40


def step_text(step: Step | None, elapsed_s: float) -> str:
    """What a turn is doing, how long it may take, how far it is, and how long it has taken if that is worth saying."""
    title = step.title if step is not None and step.title else "Starting"
    expected = f", {about_seconds(step.expected_s)}" if step is not None and step.expected_s >= 1 else ""
    percent = f" {step.done * 100 // step.total} %" if step is not None and step.total else ""
    taken = f" · {elapsed_s:.0f} s" if elapsed_s >= _SAID_FROM_S else ""
    return f"{title.rstrip('.…')}{expected}…{percent}{taken}"


def sources_text(citations: Sequence[Citation]) -> str:
    """ "1 source, 2 passages": how many files and how many places of them are cited; "" for none."""
    files = len({citation.path for citation in citations})
    if not files:
        return ""
    passages = f", {count(len(citations), 'passage')}" if len(citations) != files else ""
    return f"{count(files, 'source')}{passages}"


def caption_text(citation: Citation) -> str:
    """What stands above a quote: what it is under, its file, and where: “Rent › Deposit · lease.pdf, page 3”."""
    name = PurePath(citation.path).name
    short = name if len(name) <= _NAME_SHOWN else f"{name[: _NAME_SHOWN // 2]}…{name[-_NAME_SHOWN // 2 :]}"
    place = "" if citation.place.kind == "whole" else citation.place.label
    parts = [[citation.caption], [short, place]]
    return " · ".join(", ".join(_apart(part) for part in some if part) for some in parts if any(some))


def _apart(text: str) -> str:
    """Text whose direction of writing turns nothing around it."""
    return f"\u2068{harmless_line(text)}\u2069"


def cost_text(answer: Answer | None) -> str:
    """Sources and seconds of an answer, in one line."""
    if answer is None:
        return ""
    return " · ".join(part for part in (sources_text(answer.citations), seconds_taken(answer.usage.total_ms)) if part)


def cost_details(answer: Answer | None) -> str:
    """Which model wrote an answer, and what it read and wrote."""
    if answer is None or not answer.model:
        return ""
    usage = answer.usage
    rate = usage.generated_tokens / usage.decode_ms * 1000 if usage.decode_ms else 0.0
    speed = f" at {rate:.1f} a second" if rate else ""
    read = f"{usage.prompt_tokens:,} tokens read, {usage.reused_tokens:,} of them kept from before"
    return f"{answer.model}. {read}; {usage.generated_tokens:,} written{speed}."


def call_note(step: ToolStep, *, live: bool) -> str:
    """What came of a call, beside its title: passages, the reason why it failed, or that it was cut short."""
    if step.state == "failed":
        reason = next((line.strip() for line in step.result.splitlines() if line.strip()), "")
        return f"failed: {reason}" if reason else "failed"
    if step.state == "running":
        return "" if live else "stopped"
    passages = count(step.passages, "passage") if step.passages else ""
    taken = f"{step.ms / 1000:.1f} s" if step.ms >= 1000 * _SAID_FROM_S else ""
    return " · ".join(part for part in (passages, taken) if part)


def call_result(step: ToolStep) -> str:
    """What a call brought, as its row unfolds to it; a very long result is cut, and says so."""
    if not step.result.strip():
        return "It brought nothing."
    if len(step.result) <= _RESULT_SHOWN:
        return step.result.strip()
    return f"{step.result[:_RESULT_SHOWN].strip()}…\n\nThe first {_RESULT_SHOWN:,} of {len(step.result):,} characters."


def call_arguments(step: ToolStep) -> str:
    """With what a tool was called: "search · query: lease"."""
    given = ", ".join(f"{name}: {value}" for name, value in step.arguments.items())
    return f"{step.name} · {given}" if given else step.name
