"""Words and options of a command, checked; a mistake is answered with what was probably meant."""

from __future__ import annotations

import argparse
import difflib
import os
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from app.base.errors import Problem


class UsageError(Exception):
    """The words of a command make no sense.

    command: as typed so far ("familiar search"). usage: its pattern, or "".
    """

    def __init__(self, command: str, message: str, usage: str = "") -> None:
        super().__init__(message)
        self.command = command
        self.message = message
        self.usage = usage


class Parser(argparse.ArgumentParser):
    """argparse with our manners: no abbreviations, own usage lines, UsageError instead of an exit."""

    def __init__(self, *, prog: str, usage: str, description: str) -> None:
        self._known: list[str] = []
        self._words: list[str] = []
        super().__init__(
            prog=prog,
            usage=usage,
            description=description,
            allow_abbrev=False,
            add_help=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.pattern = usage

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        """As argparse; remembers the option's names, to suggest them."""
        self._known += [name for name in names if isinstance(name, str) and name.startswith("--")]
        return super().add_argument(*names, **settings)

    def understand(self, words: list[str]) -> argparse.Namespace:
        """The words as options. Raises UsageError."""
        self._words = words
        return self.parse_intermixed_args(words)

    def examples(self, *lines: str) -> None:
        """Show these command lines below the help."""
        self.epilog = "\n".join(["Examples:", *(f"  {line}" for line in lines)])

    def format_help(self) -> str:
        """The help of one command."""
        text = super().format_help().rstrip()
        for theirs, ours in (("usage: ", ""), ("positional arguments:", "Words:"), ("options:", "Options:")):
            text = text.replace(theirs, ours, 1)
        return text

    def error(self, message: str) -> NoReturn:
        """Raise UsageError in our words."""
        unknown = re.match(r"unrecognized arguments: (\S+)", message)
        missing = re.match(r"the following arguments are required: (.+)", message)
        if unknown:
            message = _unknown(unknown[1], self._known)
        elif missing:
            taken = [word for word in self._words if word.startswith("-") and word.partition("=")[0] not in self._known]
            message = _unknown(taken[0], self._known) if taken and taken[0] != "--" else f"{missing[1]} is missing"
        else:
            message = message.removeprefix("argument ")
        raise UsageError(self.prog, message, self.pattern)


def _unknown(word: str, known: Iterable[str]) -> str:
    if not word.startswith("-"):
        return f"“{word}” is one word too many"
    message = f"there is no option {word}" + suggestion(word.partition("=")[0], known)
    if not word.startswith("--"):
        message += "; put “--” before words that begin with a dash"
    return message


def suggestion(word: str, known: Iterable[str]) -> str:
    """“; did you mean X?” for the nearest of `known`, or “” if none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.55)
    return f"; did you mean {near[0]}?" if near else ""


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


def count_up_to(highest: int) -> Any:
    """An argparse type: a whole number from 1 to `highest`."""

    def convert(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= highest:
            raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {highest}, not “{text}”")
        return int(text)

    return convert


def conversation_id(text: str) -> int:
    """An argparse type: the number of a conversation."""
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"must be a number that “familiar chats list” shows, not “{text}”")
    return int(text)
