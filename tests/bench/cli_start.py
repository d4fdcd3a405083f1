"""What a short command costs: processor time of whole processes, beside a bare interpreter with the same libraries."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence

from tests.bench.report import Report
from tests.bench.setting import Setting

ROUNDS = 25
PARSER = "import click"
LINK = "import click, msgspec, multiprocessing.connection, concurrent.futures, platformdirs"


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Command line")
    with Setting() as setting:
        setting.start()
        familiar = [sys.executable, "-P", "-m", "app", "--home", str(setting.home.root)]
        commands = {
            "--help": ([*familiar, "--help"], [sys.executable, "-c", PARSER], 2.0),
            "status": ([*familiar, "status"], [sys.executable, "-c", LINK], 1.5),
        }
        for name, (ours, bare, most) in commands.items():
            pairs = [(_cpu_s(ours), _cpu_s(bare)) for _ in range(ROUNDS + 1)][1:]  # the first fills the file cache
            report.figure(f"{name}, processor time", [1000 * mine for mine, _ in pairs], "ms")
            report.figure(f"{name}, bare", [1000 * theirs for _, theirs in pairs], "ms")
            ratio = statistics.median(mine / theirs for mine, theirs in pairs)
            report.figure(f"{name}, beside bare", [ratio], "", at_most=most)
    return report.end()


def _cpu_s(command: Sequence[str]) -> float:
    """Processor time of one run that ends well."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return used.ru_utime + used.ru_stime
