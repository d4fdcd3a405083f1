"""Keeping what the person thinks of answers, the last word last however fast they press."""

from __future__ import annotations

from collections.abc import Callable

from app.base.calls import Rate
from app.base.errors import Problem
from app.base.ratings import Rating, Thumb
from app.base.values import TurnId
from app.window.chat.message import MessageItem
from app.window.engine_client import EngineClient


class RatingRequests:
    """Sends ratings, of one answer one at a time: the engine may keep two that it has at once in any order.

    shown: draws an item's rating as it now is. failed: tells the person why one was not kept.
    """

    def __init__(
        self, client: EngineClient, shown: Callable[[MessageItem], None], failed: Callable[[Problem], None]
    ) -> None:
        self._client = client
        self._shown = shown
        self._failed = failed
        self._wanted: dict[TurnId, Thumb | None] = {}
        self._running: set[TurnId] = set()

    def rate(self, item: MessageItem, thumb: Thumb | None) -> None:
        """Keep a rating of the answer that an item shows; None takes it back."""
        if item.turn is not None:
            self._wanted[item.turn] = thumb
            if item.turn not in self._running:
                self._send(item, item.turn)

    def _send(self, item: MessageItem, turn: TurnId) -> None:
        self._running.add(turn)
        call = Rate(turn=turn, thumb=self._wanted.pop(turn))
        self._client.request(
            call, lambda rating: self._on_kept(item, turn, rating), lambda problem: self._on_failed(item, turn, problem)
        )

    def _on_kept(self, item: MessageItem, turn: TurnId, rating: Rating | None) -> None:
        self._running.discard(turn)
        item.take_rating(turn, rating)
        if turn in self._wanted:
            self._send(item, turn)
        else:
            self._shown(item)

    def _on_failed(self, item: MessageItem, turn: TurnId, problem: Problem) -> None:
        self._running.discard(turn)
        self._wanted.pop(turn, None)
        self._shown(item)
        self._failed(problem)
