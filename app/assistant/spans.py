"""A turn as spans, named as OpenTelemetry's conventions for generative AI name them.

They hold times, counts, names of models and codes of problems; no word of a question, of a file or of an answer.
Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/
"""

from __future__ import annotations

from app.base.turn_trace import Stage, TurnTrace
from app.base.values import Answer
from app.base.worker_calls import Span

_NS_A_MS = 1_000_000
_LOCAL = "llama.cpp"
_REMOTE = "openai"


def spans_of(answer: Answer, trace: TurnTrace, *, ended_ns: int, local: bool) -> tuple[Span, ...]:
    """The turn and, below it, its stages. ended_ns: when it ended, since 1970. local: whether its model runs here."""
    began_ns = ended_ns - _ns(answer.usage.total_ms)
    stages = [_stage_span(stage, began_ns, answer, trace, local=local) for stage in trace.stages]
    return Span(
        name="invoke_agent Familiar", start_ns=began_ns, end_ns=ended_ns, error=trace.failed,
        attributes=_of_turn(answer, trace),
    ), *stages  # fmt: skip


def _of_turn(answer: Answer, trace: TurnTrace) -> dict[str, str | int | float | list[str]]:
    claims = [claim.verdict for claim in answer.claims]
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Familiar",
        "gen_ai.conversation.id": str(answer.conversation),
        "familiar.turn": int(answer.turn),
        "familiar.state": answer.state,
        "familiar.rung": answer.rung,
        "familiar.passages.used": len(trace.passages),
        "familiar.passages.passed_over": len(trace.passed_over),
        "familiar.citations": len(answer.citations),
        "familiar.claims.supported": claims.count("supported"),
        "familiar.claims.partly": claims.count("partly"),
        "familiar.claims.not_found": claims.count("not_found"),
        "familiar.tool_calls": [step.name for step in answer.steps],
        "familiar.first_text_ms": answer.usage.first_text_ms,
        "familiar.prompts": [f"{name} {version}" for name, version in sorted(trace.prompts.items())],
    }


def _stage_span(stage: Stage, began_ns: int, answer: Answer, trace: TurnTrace, *, local: bool) -> Span:
    start_ns = began_ns + _ns(stage.began_ms)
    end_ns = start_ns + _ns(stage.ms)
    if stage.name == "searching":
        search = trace.search
        found = {} if search is None else {
            "familiar.search.passages": search.passages, "familiar.search.matching": search.matching,
            "familiar.search.searched": search.searched, "familiar.search.words_weight": search.words_weight or 0.0,
        }  # fmt: skip
        return Span(
            name="retrieval", start_ns=start_ns, end_ns=end_ns, parent=0,
            attributes={"gen_ai.operation.name": "retrieval", **found},
        )  # fmt: skip
    if stage.name == "writing" and answer.model:
        return Span(
            name=f"chat {answer.model}", start_ns=start_ns, end_ns=end_ns, parent=0, calls_out=True,
            error=trace.failed if not trace.rounds else "",
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": _LOCAL if local else _REMOTE,
                "gen_ai.request.model": answer.model,
                "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
                "gen_ai.usage.cache_read.input_tokens": answer.usage.reused_tokens,
                "gen_ai.usage.output_tokens": answer.usage.generated_tokens,
                "gen_ai.response.finish_reasons": [each.reason for each in trace.rounds],
            },
        )  # fmt: skip
    return Span(name=stage.name, start_ns=start_ns, end_ns=end_ns, parent=0)


def _ns(ms: float) -> int:
    return round(ms * _NS_A_MS)
