"""Someone who asks an assistant and remembers what they were told."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from app.assistant.assistant import Assistant
from app.assistant.cancellation import Stop
from app.base.calls import Ask
from app.base.turn_events import Delta, Step, TurnEvent
from app.base.values import Answer, ToolStep
from tests.support.scripted_model import Never


class Caller:
    """Asks, has each answer written anew unless `anew` says otherwise, and remembers what it was told."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.events: list[TurnEvent] = []
        self.on_event: Callable[[TurnEvent], None] = lambda _: None

    def emit(self, event: TurnEvent) -> None:
        self.events.append(event)
        self.on_event(event)

    def ask(self, question: str, stop: Stop | None = None, **more: object) -> Answer:
        call = msgspec.convert({"question": question, "anew": True, **more}, Ask)
        return self.assistant.ask(call, self.emit, stop or Never())

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Delta))

    def steps(self) -> list[str]:
        names = [event.name for event in self.events if isinstance(event, Step)]
        return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]

    def step(self, name: str) -> Step:
        return next(event for event in self.events if isinstance(event, Step) and event.name == name)

    def tools(self) -> list[ToolStep]:
        """The tool steps, in order."""
        return [event.tool for event in self.events if isinstance(event, Step) and event.tool is not None]
