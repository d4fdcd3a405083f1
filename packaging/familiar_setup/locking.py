"""Writing packaging/lock*.txt from pyproject.toml: exact versions with hashes, for every system and Python 3.11 on."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from familiar_setup.checkout import Checkout, SetupFailed
from familiar_setup.environment import isolated

HEADER = "# Written by `python3 packaging/bootstrap.py lock` from pyproject.toml. Do not edit.\n"
GROUPS = {"run": "tools", "chat": "chat", "test": "test", "build": "build"}
"""Part of the lock -> the dependency group of pyproject.toml that it holds; "run" holds the project's own needs too."""


def lock(checkout: Checkout, *, upgrade: bool) -> int:
    """Write the locks anew. Versions stay where pyproject.toml allows, unless `upgrade`. Raises SetupFailed."""
    with tempfile.TemporaryDirectory(prefix="familiar-lock-") as folder:
        python = Path(folder) / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        _run(checkout, isolated(sys.executable, "venv", folder))
        _run(checkout, isolated(str(python), "pip", "--quiet", "install", "uv"))
        for part, group in GROUPS.items():
            _lock_part(checkout, python, part, group, upgrade=upgrade)
    return 0


def _lock_part(checkout: Checkout, python: Path, part: str, group: str, *, upgrade: bool) -> None:
    target = checkout.locked(part)
    base = checkout.locked("run")
    command = isolated(str(python), "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11")
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--group", f"{checkout.pyproject}:{group}"]
    command += [str(checkout.pyproject)] if part == "run" else ["--constraint", str(base)]
    with tempfile.TemporaryDirectory(prefix="familiar-lock-") as folder:
        output = Path(folder) / "lock.txt"
        if target.exists() and not upgrade:
            output.write_text(target.read_text(encoding="utf-8"), encoding="utf-8")  # its versions are preferred
        _run(checkout, [*command, "--output-file", str(output)])
        text = output.read_text(encoding="utf-8")
    # The build's lock is a list of constraints for an environment of its own, so it stays whole.
    text = without(text, base.read_text(encoding="utf-8")) if part in ("chat", "test") else text
    if "://" in text:
        raise SetupFailed(f"The lock of {part} would hold an address; {target} was left as it was.")
    target.write_text(HEADER + text, encoding="utf-8")
    print(f"{target.name}: {len(entries(text))} packages", file=sys.stderr)


def entries(text: str) -> dict[str, str]:
    """A lock's entries: the line that names package, version and condition -> the whole entry with its hashes."""
    found = re.split(r"^(?=\w)", text, flags=re.MULTILINE)
    return {entry.split("\\")[0].strip(): entry for entry in found if re.match(r"\w", entry)}


def without(text: str, base: str) -> str:
    """A lock less what `base` installs already."""
    there = entries(base)
    return "".join(entry for name, entry in entries(text).items() if name not in there)


def _run(checkout: Checkout, command: list[str]) -> None:
    done = subprocess.run(command, cwd=checkout.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        said = done.stdout.decode(errors="replace").strip()
        raise SetupFailed(f"{' '.join(command[:6])} failed; the locks not yet named are as they were.\n{said}")
