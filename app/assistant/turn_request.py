"""What a turn is asked, and what every turn works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from app.assistant.acting.acting import Acting
from app.assistant.instructions import Instructions
from app.assistant.ports import Sources
from app.assistant.prefetch import Prefetch
from app.assistant.prompt import Prompts
from app.assistant.tools.tool import Tool
from app.base.chat_model import ModelProvider
from app.base.values import Attachment, Message
from app.store.asked_before import AskedBefore
from app.store.conversations import Conversations
from app.store.memories import Memories
from app.store.said_before import SaidBefore
from app.store.turns import Turns


class Wishes(msgspec.Struct, frozen=True):
    """What the person has set, as it is now.

    first_word_s: how soon they want an answer to begin. strict: how sure quotes must be to answer. instructions: what
    answers are to keep to.
    """

    first_word_s: Callable[[], float]
    strict: Callable[[], float]
    instructions: Callable[[], Instructions] = Instructions


class Means(msgspec.Struct, frozen=True):
    """What every turn works with.

    loading: the name of the model that `models` would have to load first, "" if none. acting: the one way to an effect.
    """

    turns: Turns
    asked_before: AskedBefore
    said_before: SaidBefore
    memories: Memories
    conversations: Conversations
    sources: Sources
    models: ModelProvider
    prompts: Prompts
    tools: Sequence[Tool]
    prefetch: Prefetch
    wishes: Wishes
    loading: Callable[[str | None], str]
    acting: Acting


class TurnRequest(msgspec.Struct, frozen=True):
    """What is asked.

    attachments: all of the conversation's. model: the person's choice for this question, or None. consent: whether the
    person agrees that it is sent to a server. before: the conversation's earlier messages. query: what to search for,
    "" for what the question and those before it say. without: keys of filters that are not to be understood.
    anew: whether an answer is to be written even if there is one to the same question. asks: whether there is someone
    who can be asked before something is changed.
    """

    question: str
    scope: Sequence[str]
    attachments: Sequence[Attachment]
    model: str | None
    consent: bool
    before: Sequence[Message]
    query: str = ""
    without: Sequence[str] = ()
    anew: bool = False
    asks: bool = False
