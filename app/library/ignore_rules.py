"""Which files are not looked at: .gitignore-style lines with good defaults."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from pathspec import GitIgnoreSpec

from app.base.opening import at

DEFAULTS = (
    # hidden files and folders, version control, caches
    ".*",
    "__pycache__/", "node_modules/", "bower_components/", "site-packages/", "venv/", "env/", "lost+found/",
    "$RECYCLE.BIN/", "System Volume Information/", "@eaDir/",
    # build outputs
    "/build/", "/dist/", "target/debug/", "target/release/", "DerivedData/", "*.egg-info/", "*.o", "*.obj", "*.a",
    "*.so", "*.dylib", "*.dll", "*.exe", "*.class", "*.pyc", "*.pyo", "*.wasm",
    # what editors, office programs, browsers and sync tools leave for a moment
    "*~", "~$*", "#*#", "*.swp", "*.swx", "4913", "*.tmp", "*.temp", "*.part", "*.crdownload", "*.download",
    "*___jb_tmp___", "*___jb_old___", "*.sb-????????-??????",
    # nothing to read in them
    "Thumbs.db", "desktop.ini", "*.iso", "*.img", "*.vmdk", "*.qcow2", "*.gguf", "*.safetensors",
)  # fmt: skip
OWN_FILE = ".familiarignore"
OWN_FILE_BYTES = 256 * 1024
_BACKEND = "simple"  # pathspec takes RE2 by itself where it is installed, which refuses names that are no text


class Rules:
    """What is left out below one root. Patterns are those of .gitignore, relative to the root; later ones win."""

    def __init__(self, root: str, patterns: Sequence[str], *, never: Sequence[str] = ()) -> None:
        """patterns: the person's, after the defaults; then those of ROOT/.familiarignore. never: absolute paths."""
        self._root = root.rstrip(os.sep) + os.sep
        self._never = tuple(never)
        lines = [*DEFAULTS, *patterns, *_lines_of(os.path.join(root, OWN_FILE))]
        try:
            self._spec = GitIgnoreSpec.from_lines(lines, backend=_BACKEND)
        except ValueError:
            self._spec = GitIgnoreSpec.from_lines(filter(_is_pattern, lines), backend=_BACKEND)

    def skip(self, path: str, *, folder: bool) -> bool:
        """Whether an absolute path below the root is left out, itself or by a folder above it."""
        for never in self._never:
            if path == never or path.startswith(never + os.sep):
                return True
        relative = path[len(self._root) :]
        if os.sep != "/":
            relative = relative.replace(os.sep, "/")
        return self._spec.match_file(relative + "/" if folder else relative)


def _is_pattern(line: str) -> bool:
    """Whether a line can be understood; like git, we pass over one that cannot."""
    try:
        GitIgnoreSpec.from_lines([line], backend=_BACKEND)
    except ValueError:
        return False
    return True


def _lines_of(path: str) -> list[str]:
    """The lines of a root's own file; none if it cannot be read, is no plain file, or is none that a person wrote."""
    try:
        with at(path) as spot, os.fdopen(spot.open(), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return []
            return file.read(OWN_FILE_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
