"""The marks around a model's reasoning: known ones that its template mentions, or those that it prints."""

from __future__ import annotations

from app.workers.chat.tool_calls.probes import KEY, NAME, TEXT, THOUGHT, TOOLS, USER, VALUE, Prober, shared_head
from app.workers.chat.tool_calls.syntax import DEFAULT_MARKERS, Markers, mark_ends, mark_starts

_KNOWN = (
    Markers("[THINK]", "[/THINK]"),
    Markers("<seed:think>", "</seed:think>"),
    Markers("<mm:think>", "</mm:think>"),
    Markers("<|START_THINKING|>", "<|END_THINKING|>"),
    Markers("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    Markers("<|channel>thought", "<channel|>"),
    Markers("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"),
)
_FIELDS = ("reasoning_content", "reasoning", "thinking")


def mentioned_markers(template: str) -> Markers | None:
    """The known markers that a chat template mentions; None if it mentions none."""
    both = (known for known in _KNOWN if known.start in template and known.end in template)
    return next(both, DEFAULT_MARKERS if DEFAULT_MARKERS.end in template else None)


def find_markers(prober: Prober) -> Markers | None:
    """The markers that a template mentions, else those that it prints around reasoning; None if it does neither."""
    return mentioned_markers(prober.template.source) or _derived(prober)


def _derived(prober: Prober) -> Markers | None:
    for field in _FIELDS:
        for thinking in (True, False):
            found = prober.attempt(lambda field=field, thinking=thinking: _printed(prober, field, thinking), None)  # type: ignore[misc]
            if found is not None:
                return found
    return None


def _printed(prober: Prober, field: str, thinking: bool) -> Markers | None:
    answer = prober.after_user({"role": "assistant", "content": TEXT, field: THOUGHT}, (), thinking=thinking)
    lead, found, rest = answer.partition(THOUGHT)
    between, answered, tail = rest.partition(TEXT)
    if not (found and answered and between.strip()):
        return None
    if prober.plan.calls:  # what stands between a thought and a call too is the end; the rest is the text's own
        call = prober.message((NAME, {KEY: VALUE})) | {field: THOUGHT}
        called = prober.attempt(lambda: prober.after_user(call, TOOLS, thinking=thinking), "").partition(THOUGHT)[2]
        between = _whole_words(shared_head(between, called), between) if called else between
    prompt = prober.render(prober.head, (), generate=True, thinking=thinking).rpartition(USER)[2]
    start = lead[len(prompt) :].strip() if lead.startswith(prompt) else ""
    if not start:
        start = next((lead[at:].strip() for at in reversed(mark_starts(lead)) if lead[at:].strip() not in tail), "")
    return Markers(start, between.strip()) if start and mark_ends(between) else None


def _whole_words(head: str, text: str) -> str:
    """The beginning `head` of a text without half a word at its end."""
    at = len(head)
    if at in mark_ends(text) or text[at : at + 1] in "<[ \n" or head[-1:].isspace():
        return head
    return head[: max(head.rfind(" "), head.rfind("\n"), *mark_ends(head), 0)]
