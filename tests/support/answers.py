"""Answers, citations and messages for window tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from app.base.turn_events import Step
from app.base.values import (
    Answer,
    AnswerMode,
    AnswerState,
    ChunkId,
    Citation,
    ConversationId,
    Coverage,
    FileShare,
    Message,
    Place,
    PlaceKind,
    ToolStep,
    TurnId,
    Usage,
)


def citation(
    n: int, path: str = "/home/ana/Reports/3M_2018_10K.pdf", page: int = 28, *, kind: PlaceKind = "page"
) -> Citation:
    """A citation of a page, or of another kind of place."""
    place = Place(kind=kind, first=page, last=page, label=f"{kind} {page}", start=0, end=9)
    return Citation(n=n, path=path, sha256="", place=place, quote=f"quote number {n}", chunk_id=ChunkId(n))


def answer(
    text: str,
    *,
    mode: AnswerMode = "chat",
    state: AnswerState = "done",
    citations: Sequence[Citation] = (),
    coverage: Coverage | None = None,
    error: str = "",
    steps: Sequence[ToolStep] = (),
) -> Answer:
    """A finished answer; it read four of nine files unless `coverage` says otherwise."""
    read = Coverage(matching=9, read=4, by_meaning=True, files=(FileShare(path="/home/ana/a.pdf", share=0.25),))
    return Answer(
        conversation=ConversationId(1),
        turn=TurnId(1),
        mode=mode,
        state=state,
        text=text,
        citations=tuple(citations),
        coverage=read if coverage is None else coverage,
        usage=Usage(total_ms=6100, prompt_tokens=812, reused_tokens=640, generated_tokens=245, decode_ms=20_000),
        model="Qwen 3 4B" if mode == "chat" else None,
        error=error,
        steps=tuple(steps),
    )


def tool_step(
    call: str,
    title: str,
    *,
    name: str = "search_files",
    state: Literal["running", "done", "failed"] = "done",
    result: str = "",
    passages: int = 0,
) -> ToolStep:
    """A call of a tool."""
    return ToolStep(
        call=call, name=name, arguments={"query": "lease"}, title=title, state=state, result=result, passages=passages
    )


def step(
    name: str,
    title: str,
    *,
    done: int = 0,
    total: int = 0,
    citations: Sequence[Citation] = (),
    tool: ToolStep | None = None,
    expected_s: float = 0.0,
) -> Step:
    """What a running turn does."""
    return Step(
        name=name,
        title=title,
        conversation=ConversationId(1),
        turn=TurnId(1),
        done=done,
        total=total,
        citations=tuple(citations),
        tool=tool,
        expected_s=expected_s,
    )


def messages(*exchanges: tuple[str, Answer]) -> list[Message]:
    """A conversation of questions with their answers."""
    made = []
    for turn, (question, reply) in enumerate(exchanges, 1):
        made.append(Message(turn=TurnId(turn), role="user", text=question, at=0))
        made.append(Message(turn=TurnId(turn), role="assistant", text=reply.text, at=0, answer=reply))
    return made
