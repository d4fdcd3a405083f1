"""How a tool, a page or a format is found without a list that somebody must keep: its module declares it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TypeVar

T = TypeVar("T")


def declared(package: str, name: str, kind: type[T]) -> tuple[T, ...]:
    """What the modules of a package declare under `name`, in the order of the modules' own names.

    package: its dotted name. kind: the class of what is declared. A module that declares nothing is passed over.
    Imports every module of the package, so these import what is heavy only when it is used.
    Raises TypeError if something else than a `kind` stands under that name.
    """
    found = []
    for module in sorted(each.name for each in pkgutil.iter_modules(importlib.import_module(package).__path__)):
        value = getattr(importlib.import_module(f"{package}.{module}"), name, None)
        if value is None:
            continue
        if not isinstance(value, kind):
            raise TypeError(f"{package}.{module}.{name} is no {kind.__name__}")
        found.append(value)
    return tuple(found)
