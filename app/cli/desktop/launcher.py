"""The command that starts this installation, and how each file format wants it quoted."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from app.base.errors import Problem

_RESERVED = set(" \t\n\"'\\><~|&;$*?#()`")


def launcher(named: str | None, home_option: str | None) -> list[str]:
    """The words that start Familiar from anywhere.

    named: an absolute program chosen by the person, None for that of this installation. home_option: the folder given
    with --home, which the entries then keep using. Raises Problem integrate.launcher.
    """
    home = ["--home", os.path.abspath(home_option)] if home_option else []
    if named is not None:
        if not os.path.isfile(named) or not os.access(named, os.X_OK):
            raise Problem("integrate.launcher", f"{named} is no program that can be run.", "Nothing was changed.")
        return [named, *home]
    script = Path(sys.prefix) / ("Scripts/familiar.exe" if os.name == "nt" else "bin/familiar")
    return [*([str(script)] if script.is_file() else [sys.executable, "-P", "-m", "app"]), *home]


def for_desktop_entry(words: list[str]) -> str:
    """The words as the value of Exec. Source: Desktop Entry Specification 1.5, “The Exec key”."""
    if "%" in words[0]:
        # GLib looks for the program before it turns %% into %, and finds none.
        words = ["/usr/bin/env", *words]
    return " ".join(_desktop_word(word) for word in words)


def for_shell(words: list[str]) -> str:
    """The words for a shell, with % doubled for a file manager that replaces field codes first."""
    return shlex.join(words).replace("%", "%%")


def for_xml(text: str) -> bytes:
    """Text as XML content in plain ASCII, which is right whatever the encoding of the file around it."""
    return escape(text).encode("ascii", "xmlcharrefreplace")


def _desktop_word(word: str) -> str:
    word = word.replace("%", "%%")
    if not _RESERVED & set(word):
        return word
    for letter in ("\\", '"', "`", "$"):
        word = word.replace(letter, "\\" + letter)
    # Every value is a string first, in which a backslash stands for itself only if doubled.
    return '"' + word.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") + '"'
