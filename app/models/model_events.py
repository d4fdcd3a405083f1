"""What a process that runs a model emits while it writes, as the assistant hears it."""

from __future__ import annotations

import msgspec

from app.base.chat import Prefill
from app.base.chat_model import ModelEvent, Thought


def model_event(event: str, body: msgspec.Raw) -> ModelEvent | None:
    """An event of `Generate`: progress, a thought or text; None for what only the engine cares about."""
    if event == "text":
        return msgspec.json.decode(body, type=str)
    if event == "reasoning":
        return Thought(text=msgspec.json.decode(body, type=str))
    return msgspec.json.decode(body, type=Prefill) if event == "prefill" else None
