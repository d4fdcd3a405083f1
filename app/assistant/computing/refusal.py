"""Why something cannot be computed."""

from __future__ import annotations


class Refused(Exception):
    """It cannot be computed as it is written. reason: a sentence that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
