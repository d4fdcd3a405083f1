"""Windows: a right-click entry in the person's part of the registry. It has not been tried on Windows.

Windows starts one process for each selected file; Windows 11 shows the entry under “Show more options”.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import PureWindowsPath
from typing import NamedTuple

from app.base.errors import Problem
from app.cli.desktop.changes import Made

_KEY = r"Software\Classes\*\shell\Familiar.Ask"


class RegistryValue(NamedTuple):
    """A text value below HKEY_CURRENT_USER; name "" is a key's own value."""

    key: str
    name: str
    text: str


def values(launcher: list[str]) -> list[RegistryValue]:
    """What to write."""
    # "%1" stays outside list2cmdline: Explorer replaces it by the path before the line is split into words.
    command = f'{subprocess.list2cmdline(launcher)} ask-about -- "%1"'
    return [
        RegistryValue(_KEY, "MUIVerb", "Ask about this file"),
        RegistryValue(_KEY, "Icon", f'"{PureWindowsPath(launcher[0])}",0'),
        RegistryValue(_KEY, "MultiSelectModel", "Player"),
        RegistryValue(_KEY + r"\command", "", command),
    ]


if sys.platform == "win32":
    import winreg

    def install(launcher: list[str]) -> list[Made]:
        """Write the values. Raises Problem integrate.failed."""
        try:
            for value in values(launcher):
                with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, value.key) as key:
                    winreg.SetValueEx(key, value.name, 0, winreg.REG_SZ, value.text)
        except OSError as error:
            raise _failed(error) from error
        return [Made(path=rf"HKEY_CURRENT_USER\{_KEY}", what="right-click entry of Explorer", done="written")]

    def remove() -> list[Made]:
        """Take the keys away again. Raises Problem integrate.failed."""
        done = "absent"
        try:
            for name in (_KEY + r"\command", _KEY):
                try:
                    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, name)
                    done = "removed"
                except FileNotFoundError:
                    continue
        except OSError as error:
            raise _failed(error) from error
        return [Made(path=rf"HKEY_CURRENT_USER\{_KEY}", what="right-click entry of Explorer", done=done)]


def _failed(error: OSError) -> Problem:
    return Problem("integrate.failed", f"The registry could not be changed: {error.strerror or error}.", "Try again.")
