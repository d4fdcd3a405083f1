"""How much processor time it takes to compile what we use of llama-cpp-python, against all of it.

Both are built from the locked source in one run, one after the other, as the set-up does it but into folders that are
thrown away. Takes some twenty minutes of processor time.
"""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]
BOUND = 0.35


def run() -> int:
    """Build twice and print; 0 if the bound holds."""
    sys.path.insert(0, str(ROOT / "packaging"))
    from familiar_setup.chat_build import NEEDED_PARTS

    report = Report("native build")
    needed = _processor_seconds(NEEDED_PARTS)
    report.figure("processor time, what we use", [needed], "s")
    whole = _processor_seconds(())
    report.figure("processor time, all of it", [whole], "s")
    report.figure("what we use, of all of it", [needed / whole], "", at_most=BOUND)
    return report.end()


def _processor_seconds(options: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(prefix="familiar-build-") as folder:
        command = [sys.executable, "-P", "-m", "pip", "wheel", "--no-deps", "--no-cache-dir", "--require-hashes"]
        command += ["--build-constraint", str(ROOT / "packaging" / "lock-build.txt"), "--wheel-dir", folder]
        command += ["-r", str(ROOT / "packaging" / "lock-chat.txt")]
        environment = {**os.environ, "CMAKE_ARGS": shlex.join(options), "CMAKE_BUILD_PARALLEL_LEVEL": "2"}
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
