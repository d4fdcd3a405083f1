"""Addresses of chat servers as people type them, checked and told apart by where they lead."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from app.base.errors import Problem
from app.base.values import Value

_LONGEST = 2000
_API = "/v1"
_CALLS = ("/chat/completions", "/completions", "/models")
_LOCAL_ENDINGS = (".local", ".lan", ".home.arpa", ".internal", ".localhost")


class ServerAddress(Value):
    """Where a server is. url: up to and with its API's path, no slash at its end. host: for a person, with the port.

    loopback: it is this machine. exposed: what is sent can be read on its way through the internet.
    """

    url: str
    host: str
    loopback: bool
    exposed: bool

    @property
    def warning(self) -> str:
        """What a person should know before anything is sent there; "" if nothing."""
        return f"What is sent to {self.host} is not encrypted: others on the way can read it." if self.exposed else ""


def server_address(text: str) -> ServerAddress:
    """The address in what was typed: “/v1” is added where no path is named, the name of a call is dropped.

    Raises Problem remote.address.
    """
    typed = text.strip()
    if len(typed) > _LONGEST or not typed.isprintable():
        raise _no_address("That is no address of a server.")
    try:
        parts = urlsplit(typed)
        port = parts.port
        name = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError) as error:
        raise _no_address("That is no address of a server.") from error
    if parts.scheme not in ("http", "https") or not name:
        raise _no_address("A server's address begins with http:// or https:// and its name.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _no_address("A server's address holds no user name or password; its key is asked for apart.")
    if parts.query or parts.fragment or " " in typed:
        raise _no_address("A server's address ends with its path, such as /v1.")
    path = parts.path.rstrip("/")
    for call in _CALLS:
        path = path.removesuffix(call)
    host = f"[{name}]" if ":" in name else name
    host += "" if port is None else f":{port}"
    loopback, near = _where(name)
    return ServerAddress(
        url=f"{parts.scheme}://{host}{path or _API}",
        host=host,
        loopback=loopback,
        exposed=parts.scheme == "http" and not near,
    )


def _where(name: str) -> tuple[bool, bool]:
    """(it is this machine, it is this machine or its own network), as far as the name alone tells."""
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        loopback = name == "localhost" or name.endswith(".localhost")
        return loopback, loopback or "." not in name or name.endswith(_LOCAL_ENDINGS)
    return address.is_loopback, address.is_private or address.is_link_local


def _no_address(title: str) -> Problem:
    return Problem("remote.address", title, "Nothing was changed. An example: http://127.0.0.1:8080/v1")
