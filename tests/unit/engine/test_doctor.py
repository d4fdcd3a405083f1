"""What `familiar doctor` finds: how the processes that read files are confined."""

from __future__ import annotations

import pytest

from app.engine.doctor import reading_check


@pytest.mark.parametrize(
    ("there", "missing", "text"),
    [
        (["Landlock 7", "seccomp"], [],
         "Files are read without network and without any other file: Landlock 7 and seccomp."),
        (["seccomp"], ["Landlock"],
         "This system has no Landlock: files are read in processes with limits, and seccomp."),
        ([], ["Landlock", "seccomp"],
         "This system has no Landlock and no seccomp: files are read in processes with limits."),
    ],
)  # fmt: skip
def test_what_the_system_gives_is_said_plainly(there: list[str], missing: list[str], text: str) -> None:
    check = reading_check(there, missing)
    assert (check.name, check.level, check.text) == ("reading", "ok", text)
