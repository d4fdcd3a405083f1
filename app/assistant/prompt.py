"""What the model is given: who it is and what it may use, what was said, then new passages and the question.

In that order, and what was sent once is sent again as it was, so that only the end has to be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

import msgspec

from app.assistant import budget
from app.assistant.citation_numbers import CitationNumbers
from app.assistant.history import History
from app.assistant.passage_format import cut, defused, framed, of_documents
from app.assistant.ports import Passage
from app.assistant.prompt_files import read_prompt
from app.assistant.quoting.cues import sort_of
from app.assistant.tools.tool import Tool
from app.base.aptitude import Profile
from app.base.chat import ChatMessage, ToolSpec
from app.base.chat_model import ChatModel

MOST_PASSAGES: dict[Profile, int] = {"full": budget.MOST_PASSAGES, "plain": 3, "reader": 1, "quotes": 0}
MOST_ANSWER: dict[Profile, int] = {"full": budget.MOST_ANSWER, "plain": 320, "reader": 96, "quotes": 0}
"""Tokens of an answer: what a weak model writes beyond these is no longer of the question."""

_FACT_ANSWER = 160
_LEAST_CONTEXT_FOR_TOOLS = 2048
_TOOLS_SHARE = 0.55  # of the window, with what else stands at the beginning; beyond it, passages have no room
_SMALL_TALK_TOKENS = 96
_MORE_TOOLS_SHARE, _FIRST_TOOLS = 0.36, 3
_TOOLS_FRAME = 160  # tokens that a template writes around its list of tools, generously


class Prompts(msgspec.Struct, frozen=True):
    """The texts of resources/prompts. versions: of each, by its file's name."""

    systems: Mapping[Profile, str]
    system_with_tools: str
    question: Template
    nothing: str
    above: Template
    document: Template
    document_read: str
    not_found: str
    sentence: Template
    small_talk: str
    memory: Template
    instructions: Template
    versions: Mapping[str, int]

    @staticmethod
    def load(folder: Path) -> Prompts:
        """Read them."""
        files = {path.stem: read_prompt(path) for path in sorted(folder.glob("*.md"))}
        text = {name: file.text for name, file in files.items()}
        files_of: dict[Profile, str] = {"full": "system", "plain": "plain", "reader": "reader"}
        systems = {
            profile: Template(text[name]).substitute(not_found=text["not_found"]) for profile, name in files_of.items()
        }
        return Prompts(
            systems=systems, system_with_tools=f"{systems['full']}\n{text['tools']}",
            question=Template(text["question"]),
            nothing=text["nothing"], above=Template(text["above"]), document=Template(text["document"]),
            document_read=text["document_read"], not_found=text["not_found"],
            sentence=Template(text["sentence"]),
            small_talk=text["small_talk"], memory=Template(text["memory"]),
            instructions=Template(text["instructions"]),
            versions={name: file.version for name, file in files.items()},
        )  # fmt: skip

    def with_more(self, text: str, versions: Mapping[str, int]) -> Prompts:
        """The same, with this at the end of what every prompt but a reader's begins with. versions: of that."""
        more: dict[Profile, str] = {one: f"{self.systems[one]}\n{text}" for one in ("full", "plain")}
        return msgspec.structs.replace(
            self, systems={**self.systems, **more}, system_with_tools=f"{self.system_with_tools}\n{text}",
            versions={**self.versions, **versions},
        )  # fmt: skip

    def begin(self, tools: Sequence[ToolSpec], profile: Profile = "full") -> ChatMessage:
        """The message that every prompt begins with. profile: not "quotes"; it has no prompt."""
        return ChatMessage(role="system", content=self.system_with_tools if tools else self.systems[profile])


class Opening(msgspec.Struct, frozen=True):
    """What a prompt begins with after the system's message, and what of it need not be read again.

    history: earlier turns, which are sent again. lead: messages that this turn puts before its question instead, with
    the passages that they hold, numbered from 1, of the files `whole`. reused: tokens of a prompt with `lead` that the
    model has read; None where the history tells. begun: tokens of what every prompt begins with that it has read.
    """

    history: History = History()
    lead: tuple[ChatMessage, ...] = ()
    passages: tuple[Passage, ...] = ()
    whole: tuple[str, ...] = ()
    reused: int | None = None
    begun: int = 0


class Prompt(msgspec.Struct, frozen=True):
    """A prompt that fits.

    own: what this turn adds to it. kept: the earlier turns that it repeats. passages: the new ones; tokens: of each.
    given: all that the answer is to rest on, also what stood there before. total: tokens of all; new: those to be read;
    beginning: those that every prompt begins with. predicted_s: until the first word, 0 if not known. spent: what went
    where, for the trace.
    """

    messages: tuple[ChatMessage, ...]
    own: tuple[ChatMessage, ...]
    kept: History
    numbers: CitationNumbers
    passages: tuple[Passage, ...]
    tokens: tuple[int, ...]
    given: tuple[Passage, ...]
    max_tokens: int
    beginning: int
    total: int
    new: int
    predicted_s: float
    spent: dict[str, object]

    @property
    def foreign(self) -> bool:
        """Whether anything stands in it that neither we nor the person wrote: files, and what was answered before."""
        return len(self.messages) > 2 or bool(self.given) or bool(self.numbers.older or self.numbers.own)


