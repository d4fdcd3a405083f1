"""Kinds of words that commands take, checked as they are read."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from app.base.errors import Problem

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

AUTO = "auto"
_MOST_DIGITS = 18  # of a number that SQLite can hold


class WholeNumber(click.ParamType[int | str]):
    """A whole number from `least` to `most`. auto: whether the word “auto” is one, too."""

    name = "number"

    def __init__(self, least: int, most: int, *, auto: bool = False) -> None:
        self._least = least
        self._most = most
        self._auto = auto

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        text = str(value)
        if self._auto and text == AUTO:
            return text
        if not text.isdecimal() or not self._least <= int(text) <= self._most:
            range_ = f"{self._least}, or “auto”" if self._auto else f"{self._least} to {self._most}"
            self.fail(f"must be a whole number from {range_}, not “{value}”", param, ctx)
        return int(text)


class Seconds(click.ParamType[float]):
    """A number of seconds, also with a fraction."""

    name = "seconds"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not math.isfinite(seconds):
            self.fail(f"must be a number of seconds, not “{value}”", param, ctx)
        return seconds


class ConversationNumber(click.ParamType[int | None]):
    """The number of a conversation. new: whether the word “new” is one, too, which becomes None."""

    name = "conversation"

    def __init__(self, *, new: bool = False) -> None:
        self._new = new

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        if isinstance(value, int):
            return value
        if self._new and value == "new":
            return None
        if not value.isdecimal() or len(value) > _MOST_DIGITS:
            self.fail(f"must be a number that “familiar chats list” shows, not “{value}”", param, ctx)
        return int(value)


class Shares(click.ParamType[tuple[float, ...]]):
    """One number from 0 to 1, or several with commas between."""

    name = "shares"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            shares = tuple(float(word) for word in value.split(","))
        except ValueError:
            shares = (math.nan,)
        if not all(0 <= share <= 1 for share in shares):
            self.fail(f"must be a number from 0 to 1, or several with commas between, not “{value}”", param, ctx)
        return tuple(dict.fromkeys(shares))


class TurnNumber(click.ParamType[int]):
    """The number of a turn, as an answer shows it."""

    name = "turn"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if not value.isdecimal() or len(value) > _MOST_DIGITS:
            self.fail(f"must be a number that “familiar chats show” tells, not “{value}”", param, ctx)
        return int(value)


class OneOf(click.ParamType[str]):
    """One of some words, two at least."""

    name = "word"

    def __init__(self, *words: str) -> None:
        self._words = words

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self._words:
            self.fail(f"must be {', '.join(self._words[:-1])} or {self._words[-1]}, not “{value}”", param, ctx)
        return str(value)

    @override
    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
        return completed(self._words, incomplete)


class PathWord(click.ParamType[str]):
    """A path as it was typed. kind: what a shell should complete it with, "file" or "dir"."""

    name = "path"

    def __init__(self, kind: str = "file") -> None:
        self._kind = kind

    @override
    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type=self._kind)]


class QueryWord(click.ParamType[str]):
    """A word of a search, completed where it begins as an operator does."""

    name = "word"

    @override
    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
        from app.base.file_types import FILE_TYPES

        types = [f"type:{name}" for name in FILE_TYPES]
        return completed(["in:", *types, "after:", "before:", "from:", "name:"], incomplete) if incomplete else []


def completed(words: Sequence[str], incomplete: str) -> list[CompletionItem[Any]]:
    """Those of the words that begin so."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def absolute(path: str) -> str:
    """An absolute path for what a person typed; it need not exist. Raises Problem path.*."""
    if "\0" in path or path == "":
        raise Problem("path.invalid", "That is no path of a file or folder.", "Name a file or folder.")
    try:
        path.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(path).decode("utf-8", "replace")
        raise Problem(
            "path.encoding",
            f"The name {shown} is not valid UTF-8, so Familiar cannot keep it.",
            "Nothing was changed. Rename the file or folder.",
        ) from error
    if path.startswith("~") and not os.path.lexists(path):
        path = os.path.expanduser(path)
    try:
        return os.path.abspath(path)
    except FileNotFoundError as error:
        raise Problem(
            "path.no_folder",
            "The folder that you are in no longer exists.",
            "Change to another one, or name a full path.",
        ) from error
