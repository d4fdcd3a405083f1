"""How an answer came about, in words: the same in the window and in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import NamedTuple

from app.base.claim_wording import claim_note
from app.base.turn_trace import AnswerTrace, PassageTrace, SearchTrace, TurnTrace
from app.base.values import Answer
from app.base.wording import count

_STAGES = {
    "searching": "searching", "looking back": "looking for an earlier answer",
    "loading": "finding or loading the model", "quoting": "choosing quotes",
    "writing": "the model, reading and writing", "checking": "holding statements against files",
}  # fmt: skip
_ENDS = {
    "end": "it came to its end", "length": "cut off at its greatest length", "stop": "it was stopped",
    "repeated": "ended where it repeated itself", "call": "it called tools",
}  # fmt: skip


class Section(NamedTuple):
    """A heading with its lines: (what, how much), the second "" where the first says it all."""

    title: str
    lines: tuple[tuple[str, str], ...]


def sections(shown: AnswerTrace) -> list[Section]:
    """How an answer came about, in the order in which it did; without what there was nothing of."""
    answer, trace = shown.answer, shown.trace
    made = [
        Section("Lost", (("Only the answer could be kept, not how it came about", trace.lost),) if trace.lost else ()),
        Section("Searched", tuple(_searched(trace.search)) if trace.search else ()),
        Section("Given to the model", tuple(map(_passage, trace.passages))),
        Section("Quoted", tuple((_file(one.path), f"score {one.score:.2f}") for one in trace.quotes)),
        Section("Found, but passed over" if trace.passages else "Found", tuple(map(_passage, trace.passed_over))),
        Section("Read of each file", tuple((_file(one.path), f"{one.share:.0%}") for one in answer.coverage.files)),
        Section("Written", tuple(_written(answer, trace))),
        Section(
            "Statements", tuple((claim.text, claim_note(claim) or "Found in your files.") for claim in answer.claims)
        ),
        Section("Took", tuple(_took(answer, trace))),
    ]
    return [section for section in made if section.lines]


def _searched(search: SearchTrace) -> Iterator[tuple[str, str]]:
    yield "For", f"“{search.query}”"
    if search.why:
        yield "Because", search.why
    if search.file:
        yield "Only in", _file(search.file)
    yield "Found", f"{count(search.matching, 'file')} of {search.searched:,}, {count(search.passages, 'passage')}"
    if search.waiting:
        yield "Not read yet", count(search.waiting, "file")
    if search.words_weight is None or not search.by_meaning:
        yield "By", "words alone" if not search.by_meaning else "words and meaning"
    else:
        words = f"{search.words_weight:.0%} words, {1 - search.words_weight:.0%} meaning"
        yield "By", f"{words}: {search.weighed_so}" if search.weighed_so else words


def _passage(one: PassageTrace) -> tuple[str, str]:
    number = f"[{one.n}] " if one.n else ""
    label = f" · {one.label}" if one.label else ""
    parts = [f"score {one.score:.2f}"]
    if one.similarity:
        parts.append(f"meaning {one.similarity:.2f}")
    parts.append(f"{one.tokens:,} tokens" if one.tokens else f"{one.chars:,} characters")
    return f"{number}{_file(one.path)}{label}", " · ".join(parts)


def _written(answer: Answer, trace: TurnTrace) -> Iterator[tuple[str, str]]:
    if answer.model is None:
        if answer.mode == "quotes":
            yield "By", "your files: quotes, no model"
        return
    yield "By", answer.model
    if trace.prompts:
        yield "Prompts", ", ".join(f"{name} {version}" for name, version in sorted(trace.prompts.items()))
    usage = answer.usage
    if usage.prompt_tokens:
        new = usage.prompt_tokens - usage.reused_tokens
        yield "Read", f"{usage.prompt_tokens:,} tokens, {new:,} of them new"
        yield "Wrote", f"{usage.generated_tokens:,} tokens"
    dropped = trace.budget.get("dropped_turns")
    if dropped:
        yield "Left out", f"{count(int(dropped), 'earlier question')}, for which there was no room"
    calls = [call for one in trace.rounds for call in one.calls]
    if calls:
        yield "Called", ", ".join(calls)
    if trace.generated.reason:
        yield "Ended", _ENDS.get(trace.generated.reason, trace.generated.reason)


def _took(answer: Answer, trace: TurnTrace) -> Iterator[tuple[str, str]]:
    for stage in trace.stages:
        if stage.ms >= 1:
            yield stage_words(stage.name), _time(stage.ms)
    if trace.first_quote_ms:
        yield "until the first quote", _time(trace.first_quote_ms)
    if answer.usage.first_text_ms:
        yield "until the first word", _time(answer.usage.first_text_ms)
    if answer.usage.total_ms:
        yield "in all", _time(answer.usage.total_ms)
    if trace.failed:
        yield "failed with", trace.failed


def stage_words(name: str) -> str:
    """What is done in a stage."""
    return _STAGES.get(name, name)


def _time(ms: float) -> str:
    return f"{ms:,.0f} ms" if ms < 10_000 else f"{ms / 1000:,.1f} s"


def _file(path: str) -> str:
    return PurePath(path).name or path


def as_lines(shown: AnswerTrace) -> Iterable[str]:
    """All of it as plain lines, the second column aligned within each section."""
    for section in sections(shown):
        yield section.title
        width = max((len(what) for what, _ in section.lines if len(what) <= 44), default=0)
        for what, much in section.lines:
            yield f"  {what.ljust(width)}  {much}".rstrip()
        yield ""
