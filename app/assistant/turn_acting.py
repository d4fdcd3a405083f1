"""A turn's tools, and the answer of one in which something was done, or was to be."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.assistant.acting.acting import Asking
from app.assistant.acting.hands import Hands
from app.assistant.acting.targets import Targets
from app.assistant.cancellation import Stop
from app.assistant.claims.grounding import Grounded
from app.assistant.evidence import Evidence
from app.assistant.file_access import Reach
from app.assistant.prompt import Prompt
from app.assistant.tool_loop import Written
from app.assistant.tools.tool import Tool, ToolContext
from app.assistant.tools.toolbox import Toolbox
from app.assistant.turn_record import TurnRecord
from app.assistant.turn_request import Means, TurnRequest
from app.base.chat import ChatMessage
from app.base.chat_model import ChatModel


def toolbox_of(
    means: Means, request: TurnRequest, record: TurnRecord, model: ChatModel, prompt: Prompt, tools: Sequence[Tool],
    stop: Stop,
) -> Toolbox:  # fmt: skip
    """The tools of one turn with what they may reach and do."""
    sources, acting, answer = means.sources, means.acting, record.answer
    reach = Reach(sources.files, request.scope, request.attachments, acting.hides)
    context = ToolContext(
        retriever=sources.retriever, reader=sources.reader, files=sources.files, reach=reach,
        targets=Targets(reach, acting.own), seen=lambda: prompt.numbers.paths,
        propose=lambda text: means.memories.add(text, origin="assistant", turn=answer.turn),
        tables=lambda path, sql: sources.tables(path, sql, answer.conversation),
        recall=lambda words, most: means.said_before.find(words, most, but=answer.conversation),
    )  # fmt: skip
    asking = Asking(answer.conversation, answer.turn, stop, record.approval if request.asks else None)
    hands = Hands(acting, asking, foreign=prompt.foreign, tell=record.acted)
    return Toolbox(tools, context, model=model, numbers=prompt.numbers, hands=hands, stop=stop)


def for_models(means: Means, evidence: Evidence) -> Evidence:
    """The evidence without what the person's rules keep from models; what they attached is theirs to show."""
    if evidence.attached:
        return evidence
    return msgspec.structs.replace(
        evidence, passages=tuple(one for one in evidence.passages if means.acting.shows(one.path))
    )  # fmt: skip


def settle_acted(record: TurnRecord, grounded: Grounded, written: Written) -> None:
    """The answer is what was done, in our words; below it the model's where the files or its tools bear them out.

    What the next prompt repeats is that, too, where the model said something else, or nothing.
    """
    done = "\n\n".join(record.outcomes)
    if grounded.holds and any(claim.verdict == "supported" for claim in grounded.claims):
        lead = f"{done}\n\n"
        claims = [
            msgspec.structs.replace(claim, start=claim.start + len(lead), end=claim.end + len(lead))
            for claim in grounded.claims
        ]
        record.change(claims=tuple(claims))
        record.settle(f"{lead}{grounded.text}")
    else:
        record.change(claims=grounded.bare_claims, unfounded=grounded.bare)
        record.settle(done)
        own = written.messages[:-1] if written.messages[-1].role == "assistant" else written.messages
        record.keep([*own, ChatMessage(role="assistant", content=done)])
