"""What the model is given: who it is, what was said, the passages as numbered data, the question.

In that order, so that the beginning stays the same from turn to turn and need not be read again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePath
from string import Template

import msgspec

from app.assistant import budget
from app.assistant.markers import without_markers
from app.assistant.ports import ChatModel, Passage
from app.assistant.sentences import spans
from app.base.chat import ChatMessage
from app.base.errors import Problem
from app.base.places import narrow
from app.base.values import Message

# What chat templates use to say who speaks. In a file's text it must not look like that.
_CONTROL = re.compile(
    r"<(?=[|｜][^>\n]{1,60}[|｜]>|/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|tool_call|think|passages?)\b[^>\n]{0,80}>"
    r"|<(?:/?SYS)>>)|\[(?=/?(?:INST|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT)\])",
    re.IGNORECASE,
)
_OLD_ANSWER_CHARS = 2000


class Prompts(msgspec.Struct, frozen=True):
    """The texts of resources/prompts."""

    system: str
    question: Template
    not_found: str

    @staticmethod
    def load(folder: Path) -> Prompts:
        """Read them."""
        system, question, not_found = (
            (folder / name).read_text("utf-8").strip() for name in ("system.md", "question.md", "not_found.md")
        )
        return Prompts(
            system=Template(system).substitute(not_found=not_found), question=Template(question), not_found=not_found
        )


class Prompt(msgspec.Struct, frozen=True):
    """A prompt that fits. passages: those sent, as numbered from 1; tokens: of each; spent: what went where."""

    messages: tuple[ChatMessage, ...]
    passages: tuple[Passage, ...]
    tokens: tuple[int, ...]
    max_tokens: int
    spent: dict[str, int]


def compose(
    prompts: Prompts,
    model: ChatModel,
    *,
    question: str,
    passages: Sequence[Passage],
    history: Sequence[ChatMessage],
    rate: float | None,
    in_order: bool = False,
) -> Prompt:
    """The prompt for a question over passages, best first, as many as the budget allows; none for small talk.

    in_order: number those chosen as they stand in their files. Raises Problem ask.too_long.
    """
    ask = defused(question)
    bare = prompts.question.substitute(passages="", question=ask) if passages else ask
    candidates = passages[: budget.MOST_PASSAGES]
    texts = [prompts.system, bare, *(message.content for message in history)]
    counts = model.count([*texts, *(_shown(n, one) for n, one in enumerate(candidates, 1))])
    system, asked = counts[:2]
    spoken, sizes = counts[2 : len(texts)], counts[len(texts) :]
    plan = budget.plan(context=model.context, system=system, question=asked, has_history=bool(history), rate=rate)
    count = budget.fit_passages(sizes, plan)
    chosen = list(zip(candidates[:count], sizes, strict=False))
    if candidates and not chosen:
        chosen = [_cut(candidates[0], sizes[0], plan.room)]
    if in_order:
        chosen.sort(key=lambda pair: (pair[0].path, pair[0].place.start))
    room = plan.room - sum(size for _, size in chosen)
    kept = history[len(history) - budget.fit_history(spoken, room) :]
    shown = "\n".join(_shown(n, passage) for n, (passage, _) in enumerate(chosen, 1))
    content = prompts.question.substitute(passages=shown, question=ask) if chosen else ask
    return Prompt(
        messages=(
            ChatMessage(role="system", content=prompts.system), *kept, ChatMessage(role="user", content=content),
        ),
        passages=tuple(passage for passage, _ in chosen),
        tokens=tuple(size for _, size in chosen),
        max_tokens=plan.answer,
        spent={
            "context": model.context, "system": system, "question": asked, "room": plan.room,
            "passage_budget": plan.passages, "passages": sum(size for _, size in chosen),
            "history": sum(spoken[len(spoken) - len(kept) :]), "history_messages": len(kept),
        },
    )  # fmt: skip


def history_of(messages: Sequence[Message]) -> list[ChatMessage]:
    """What was said before, as question and answer in turn; citation numbers, which meant other passages, are gone."""
    history: list[ChatMessage] = []
    for asked, answered in zip(messages[::2], messages[1::2], strict=False):
        if answered.text:
            said = without_markers(answered.text)[:_OLD_ANSWER_CHARS]
            history.append(ChatMessage(role="user", content=defused(asked.text[:_OLD_ANSWER_CHARS])))
            history.append(ChatMessage(role="assistant", content=defused(said)))
    return history


def defused(text: str) -> str:
    """A stranger's text with nothing in it that reads as a chat template's or this prompt's own marks."""
    return _CONTROL.sub(lambda mark: "‹" if mark.group() == "<" else "⁅", text)


def _shown(n: int, passage: Passage) -> str:
    """A passage as the model sees it."""
    name = defused(PurePath(passage.path).name).replace('"', "'").replace("\n", " ")
    heading = f' under="{_attribute(passage.heading)}"' if passage.heading else ""
    place = "" if passage.place.kind == "whole" else f' place="{_attribute(passage.place.label)}"'
    return f'<passage n="{n}" file="{name}"{place}{heading}>\n{defused(passage.text.strip())}\n</passage>'


def _attribute(text: str) -> str:
    return defused(text).replace('"', "'").replace("\n", " ")


def _cut(passage: Passage, size: int, room: int) -> tuple[Passage, int]:
    """The beginning of a passage that is too long for the room, up to the end of a sentence if one ends there.

    Raises Problem ask.no_room if there is no room for a useful part.
    """
    length = len(passage.text) * room // (size + 1) * 9 // 10
    ends = [end for _, end in spans(passage.text) if end <= length]
    length = ends[-1] if ends else length
    if length < 1:
        raise Problem(
            "ask.no_room", f"A model that reads only {room + size} tokens cannot answer from files.",
            "The question was kept. Use a model with a longer context, or quotes.",
        )  # fmt: skip
    place = narrow(passage.place, passage.text, 0, length)
    return msgspec.structs.replace(passage, text=passage.text[:length], place=place), room
