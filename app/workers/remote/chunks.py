"""One event of a streamed answer, as servers send it: every field may be missing, and nothing is trusted."""

from __future__ import annotations

from typing import Any

import msgspec


class Function(msgspec.Struct):
    """Part of a call. arguments: a fragment of JSON, or (from some servers) the whole object."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class CallDelta(msgspec.Struct):
    """Part of the call with this index; some servers leave the index out."""

    index: int | None = None
    id: str | None = None
    function: Function | None = None


class Delta(msgspec.Struct):
    """What came. reasoning_content: llama-server, vLLM, DeepSeek; reasoning: Ollama, newer vLLM, OpenRouter."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[CallDelta] | None = None


class Choice(msgspec.Struct):
    """One of the answers; only the first is asked for."""

    delta: Delta | None = None
    finish_reason: str | None = None


class PromptDetails(msgspec.Struct):
    """cached_tokens: of the prompt, those that the server had read before."""

    cached_tokens: int | None = None


class Counts(msgspec.Struct):
    """Tokens, as the server counted them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None


class Chunk(msgspec.Struct):
    """One event."""

    choices: list[Choice] | None = None
    usage: Counts | None = None


def chunk_of(event: object) -> Chunk:
    """The event as values. Raises msgspec.ValidationError (a ValueError) if it is something else."""
    return msgspec.convert(event, Chunk, strict=False)
