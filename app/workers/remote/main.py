"""The remote worker's entry: it asks servers, several at once if need be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.base.calls import Call
from app.base.chat import CountTokens, EndpointModels, Generate, Generated, Loaded, UseEndpoint
from app.base.token_estimate import estimated_tokens
from app.link.peer import Handler, Incoming
from app.link.serving import serve

if TYPE_CHECKING:
    from app.workers.remote.service import Service

_THREADS = 8


class RemoteWorker:
    """Answers the engine's calls."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def handlers(self) -> Mapping[type[Call[Any]], Handler]:
        """How each call is answered."""
        return {
            UseEndpoint: self.look,
            EndpointModels: self.models,
            CountTokens: self.count,
            Generate: self.generate,
        }

    def look(self, call: UseEndpoint, incoming: Incoming) -> Loaded:
        """Whether a server can be used."""
        return self._service.look(call.endpoint, incoming)

    def models(self, call: EndpointModels, incoming: Incoming) -> list[str]:
        """The models of a server."""
        return self._service.models(call.endpoint, incoming)

    def generate(self, call: Generate, incoming: Incoming) -> Generated:
        """Continue a conversation."""
        return self._service.generate(call, incoming)

    def count(self, call: CountTokens, _incoming: Incoming) -> list[int]:
        """Estimates: the model's vocabulary is not here."""
        return [estimated_tokens(text) for text in call.texts]


def main() -> int:
    """Serve the engine until it goes; returns the exit code."""
    for name in [name for name in os.environ if name.startswith(("OPENAI_", "AZURE_OPENAI_"))]:
        del os.environ[name]  # another program's account is not ours to use, its logging would tell what was said
    from app.workers.remote.service import Service

    return serve("remote", RemoteWorker(Service()).handlers(), threads=_THREADS)
