"""The fetch worker's entry: one download or listing after another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.base.calls import Call
from app.base.chat import FetchFile, HubFile, ListRepository
from app.link.peer import Handler, Incoming
from app.link.serving import serve

if TYPE_CHECKING:
    from app.workers.fetch.hub import Patience


class FetchWorker:
    """Answers the engine's calls. Keeps nothing but what lies on the disk."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience

    def handlers(self) -> Mapping[type[Call[Any]], Handler]:
        """How each call is answered."""
        return {ListRepository: self.files, FetchFile: self.fetch}

    def files(self, call: ListRepository, _incoming: Incoming) -> list[HubFile]:
        """The chat models of a repository."""
        from app.workers.fetch.hub import Hub
        from app.workers.fetch.listing import chat_models
        from app.workers.fetch.problems import Failed, Refused

        try:
            siblings = Hub(call.endpoint, call.token, self._patience).files(call.repository, call.revision)
        except (Refused, Failed) as error:
            raise error.problem from error
        return chat_models(call.repository, siblings)

    def fetch(self, call: FetchFile, incoming: Incoming) -> str:
        """One file, whole."""
        from app.workers.fetch.fetching import Fetching

        return Fetching(call, incoming, self._patience).run()


def main() -> int:
    """Serve the engine until it goes; returns the exit code."""
    shield()
    from app.workers.fetch.hub import Patience

    return serve("fetch", FetchWorker(Patience()).handlers())


def shield() -> None:
    """Keep huggingface_hub from telling anyone of this machine, from tokens that lie about, and from other folders.

    It reads the environment once, when it is imported. Proxies, certificates and HF_HUB_OFFLINE stay the person's.
    """
    for name in (
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "HF_DEBUG",
        "HF_HUB_USER_AGENT_ORIGIN",
        "HUGGINGFACE_CO_STAGING",
    ):
        os.environ.pop(name, None)
    for name in ("TELEMETRY", "IMPLICIT_TOKEN", "PROGRESS_BARS", "UPDATE_CHECK", "XET", "EXPERIMENTAL_WARNING"):
        os.environ[f"HF_HUB_DISABLE_{name}"] = "1"
