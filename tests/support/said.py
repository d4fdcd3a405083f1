"""What a worker said while it answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.base.chat import Generated, Prefill


@dataclass
class Said:
    """What came of a Generate."""

    result: Generated
    events: list[tuple[str, Any]] = field(default_factory=list)

    def joined(self, name: str) -> str:
        return "".join(body for event, body in self.events if event == name)

    @property
    def text(self) -> str:
        return self.joined("text")

    @property
    def prefills(self) -> list[Prefill]:
        return [msgspec.convert(body, Prefill) for event, body in self.events if event == "prefill"]
