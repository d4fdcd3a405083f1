"""settings.toml: what the person set, in the window or in the file itself. Neither overwrites the other."""

from __future__ import annotations

import logging
import math
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import tomlkit
from filelock import FileLock, Timeout

from app.base import settings_document
from app.base.calls import Preferences
from app.base.chat import LoadOptions
from app.base.errors import Problem
from app.base.files import write_durably

log = logging.getLogger("familiar.base")
_LOCK_S = 10.0
_TRIES = 20
_COLLECTOR = re.compile(r"https?://[^\s/?#@]+/?")
_RACY_NS = 100_000_000
"""A file that changed so shortly before it was read may change again without its time telling."""


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A chat model: a GGUF file of the person's, used in place. origin: how it came here. options: how it is to run.

    profile: what the person wants to be asked of it, "" for what it was measured to be able to do.
    """

    name: str
    path: str
    origin: Literal["added", "downloaded"] = "added"
    options: LoadOptions = LoadOptions()
    profile: Literal["", "full", "plain", "reader", "quotes"] = ""


class RemoteEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model behind an OpenAI-compatible server. url: up to and with /v1; model: its name there; context: tokens.

    profile: as of a `ModelEntry`.
    """

    name: str
    url: str
    model: str
    context: int = 8192
    profile: Literal["", "full", "plain", "reader", "quotes"] = ""