def compose(
    prompts: Prompts,
    model: ChatModel,
    *,
    question: str,
    passages: Sequence[Passage],
    opening: Opening,
    tools: Sequence[ToolSpec],
    target_s: float,
    profile: Profile = "full",
    in_order: bool = False,
    keep_to: str = "",
) -> Prompt:
    """The prompt for a question over passages, best first, as many as the budget and the profile allow.

    A reader is given the first passage as the sentence to answer from.
    in_order: number those chosen as they stand in their files. keep_to: what the person wants kept to.
    Raises Problem ask.too_long, ask.no_room.
    """
    first = prompts.begin(tools, profile)
    numbers = CitationNumbers(opening.history.passages or dict(enumerate(opening.passages, 1)))
    ranked = passages[: MOST_PASSAGES[profile]]
    above = [n for one in ranked if (n := numbers.find(one)) is not None]
    candidates = [one for one in ranked if numbers.find(one) is None]
    bare = _asked(prompts, question, "", above, keep_to)
    counts = iter(
        model.count(
            [first.content, as_text(tools), bare,
             *(message_text(message) for message in (*opening.history.messages, *opening.lead)),
             *(framed(n, one) for n, one in enumerate(candidates, numbers.upcoming))]
        )
    )  # fmt: skip
    beginning = next(counts) + budget.MESSAGE_TOKENS + tools_tokens(next(counts), tools)
    asked = next(counts)
    turns = [sum(next(counts) + budget.MESSAGE_TOKENS for _ in block.messages) for block in opening.history.blocks]
    lead = sum(next(counts) + budget.MESSAGE_TOKENS for _ in opening.lead)
    sizes = list(counts)
    answer = min(budget.answer_limit(model.context, model.decode_rate), _deserved(profile, question))
    room = budget.history_room(model.context, answer, beginning + lead, asked)
    kept = opening.history.newest(budget.kept_turns(turns, room))
    turns = turns[len(turns) - len(kept.blocks) :]
    plan = budget.plan(
        context=model.context, before=beginning + sum(turns) + lead, question=asked,
        reused=_reused(model, opening, kept, beginning, turns), answer=answer, cost=model.cost, target_s=target_s,
    )  # fmt: skip
    chosen = _choose(candidates, sizes, plan, model.context)
    if in_order:
        order = of_documents([passage for passage, _ in chosen])
        chosen.sort(key=lambda pair: order.index(pair[0]))
    if len(kept.blocks) < len(opening.history.blocks):  # what was dropped can be neither pointed at nor cited
        numbers = CitationNumbers(kept.passages)
        above = [n for n in above if n in kept.passages]
    shown = "\n".join(framed(numbers.add(passage), passage) for passage, _ in chosen)
    if profile == "reader" and chosen:
        sentence = defused(chosen[0][0].text.strip())
        asked_now = prompts.sentence.substitute(sentence=sentence, question=defused(question))
    else:
        asked_now = _asked(prompts, question, shown, above, keep_to)
    own = (*opening.lead, ChatMessage(role="user", content=asked_now))
    for n in above:
        numbers.shown(n)
    size = sum(tokens for _, tokens in chosen)
    new = plan.fixed + size
    predicted_s = model.cost.seconds(new, plan.reused) if model.cost.known else 0.0
    return Prompt(
        messages=(first, *kept.messages, *own), own=own, kept=kept, numbers=numbers,
        passages=tuple(passage for passage, _ in chosen), tokens=tuple(tokens for _, tokens in chosen),
        given=(*numbers.answer.values(), *opening.passages, *kept.whole_passages), max_tokens=plan.answer,
        beginning=beginning, total=plan.reused + new, new=new, predicted_s=predicted_s,
        spent={
            "context": model.context, "beginning": beginning, "question": asked, "history": sum(turns),
            "history_turns": len(turns), "dropped_turns": len(opening.history.blocks) - len(turns), "whole": lead,
            "room": plan.room, "passage_budget": plan.passages, "passages": size, "max_tokens": plan.answer,
            "reused": plan.reused, "new": new, "target_s": budget.bounded(target_s),
            "law": _law(model), "predicted_s": round(predicted_s, 3),
            "floor_s": round(_floor_cost(model, plan, size, target_s), 3),
        },
    )  # fmt: skip


