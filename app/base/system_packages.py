"""What the operating system must bring, how to see whether it does, and the command that installs what is missing.

The set-up reads this too, before anything is installed: standard library only.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["library", "command", "module", "font", "header"]
HEADER_FOLDERS = ("/usr/include", "/usr/local/include")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


@dataclass(frozen=True)
class Need:
    """One thing that the system brings.

    name: a library's file name, a command (alternatives joined by "|"), a module of Python, a header of C, or "any".
    debian, fedora, arch: the packages that hold it, several with spaces between.
    """

    kind: Kind
    name: str
    debian: str
    fedora: str
    arch: str


def _libraries(*rows: tuple[str, str, str, str]) -> tuple[Need, ...]:
    return tuple(Need("library", *row) for row in rows)


# What `ldd` names for Qt 6.11's Core, Gui, Widgets, Svg, Network and DBus beyond the wheel and the C library.
WINDOW = (
    *_libraries(
        ("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd"),
        ("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd"),
        ("libX11.so.6", "libx11-6", "libX11", "libx11"),
        ("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
        ("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus"),
        ("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig"),
        ("libfreetype.so.6", "libfreetype6", "freetype", "freetype2"),
        ("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
        ("libgssapi_krb5.so.2", "libgssapi-krb5-2", "krb5-libs", "krb5"),
        ("libbrotlidec.so.1", "libbrotli1", "libbrotli", "brotli"),
        ("libzstd.so.1", "libzstd1", "libzstd", "zstd"),
    ),
    Need("font", "any", "fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu"),
)
X11 = _libraries(
    ("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb", "libx11"),
    ("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    ("libxcb-image.so.0", "libxcb-image0", "xcb-util-image", "xcb-util-image"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    ("libxcb-randr.so.0", "libxcb-randr0", "libxcb", "libxcb"),
    ("libxcb-render.so.0", "libxcb-render0", "libxcb", "libxcb"),
    ("libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    ("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
    ("libxcb-shm.so.0", "libxcb-shm0", "libxcb", "libxcb"),
    ("libxcb-sync.so.1", "libxcb-sync1", "libxcb", "libxcb"),
    ("libxcb-util.so.1", "libxcb-util1", "xcb-util", "xcb-util"),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0", "libxcb", "libxcb"),
    ("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
)
WAYLAND = _libraries(
    ("libwayland-client.so.0", "libwayland-client0", "libwayland-client", "wayland"),
    ("libwayland-cursor.so.0", "libwayland-cursor0", "libwayland-cursor", "wayland"),
    ("libwayland-egl.so.1", "libwayland-egl1", "libwayland-egl", "wayland"),
)


def can_load(library: str) -> bool:
    """Whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_fonts() -> bool:
    """Whether the system has a font; without one a window shows no letter."""
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    return any(path.suffix in (".ttf", ".otf", ".ttc") for folder in folders for path in folder.rglob("*.*"))


def has_header(name: str) -> bool:
    """Whether a C compiler finds a header: among the system's, in CPATH, or in the Vulkan SDK."""
    folders = [*HEADER_FOLDERS, *os.environ.get("CPATH", "").split(os.pathsep)]
    if os.environ.get("VULKAN_SDK"):
        folders.append(os.path.join(os.environ["VULKAN_SDK"], "include"))
    return any(Path(folder, name).is_file() for folder in folders if folder)


@dataclass(frozen=True)
class Probes:
    """How a machine is looked at: this one, but for what is given."""

    loads: Callable[[str], bool] = field(default_factory=lambda: can_load)
    which: Callable[[str], str | None] = shutil.which
    has_module: Callable[[str], bool] = lambda name: importlib.util.find_spec(name) is not None
    has_fonts: Callable[[], bool] = field(default_factory=lambda: has_fonts)
    has_header: Callable[[str], bool] = has_header


def missing(needs: Iterable[Need], probes: Probes | None = None) -> list[Need]:
    """Those needs that this machine does not meet."""
    look = probes or Probes()
    met: dict[Kind, Callable[[str], bool]] = {
        "library": look.loads,
        "command": lambda names: any(look.which(name) for name in names.split("|")),
        "module": look.has_module,
        "font": lambda _: look.has_fonts(),
        "header": look.has_header,
    }
    return [need for need in needs if not met[need.kind](need.name)]


def needs_of_window(environment: Mapping[str, str]) -> tuple[Need, ...]:
    """What a window needs on the display that these variables name; nothing but Python where Qt's wheel is whole."""
    if not sys.platform.startswith("linux"):
        return ()
    wayland = WAYLAND if environment.get("WAYLAND_DISPLAY") else ()
    x11 = X11 if environment.get("DISPLAY") else ()
    return WINDOW + x11 + wayland


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether a window can be shown; a Qt platform that was named (offscreen, vnc) counts."""
    if not sys.platform.startswith("linux"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def distribution(os_release: str) -> str:
    """ "debian", "fedora", "arch" or "" from the text of /etc/os-release."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    named = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    for family in ("debian", "fedora", "arch"):
        if family in named:
            return family
    return "debian" if "ubuntu" in named else ""


def this_distribution() -> str:
    """The family of this machine's distribution; "" off Linux or unknown."""
    try:
        return distribution(Path("/etc/os-release").read_text(encoding="utf-8"))
    except OSError:
        return ""


def packages(needs: Iterable[Need], family: str) -> list[str]:
    """The packages that meet these needs, each once, in order."""
    return list(dict.fromkeys(getattr(need, family) for need in needs))


def remedy(needs: Iterable[Need], family: str) -> str:
    """The exact command that installs what these needs name; a plain sentence where we do not know the system."""
    wanted = list(needs)
    if family:
        install = {"debian": "apt-get install -y", "fedora": "dnf install -y", "arch": "pacman -S --needed"}[family]
        rights = "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "sudo "
        return f"{rights}{install} {' '.join(packages(wanted, family))}"
    if sys.platform == "darwin":
        return "xcode-select --install"
    names = ", ".join(need.name.split("|")[0] for need in wanted)
    return f"Install what brings {names} with your system's package manager."


def named(needs: Iterable[Need]) -> str:
    """These needs by name, for a sentence."""
    return ", ".join("a font" if need.kind == "font" else need.name.replace("|", " or ") for need in needs)


def report(needs: list[Need], why: str, family: str) -> str:
    """What is missing, for which purpose, and the command that installs it."""
    return f"Missing {why}: {named(needs)}\nInstall it with:\n    {remedy(needs, family)}"