class FolderInstruction(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer from files of a folder is to keep to. text: 1,000 characters at most."""

    folder: str
    text: Annotated[str, msgspec.Meta(max_length=1000)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings as values.

    folders: watched, absolute. ignore: .gitignore lines on top of the defaults. model: name of the one in use, "" for
    quotes mode; it may name one of `remotes`. model_folders: the person's own, looked through for models. model_folder:
    where downloads go, "" for the home's. model_sources: addresses of Hugging Face sites, tried in turn; none: those of
    HF_ENDPOINT and huggingface.co. max_file_mb: larger files are not read. context_tokens, threads: of every chat model
    that has no options of its own, 0 chooses. first_word_s: how soon an answer should begin. strict: 0 to 1, how
    sure quotes must be to pass for an answer. polite: leave the machine some room while indexing. paused: why indexing
    rests, "" if it does not. spans_to: the address of an OpenTelemetry collector (OTLP over gRPC) that is told of each
    answer's stages, without a word of question, files or answer; "" for none. instructions: what every answer is to
    keep to, in the person's words.
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
    strict: float = 0.408
    polite: bool = True
    paused: str = ""
    spans_to: str = ""
    instructions: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    folder_instructions: tuple[FolderInstruction, ...] = ()
    window: Preferences = Preferences()


_Signature = tuple[int, int, int, int]


class _Reading(msgspec.Struct, frozen=True):
    """The file as it was read. signature: what the file system said of it then; None if there was none, or may lie."""

    document: tomlkit.TOMLDocument
    value: Settings
    signature: _Signature | None


class SettingsFile:
    """The settings on disk. Thread-safe; a person may edit the file at any time.

    `value` is the file as it is now. While it cannot be understood, the last good values go on, `problem` names what
    is wrong, and nothing is written into it. Where it went away, or is empty, they go on too.
    """

    def __init__(self, path: Path) -> None:
        """Read the file; none is as good as an empty one. Raises Problem settings.invalid."""
        self._path = path
        self._lock = threading.Lock()
        self._problem: Problem | None = None
        self._seen: _Signature | None = None
        self._good = self._read() or _Reading(settings_document.fresh(), Settings(), None)
        self._seen = self._good.signature

    @property
    def value(self) -> Settings:
        """The settings, read again if the file has changed. Never waits for long, never fails."""
        signature = self._sign()
        if signature is not None and signature != self._seen:
            with self._lock:
                if signature != self._seen:
                    self._look()
        return self._good.value

    @property
    def problem(self) -> Problem | None:
        """Why the file as it is now cannot be understood; None if it can."""
        self.value  # noqa: B018 - looks
        return self._problem

    def change(self, edit: Callable[[Settings], Settings]) -> Settings:
        """Apply `edit` to the settings as they are on disk now, and write what differs. Returns the new ones.

        edit: may be called again if the file was changed meanwhile; what it raises is passed on.
        Raises Problem settings.invalid, settings.unfit, settings.busy, settings.unwritable; then nothing changed.
        """
        with self._lock:
            try:
                with FileLock(self._path.with_name(f".{self._path.name}.lock"), timeout=_LOCK_S, mode=0o600):
                    return self._change(edit)
            except Timeout as error:
                raise _busy() from error
            except OSError as error:
                raise Problem(
                    "settings.unwritable",
                    f"The settings could not be saved: {error.strerror or error}.",
                    "Nothing was changed. Free some space or make Familiar's home writable, then try again.",
                ) from error

    def _change(self, edit: Callable[[Settings], Settings]) -> Settings:
        for _ in range(_TRIES):
            signature = self._sign()
            read = self._read()
            if read is None:  # what it said last is written anew
                read = _Reading(settings_document.parse(tomlkit.dumps(self._good.document)), self._good.value, None)
            new = edit(read.value)
            if new == read.value and signature is not None:
                self._take(read)
                return new
            before, after = msgspec.to_builtins(read.value), msgspec.to_builtins(new)
            settings_document.merge(read.document, before, after)
            text = _written(read.document, new)
            target = Path(os.path.realpath(self._path))  # a link to where a person keeps such files stays one
            if write_durably(target, text.encode(), still=lambda seen=signature: self._sign() == seen):
                self._take(_Reading(read.document, new, None))
                return new
        raise _busy()

    def _look(self) -> None:
        """Take in what the file says now, if it can be understood."""
        try:
            read = self._read()
        except Problem as problem:
            if self._problem is None:
                log.warning("settings.toml cannot be understood; the last good settings go on")
            self._problem = problem
            self._seen = self._sign()
            return
        if read is not None:
            if read.value != self._good.value:
                log.info("settings.toml was edited")
            self._take(read)

    def _take(self, read: _Reading) -> None:
        self._good, self._seen, self._problem = read, read.signature, None

    def _read(self) -> _Reading | None:
        """The file as it is now; None if there is none, or nothing in it: some editors empty a file to write it anew.

        Raises Problem settings.invalid.
        """
        signature = self._sign()
        try:
            text = self._path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._invalid(str(error)) from error
        if not text.strip():
            return None
        try:
            document = settings_document.parse(text)
            value = _settings(document)
        except ValueError as error:  # msgspec's own is one
            raise self._invalid(_where(text, str(error))) from error
        racy = signature is not None and 0 <= time.time_ns() - signature[0] < _RACY_NS
        return _Reading(document, value, None if racy else signature)

    def _sign(self) -> _Signature | None:
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns

    def _invalid(self, reason: str) -> Problem:
        return Problem(
            "settings.invalid",
            f"The settings in {self._path} cannot be understood: {reason}",
            "Nothing was changed. Correct that line, or move the file away to start with fresh settings.",
        )


def _written(document: tomlkit.TOMLDocument, meant: Settings) -> str:
    """The text of a document. Raises Problem settings.unfit if it could not be read back as what is meant."""
    text = tomlkit.dumps(document)
    try:
        text.encode()
        back = _settings(settings_document.parse(text))
    except ValueError as error:  # msgspec's own is one, and so is that of text which is none
        raise _unfit(str(error)) from error
    if back != meant:
        raise _unfit("it would be read back as something else")
    return text


def _unfit(reason: str) -> Problem:
    return Problem("settings.unfit", f"This cannot be kept in the settings: {reason}.", "Nothing was changed.")


def _settings(document: tomlkit.TOMLDocument) -> Settings:
    """The settings that a document holds. Raises ValueError."""
    plain = settings_document.plain(document)
    if _has_nul(plain):
        raise ValueError("a text in them holds a NUL character")
    settings = msgspec.convert(plain, Settings)
    if not math.isfinite(settings.first_word_s):
        raise ValueError("first_word_s is no number of seconds - at `$.first_word_s`")
    if not 0.0 <= settings.strict <= 1.0:
        raise ValueError("strict is no number from 0 to 1 - at `$.strict`")
    if settings.spans_to and not _COLLECTOR.fullmatch(settings.spans_to):
        raise ValueError("spans_to is no address like http://localhost:4317 - at `$.spans_to`")
    return settings


def _where(text: str, reason: str) -> str:
    """A reason with the line that it is about, where that can be told."""
    key = re.search(r"at `\$\.(\w+)", reason)
    line = settings_document.line_of(text, key[1]) if key is not None else 0
    return f"line {line}: {reason}" if line else reason


def _busy() -> Problem:
    return Problem(
        "settings.busy", "The settings are being changed by another program.", "Nothing was changed. Try again."
    )


def _has_nul(value: object) -> bool:
    """Whether there is a NUL in any text, which no path or name can hold."""
    if isinstance(value, dict):
        return any(map(_has_nul, value.values()))
    return any(map(_has_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value
