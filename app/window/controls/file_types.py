"""What a file really is, by its content and its name, as the system tells types apart; and whether opening it would run
something."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from PySide6.QtCore import QMimeDatabase, QMimeType

from app.base.foreign_text import harmless_line
from app.base.opening import resolved

# Endings of what runs, installs, or starts another thing when it is opened, on some system that a folder may come from.
_RUNNING = frozenset(
    (
        "action", "apk", "app", "appimage", "application", "appref-ms", "bash", "bat", "bin", "cmd", "com", "command",
        "cpl", "csh", "deb", "desktop", "diagcab", "dll", "dmg", "elf", "exe", "fish", "flatpak", "flatpakref",
        "gadget", "hlp", "hta", "inf", "ins", "jar", "jnlp", "job", "js", "jse", "ksh", "library-ms",
        "lnk", "mjs", "mpkg", "msc", "msh", "msi", "msix", "msp", "mst", "out", "paf", "php", "pif", "pkg", "pl",
        "prefpane", "ps1", "psc1", "py", "pyc", "pyw", "pyz", "rb", "reg", "rgs", "rpm", "run", "scf", "scpt",
        "scptd", "scr", "sct", "search-ms", "service", "settingcontent-ms", "sh", "shb", "shs", "slk", "snap", "so",
        "tcsh", "term", "terminal", "tool", "u3p", "url", "vb", "vbe", "vbs", "vbscript", "webloc", "website",
        "workflow", "ws", "wsc", "wsf", "wsh", "xbap", "xll", "zsh",
    )
)  # fmt: skip
_BUNDLES = (".app", ".workflow", ".prefpane", ".pkg", ".mpkg", ".scptd", ".action", ".bundle", ".plugin")
# Types that run although they do not descend from an executable.
_PROGRAMS = frozenset(
    (
        "application/x-executable", "application/x-desktop", "application/x-mswinurl", "application/x-ms-shortcut",
        "application/x-ms-dos-executable", "application/x-msdownload", "application/x-dosexec", "application/x-msi",
        "application/vnd.microsoft.portable-executable", "application/x-sharedlib", "application/x-pie-executable",
        "application/x-mach-binary", "application/x-java-archive", "application/java-archive", "application/x-rpm",
        "application/vnd.debian.binary-package", "application/x-apple-diskimage", "application/vnd.flatpak.ref",
        "application/x-java-jnlp-file", "application/hta", "application/x-bat", "text/vbscript", "text/x-ms-regedit",
    )
)  # fmt: skip
_UNKNOWN = "application/octet-stream"
_UNTOLD = (_UNKNOWN, "text/plain")  # what content says of itself, or a name without a known ending


@dataclass(frozen=True)
class FileType:
    """What a file is. name: of its type, as the system says it ("PDF document"). runs: opening it may run something.

    disguised: what its name says instead ("plain text document"); "" if they agree.
    """

    name: str
    runs: bool
    disguised: str = ""


def file_type(path: str) -> FileType:
    """What lies at `path`, links followed, whose beginning is read. What cannot be looked at counts as running."""
    real = resolved(path)
    types = QMimeDatabase()
    try:
        mode = os.stat(real).st_mode
    except OSError:
        return FileType("file that cannot be looked at", runs=True)
    if not stat.S_ISREG(mode):
        return FileType("folder" if stat.S_ISDIR(mode) else "device", runs=True)
    content = types.mimeTypeForFile(real, QMimeDatabase.MatchMode.MatchContent)
    named = types.mimeTypeForFile(real, QMimeDatabase.MatchMode.MatchExtension)
    both = types.mimeTypeForFile(real)
    endings = {os.path.splitext(each.rstrip(" ."))[1][1:].casefold() for each in (path, real)}
    # A file of unknown kind that the system may execute; where every file may be, on a memory stick, its name decides.
    executable = bool(mode & 0o111) and named.name() == _UNKNOWN and both.name() in _UNTOLD and os.name == "posix"
    runs = executable or bool(endings & _RUNNING) or any(map(_is_program, (content, named, both)))
    agree = content.name() in _UNTOLD or named.name() == _UNKNOWN or _related(content, named)
    told = both if agree and not _is_program(content) else content
    return FileType(_spoken(told), runs, "" if agree else _spoken(named))


def is_bundle(folder: str) -> bool:
    """Whether a folder is a program or an installer to some system, which opening it would start."""
    return folder.rstrip("/\\ .").casefold().endswith(_BUNDLES)


def _is_program(kind: QMimeType) -> bool:
    ancestors = kind.allAncestors()
    if "application/json" in (kind.name(), *ancestors):
        return False  # to the system JSON is a kind of JavaScript; nothing runs it
    return bool(_PROGRAMS & {kind.name(), *ancestors})


def _related(one: QMimeType, other: QMimeType) -> bool:
    return one.inherits(other.name()) or other.inherits(one.name())


def _spoken(kind: QMimeType) -> str:
    return harmless_line(kind.comment() or kind.name())
