"""Linux and the BSDs: application entry with icon, right-click entries of Thunar and Nautilus, as XDG says."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from app.base.paths import resources
from app.cli.desktop import thunar
from app.cli.desktop.changes import MARK, Change, content
from app.cli.desktop.launcher import for_desktop_entry, for_shell, for_xml

_ENTRY = "applications/familiar.desktop"
_ICON = "icons/hicolor/scalable/apps/familiar.svg"
_NAUTILUS = "nautilus-python/extensions/familiar_ask_about.py"
_UCA = "Thunar/uca.xml"
_BRIDGES = tuple(f"{lib}/nautilus/extensions-*/libnautilus-python.so" for lib in ("lib", "lib64", "lib/*"))


@dataclass(frozen=True)
class XdgFolders:
    """Where this person's desktop looks. defaults: the system's configuration folders, most important first."""

    data: Path
    config: Path
    defaults: tuple[Path, ...]

    @staticmethod
    def find() -> XdgFolders:
        """From the environment; as the specification says, a relative path there counts as unset."""
        listed = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        return XdgFolders(
            _folder("XDG_DATA_HOME", ".local/share"),
            _folder("XDG_CONFIG_HOME", ".config"),
            tuple(Path(part) for part in listed.split(":") if os.path.isabs(part)),
        )


def installing(launcher: list[str], folders: XdgFolders) -> list[Change]:
    """What to write. Raises Problem thunar.damaged, integrate.unreadable."""
    entry = _template("familiar.desktop.in", {b"@EXEC@": for_desktop_entry(launcher).encode()})
    extension = _template("nautilus-extension.py.in", {b"@LAUNCHER@": ascii(launcher).encode()})
    icon = (resources() / "icons" / "familiar.svg").read_bytes() + b"<!-- " + MARK + b" -->\n"
    action = _template("thunar-action.xml.in", {b"@COMMAND@": for_xml(for_shell(launcher))})
    uca = folders.config / _UCA
    present = content(uca)
    # Where the person has no file of their own, Thunar shows the system's actions; they must not vanish.
    base = present if present is not None else _system_uca(folders)
    has_ours = present is not None and thunar.without_action(present) != present
    return [
        Change(folders.data / _ENTRY, entry, "application entry", folders.data),
        Change(folders.data / _ICON, icon, "icon", folders.data),
        Change(
            uca,
            thunar.with_action(base, action),
            "right-click entry of Thunar",
            folders.config,
            ours_alone=False,
            backup=None if has_ours else _backup(uca),
        ),
        Change(folders.data / _NAUTILUS, extension, "right-click entry of Nautilus", folders.data),
    ]


def removing(folders: XdgFolders) -> list[Change]:
    """What to take away again. Raises Problem thunar.damaged, integrate.unreadable."""
    changes = [
        Change(folders.data / _ENTRY, None, "application entry", folders.data),
        Change(folders.data / _ICON, None, "icon", folders.data),
        Change(folders.data / _NAUTILUS, None, "right-click entry of Nautilus", folders.data),
    ]
    extension = folders.data / _NAUTILUS
    changes += [
        Change(compiled, None, "what Nautilus made of it", folders.data, ours_alone=False)
        for compiled in extension.parent.glob(f"__pycache__/{extension.stem}.*.pyc")
    ]
    uca = folders.config / _UCA
    present = content(uca)
    if present is None:
        return changes
    rest = thunar.without_action(present)
    backup = content(_backup(uca))
    # Without our action the file may say what Thunar takes anyway: then it was made for our sake.
    superfluous = rest != present and backup is None and thunar.same_actions(rest, _system_uca(folders))
    changes.append(
        Change(
            uca, None if superfluous else rest, "right-click entry of Thunar", folders.config, ours_alone=False
        )
    )  # fmt: skip
    if backup == rest:
        changes.append(Change(_backup(uca), None, "backup that is no longer needed", folders.config, ours_alone=False))
    return changes


def notes() -> list[str]:
    """What the person should know after installing."""
    said = []
    if shutil.which("thunar"):
        said.append("Thunar shows the entry when it is started anew: thunar -q")
    if shutil.which("nautilus"):
        bridge = any(found for pattern in _BRIDGES for found in Path("/usr").glob(pattern))
        said.append(
            "Files (Nautilus) shows the entry when it is started anew: nautilus -q"
            if bridge
            else "Files (Nautilus) shows the entry once its Python extensions are installed, on Debian: "
            "sudo apt install python3-nautilus"
        )
    return said


def refresh_icons(folders: XdgFolders) -> None:
    """Make desktops see that icons came or went: a cache that is older than its folder is not believed."""
    theme = folders.data / "icons" / "hicolor"
    if (theme / "icon-theme.cache").exists():
        os.utime(theme)


def _backup(uca: Path) -> Path:
    return uca.with_name("uca.xml.before-familiar")


def _system_uca(folders: XdgFolders) -> bytes:
    for folder in folders.defaults:
        if (found := content(folder / _UCA)) is not None:
            return found
    return thunar.EMPTY


def _template(name: str, values: dict[bytes, bytes]) -> bytes:
    text = (resources() / "desktop" / name).read_bytes()
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def _folder(variable: str, default: str) -> Path:
    named = os.environ.get(variable, "")
    return Path(named) if os.path.isabs(named) else Path.home() / default
