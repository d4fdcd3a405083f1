"""settings.toml: what the person set. Their comments and unknown keys survive our writes."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
import tomlkit
import tomlkit.exceptions

from app.base.calls import Preferences
from app.base.chat import LoadOptions
from app.base.errors import Problem
from app.base.files import write_durably


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A chat model: a GGUF file of the person's, used in place. origin: how it came here. options: how it is to run."""

    name: str
    path: str
    origin: Literal["added", "downloaded"] = "added"
    options: LoadOptions = msgspec.field(default=LoadOptions(), name="wish")


class RemoteEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model behind an OpenAI-compatible server. url: up to and with /v1; model: its name there; context: tokens."""

    name: str
    url: str
    model: str
    context: int = 8192


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings as values.

    folders: watched, absolute. ignore: .gitignore lines on top of the defaults. model: name of the one in use, "" for
    quotes mode; it may name one of `remotes`. model_folders: the person's own, looked through for models. model_folder:
    where downloads go, "" for the home's. model_sources: addresses of Hugging Face sites, tried in turn; none: those of
    HF_ENDPOINT and huggingface.co. max_file_mb: larger files are not read. context_tokens, threads: of every chat model
    that has no options of its own, 0 chooses. first_word_s: how soon an answer should begin. polite: leave the machine
    some room while indexing. paused: why indexing rests, "" if it does not.
    """

    folders: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    remotes: tuple[RemoteEntry, ...] = ()
    model: str = ""
    model_folders: tuple[str, ...] = ()
    model_folder: str = ""
    model_sources: tuple[str, ...] = ()
    max_file_mb: int = 512
    context_tokens: int = 0
    threads: int = 0
    first_word_s: float = 4.0
    polite: bool = True
    paused: str = ""
    window: Preferences = Preferences()


_HEADER = "Settings of Familiar. Your comments are kept.\n"


class SettingsFile:
    """The settings on disk. Thread-safe; `value` is what was last read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._document = self._load()
        self.value = self._parse()

    def change(self, edit: Callable[[Settings], Settings]) -> Settings:
        """Apply `edit` and write what differs. Raises Problem settings.unwritable; then nothing changed."""
        with self._lock:
            new = edit(self.value)
            before = msgspec.to_builtins(self.value)
            after = msgspec.to_builtins(new)
            for key, value in after.items():
                if before[key] != value or (key not in self._document and value != before[key]):
                    self._document[key] = value
            try:
                write_durably(self._path, tomlkit.dumps(self._document).encode())
            except OSError as error:
                self._document = self._load()
                raise Problem(
                    "settings.unwritable",
                    f"The settings could not be saved: {error.strerror or error}.",
                    "Nothing was changed. Free some space or make Familiar's home writable, then try again.",
                ) from error
            self.value = new
            return new

    def _load(self) -> tomlkit.TOMLDocument:
        try:
            return tomlkit.parse(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            document = tomlkit.document()
            document.add(tomlkit.comment(_HEADER.strip()))
            return document
        except (OSError, UnicodeDecodeError, tomlkit.exceptions.ParseError) as error:
            raise self._unreadable(error) from error

    def _parse(self) -> Settings:
        plain: dict[str, Any] = self._document.unwrap()
        try:
            if _has_nul(plain):
                raise ValueError("a text in them holds a NUL character")
            settings = msgspec.convert(plain, Settings)
            if not math.isfinite(settings.first_word_s):
                raise ValueError("first_word_s is no number of seconds")
            return settings
        except ValueError as error:  # msgspec's own is one
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> Problem:
        return Problem(
            "settings.invalid",
            f"The settings in {self._path} cannot be understood: {error}",
            "Nothing was changed. Correct that line, or move the file away to start with fresh settings.",
        )


def _has_nul(value: object) -> bool:
    """Whether there is a NUL in any text, which no path or name can hold."""
    if isinstance(value, dict):
        return any(map(_has_nul, value.values()))
    return any(map(_has_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value
