"""What a model writes, sorted as it comes: reasoning, text to show, calls."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.chat import ToolCall
from app.workers.chat.syntax import Markers
from app.workers.chat.text_stream import Channel, TextStream

Piece = tuple[Channel, str]


class OutputParser:
    """Sorts the bytes of one answer. calls: whole and valid. refused: why others were not accepted.

    cut_call: the tool whose call was not whole at the end. ended: the turn is over, whatever the model goes on with.
    """

    def __init__(self, markers: Markers, *, reasoning: bool, stops: Sequence[str]) -> None:
        self._stream = TextStream(markers, reasoning=reasoning, stops=stops)
        self.calls: list[ToolCall] = []
        self.refused: list[str] = []
        self.cut_call = ""

    @property
    def ended(self) -> bool:
        """Whether a stop string has come."""
        return self._stream.ended

    @property
    def answering(self) -> bool:
        """Whether what comes is the answer, no reasoning."""
        return self._stream.answering

    def feed(self, data: bytes) -> list[Piece]:
        """What can be shown now that these bytes are there."""
        return self._stream.feed(data)

    def finish(self) -> list[Piece]:
        """What was held back, once nothing more comes."""
        return self._stream.finish()
