"""What the worker keeps between requests: connections, and what each model turned out to take."""

from __future__ import annotations

from app.base.chat import Endpoint, Generate, Generated, Loaded
from app.link.peer import Incoming
from app.workers.remote import generation, offers
from app.workers.remote.connection import Loop, Servers
from app.workers.remote.request import Fashion


class Service:
    """Asks servers. Thread-safe: all that is kept is touched in one loop."""

    def __init__(self) -> None:
        self._loop = Loop()
        self._servers = Servers()
        self._fashions: dict[tuple[str, str], Fashion] = {}

    def look(self, endpoint: Endpoint, incoming: Incoming) -> Loaded:
        """See `offers.look`."""
        return self._loop.run(lambda: self._servers.use(endpoint, offers.look), incoming)

    def models(self, endpoint: Endpoint, incoming: Incoming) -> list[str]:
        """See `offers.models`."""
        return self._loop.run(lambda: self._servers.use(endpoint, offers.models), incoming)

    def generate(self, call: Generate, incoming: Incoming) -> Generated:
        """See `generation.generate`."""
        endpoint = generation.endpoint_of(call)
        fashion = self._fashions.setdefault((endpoint.url, endpoint.model), Fashion())
        return self._loop.run(
            lambda: self._servers.use(endpoint, lambda server: generation.generate(server, fashion, call, incoming)),
            incoming,
        )
