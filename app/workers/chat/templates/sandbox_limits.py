"""What a stranger's template may use up: time and memory, wherever Jinja lets it spend them.

Jinja's sandbox keeps a template from what it must not touch, not from what never ends. On Linux the system bounds the
memory; elsewhere only products, the inputs of filters and the output are bounded.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from jinja2.sandbox import SandboxedEnvironment

LONGEST_SOURCE = 512 << 10
"""Letters of a template; the longest of 70 published ones has some 40,000."""
LONGEST_OUTPUT = 32 << 20
_LONGEST_INPUT = 2 << 20
_MOST_SLICES = 10_000
_MEMORY_BYTES = 256 << 20
_PAGES = Path("/proc/self/statm")


def restrain(environment: SandboxedEnvironment, tick: Callable[[], object]) -> None:
    """Have `tick` called at every call, filter and test of templates made from now on; it may raise to end them."""
    call = environment.call

    def ticking_call(*arguments: Any, **named: Any) -> Any:
        tick()
        return call(*arguments, **named)

    environment.call = ticking_call  # type: ignore[method-assign]
    environment.handle_exception = _handle_exception  # type: ignore[method-assign]
    environment.globals.pop("lipsum", None)  # as long as one likes, and never of use
    tables: list[dict[str, Any]] = [environment.filters, environment.tests]
    for known in tables:
        known.update({name: _ticking(function, tick) for name, function in known.items()})
    environment.filters["slice"] = _few(environment.filters["slice"])


def joined(pieces: Iterable[str], tick: Callable[[], object]) -> str:
    """The pieces of an output together, as text that can be encoded. Raises OverflowError for one that is too long."""
    kept: list[str] = []
    length = 0
    for piece in pieces:
        tick()
        kept.append(piece)
        length += len(piece)
        if length > LONGEST_OUTPUT:
            raise OverflowError
    return "".join(kept).encode("utf-8", "replace").decode()


@contextmanager
def limited_memory(more_bytes: int = _MEMORY_BYTES) -> Iterator[None]:
    """Within, this process gets only so much more memory, and then MemoryError. Linux; elsewhere nothing happens."""
    if sys.platform != "linux":
        yield
        return
    import resource  # POSIX has it

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    used = int(_PAGES.read_text("ascii").split()[5]) * resource.getpagesize()
    limits = [limit for limit in (used + more_bytes, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _handle_exception(source: str | None = None) -> NoReturn:  # noqa: ARG001 - Jinja's own signature
    """Raise what was raised: Jinja's own would keep copies of all that the template had made."""
    raise  # noqa: PLE0704 - called while it is handled


def _ticking(function: Callable[..., Any], tick: Callable[[], object]) -> Callable[..., Any]:
    """The same, refusing texts and lists over which it would take too long."""

    @functools.wraps(function)  # with Jinja's marks of what it passes on
    def ticking(*arguments: Any, **named: Any) -> Any:
        tick()
        if any(isinstance(one, str | list | tuple | dict) and len(one) > _LONGEST_INPUT for one in arguments[:2]):
            raise OverflowError
        return function(*arguments, **named)

    return ticking


def _few(function: Callable[..., Any]) -> Callable[..., Any]:
    """The slice filter for a number of slices that comes to an end."""

    @functools.wraps(function)
    def few(value: Any, slices: int, fill_with: Any = None) -> Any:
        if slices > _MOST_SLICES:
            raise OverflowError
        return function(value, slices, fill_with)

    return few