def _deserved(profile: Profile, question: str) -> int:
    """Tokens that an answer may have by its question: one that asks for a date, a name or a figure wants few.

    A full model knows when to end, and may think before it does.
    """
    most = MOST_ANSWER[profile]
    return min(most, _FACT_ANSWER) if profile != "full" and sort_of(question)[0] else most


def compose_small_talk(prompts: Prompts, model: ChatModel, question: str, history: History) -> Prompt:
    """The prompt for a greeting or thanks: neither tools nor passages, nor what was said before.

    history: what later prompts repeat all the same.
    """
    messages = (
        ChatMessage(role="system", content=prompts.small_talk), ChatMessage(role="user", content=defused(question)),
    )  # fmt: skip
    size = sum(count + budget.MESSAGE_TOKENS for count in model.count([message.content for message in messages]))
    return Prompt(
        messages=messages, own=messages[1:], kept=history, numbers=CitationNumbers({}), passages=(), tokens=(),
        given=(), max_tokens=_SMALL_TALK_TOKENS, beginning=size, total=size, new=size,
        predicted_s=model.cost.seconds(size, 0) if model.cost.known else 0.0,
        spent={"context": model.context, "question": size, "max_tokens": _SMALL_TALK_TOKENS, "new": size},
    )  # fmt: skip


def tools_for(prompts: Prompts, model: ChatModel, tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """The tools that a model gets: none where its profile has none, or they would take up too much of its window.

    The first of them come before passages, the others only where there is room for both.
    """
    if not model.local:
        tools = [tool for tool in tools if not tool.private]
    if model.profile != "full" or model.context < _LEAST_CONTEXT_FOR_TOOLS or not tools:
        return ()
    specs = [tool.spec for tool in tools]
    system, *sizes = model.count([prompts.begin(specs).content, *(as_text([spec]) for spec in specs)])
    chosen: tuple[Tool, ...] = ()
    for n in range(1, len(tools) + 1):
        share = _TOOLS_SHARE if n <= _FIRST_TOOLS else _MORE_TOOLS_SHARE
        if system + tools_tokens(sum(sizes[:n]), specs[:n]) > model.context * share:
            break
        chosen = tuple(tools[:n])
    return chosen if len(chosen) >= min(_FIRST_TOOLS, len(tools)) else ()


def as_text(tools: Sequence[ToolSpec]) -> str:
    """Tools as text whose length tells how much of a prompt they take."""
    return msgspec.json.encode(tools).decode() if tools else ""


def tools_tokens(counted: int, tools: Sequence[ToolSpec]) -> int:
    """Tokens of tools in a prompt, generously; counted: those of `as_text`."""
    return counted * 4 // 3 + _TOOLS_FRAME if tools else 0


def message_text(message: ChatMessage) -> str:
    """All that a message takes in a prompt."""
    return message.content + (msgspec.json.encode(message.calls).decode() if message.calls else "")


def _asked(prompts: Prompts, question: str, shown: str, above: Sequence[int], keep_to: str) -> str:
    """The message with the question, and with what there is to answer it from. above: numbers of older passages."""
    ask = defused(question)
    parts = [shown] if shown else []
    if above:
        parts.append(prompts.above.substitute(numbers=" ".join(f"[{n}]" for n in above)))
    parts = parts or [prompts.nothing]
    if keep_to:
        parts.append(prompts.instructions.substitute(text=keep_to))
    return prompts.question.substitute(passages="\n\n".join(parts), question=ask)


def _reused(model: ChatModel, opening: Opening, kept: History, beginning: int, turns: Sequence[int]) -> int:
    """Tokens of the prompt's beginning that the model has read already."""
    if opening.reused is not None:
        return opening.reused
    if kept.model != model.name:
        return min(beginning, opening.begun)
    if len(kept.blocks) < len(opening.history.blocks):
        return beginning
    told = 0  # turns after the last that a model was sent
    for block in reversed(kept.blocks):
        if block.sent:
            break
        told += 1
    return beginning + sum(turns[: len(turns) - told])


def _choose(
    candidates: Sequence[Passage], sizes: Sequence[int], plan: budget.Budget, context: int
) -> list[tuple[Passage, int]]:
    count = budget.fit_passages(sizes, plan)
    if candidates and not count:
        part = cut(candidates[0], sizes[0], plan.room)
        if part is None:
            raise budget.no_room(context)
        return [(part, plan.room)]
    return list(zip(candidates[:count], sizes, strict=False))


def _law(model: ChatModel) -> dict[str, float] | None:
    if not model.cost.known:
        return None
    a, b = model.cost.law
    return {"a": a, "b": b, "overhead_s": model.cost.overhead_s}


def _floor_cost(model: ChatModel, plan: budget.Budget, size: int, target_s: float) -> float:
    """Seconds past the target that the least passages and the fixed part cost; 0 if they do not break it."""
    if not model.cost.known:
        return 0.0
    return max(0.0, model.cost.seconds(plan.fixed + size, plan.reused) - budget.bounded(target_s))
