"""What the worker's calls answer where the model is not what it should be."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import pytest

from app.base.errors import Problem
from app.base.paths import resources
from app.base.worker_calls import Embed, VectorsInfo, VectorsOpen
from app.link.peer import Incoming
from app.workers.vectors.service import Service

FOLDER = resources() / "models" / "all-MiniLM-L6-v2"
NOBODY = cast("Incoming", None)  # no call here gets so far as to look at its caller


def test_missing_model_is_told_to_each_call(tmp_path: Path) -> None:
    service = Service(tmp_path / "nowhere")
    for _ in range(2):
        with pytest.raises(Problem) as told:
            service.open(VectorsOpen(folder=str(tmp_path / "vectors"), generation="a1"), NOBODY)
        assert told.value.code == "vectors.model"
    with pytest.raises(Problem) as told:
        service.embed(Embed(texts=["One."]), NOBODY)
    assert told.value.code == "vectors.model"
    assert list(tmp_path.iterdir()) == []


def test_damaged_weights_leave_the_collection_usable(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for name in ("model.json", "tokenizer.json"):
        shutil.copy(FOLDER / name, model)
    (model / "model.onnx").write_bytes(b"cut short")
    service = Service(model)
    with pytest.raises(Problem) as told:
        service.embed(Embed(texts=["One."]), NOBODY)
    assert told.value.code == "vectors.model"
    info = service.open(VectorsOpen(folder=str(tmp_path / "vectors"), generation="a1"), NOBODY)
    assert isinstance(info, VectorsInfo)
    assert info.count == 0
    service.close()
