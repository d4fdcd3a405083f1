"""The spans worker's entry: one trace after another."""

from __future__ import annotations

from app.base.worker_calls import SendSpans
from app.link.peer import Incoming
from app.link.serving import serve


def send(call: SendSpans, _incoming: Incoming) -> None:
    """One trace, sent."""
    from app.workers.spans.exporting import export

    export(call)


def main() -> int:
    """Serve the engine until it goes; returns the exit code."""
    return serve("spans", {SendSpans: send})
