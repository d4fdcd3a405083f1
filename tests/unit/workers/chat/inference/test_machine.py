"""Graphics cards that are there, whatever llama.cpp can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workers.chat.inference.machine import unused_gpu


@pytest.mark.parametrize(("number", "maker"), [("0x10de", "NVIDIA"), ("0x1002", "AMD"), ("0x8086", ""), ("", "")])
def test_card_is_known_by_its_maker(number: str, maker: str, tmp_path: Path) -> None:
    vendor = tmp_path / "sys" / "class" / "drm" / "card0" / "device" / "vendor"
    vendor.parent.mkdir(parents=True)
    vendor.write_text(f"{number}\n", encoding="ascii")
    assert unused_gpu(tmp_path) == maker


def test_driver_of_nvidia_is_enough_and_nothing_is_nothing(tmp_path: Path) -> None:
    assert unused_gpu(tmp_path) == ""
    version = tmp_path / "proc" / "driver" / "nvidia" / "version"
    version.parent.mkdir(parents=True)
    version.touch()
    assert unused_gpu(tmp_path) == "NVIDIA"
