"""What the scanner makes of roots that go while files of theirs still wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.library.scan import stat_of
from app.library.scanner import Scanner
from app.store.index import IndexStore


def test_root_that_goes_while_files_wait_is_offline_at_the_next_look(tmp_path: Path) -> None:
    root = tmp_path / "drive"
    root.mkdir()
    file = root / "a.txt"
    file.write_text("waiting")
    index = IndexStore(tmp_path / "index.db", chunker="1")
    index.set_roots([str(root)])
    stat = stat_of(str(file))
    assert stat is not None
    index.enqueue(index.roots()[0].id, [(str(file), stat)])
    scanner = Scanner(index, list, (), lambda: None, lambda problem: pytest.fail(problem.title))
    root.rename(tmp_path / "elsewhere")
    scanner._look([str(file)])  # as the reader asks when a waiting file is not there
    assert index.states() == {"offline": 1}
    assert index.roots()[0].state == "offline"
    (tmp_path / "elsewhere").rename(root)
    scanner._scan_all()
    assert index.states() == {"waiting": 1}
    index.close()
