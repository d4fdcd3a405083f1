"""What every command is handed: the home it works on, where it prints, and the engine when it needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from app.base.calls import Call
from app.base.errors import Problem
from app.base.paths import Home
from app.cli.output import Output
from app.cli.progress import Progress
from app.link.client import connect
from app.link.peer import Peer

R = TypeVar("R")


@dataclass
class Context:
    """One run of one command.

    home_option: the folder that the person named with --home, or None.
    """

    home: Home
    home_option: str | None
    output: Output
    _peer: Peer | None = field(default=None, init=False)

    def engine(self) -> Peer:
        """The connection to this home's engine, which is started if need be. Raises Problem engine.*, home.*."""
        if self._peer is None or self._peer.closed:
            with Progress(watched=self.output.watched) as progress:
                progress.show("Starting Familiar")
                self._peer = connect(self.home, role="cli")
        return self._peer

    def call(self, call: Call[R], on_event: Callable[[str, msgspec.Raw], None] | None = None) -> R:
        """Make a call and wait for its reply; Ctrl+C takes it back. Raises Problem."""
        peer = self.engine()
        try:
            return self._call(peer, call, on_event)
        except Problem as problem:
            if problem.code != "link.leaving":
                raise
        # An engine on its way out refuses before it begins anything, so asking its successor is safe.
        peer.wait_closed(10.0)
        return self._call(self.engine(), call, on_event)

    def close(self) -> None:
        """Leave the engine."""
        if self._peer is not None:
            self._peer.close()

    def _call(self, peer: Peer, call: Call[R], on_event: Callable[[str, msgspec.Raw], None] | None) -> R:
        outgoing = peer.start(call)
        try:
            result: R = outgoing.result(on_event)
        except KeyboardInterrupt:
            outgoing.cancel()
            raise
        return result
