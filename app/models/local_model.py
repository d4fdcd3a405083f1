"""A model of this machine as its process is to run it."""

from __future__ import annotations

from app.base.chat import LoadOptions
from app.base.values import Value


class LocalModel(Value, frozen=True, kw_only=True):
    """A GGUF file that is to run. options: how the person wants it, the settings' defaults included."""

    name: str
    path: str
    options: LoadOptions = LoadOptions()
