"""onnxruntime, loaded as the embedder loads it: it keeps no identifier of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.base.telemetry import REFUSED
from tests.support.background_session import NOBODY

ROOT = Path(__file__).parents[4]
OURS = "from app.workers.vectors.embedder import Embedder; from app.workers.vectors.model import Model; "
OURS += "Embedder(Model.bundled()).embed_one('words')"


@pytest.mark.skipif(sys.platform == "win32", reason="it keeps nothing in files there")
def test_loading_the_embedder_leaves_nothing_in_the_persons_cache(tmp_path: Path) -> None:
    left_out = (*NOBODY, *REFUSED, "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", OURS], env=environment, check=True, timeout=120)
    assert list(tmp_path.rglob("*")) == []
