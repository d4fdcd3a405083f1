"""What doctor says of a machine without asking the engine."""

from __future__ import annotations

import sys

import pytest

from app.base import system_packages
from app.base.machine import window_check


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(system_packages, "has_fonts", lambda: True)


def test_library_that_a_window_lacks_is_an_error_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "can_load", lambda name: name != "libxcb-cursor.so.0")
    check = window_check({"DISPLAY": ":0"})
    assert check.level == "error"
    assert "libxcb-cursor.so.0" in check.text
    assert system_packages.remedy([need for need in system_packages.X11 if "cursor" in need.name],
                                  system_packages.this_distribution()) in check.hint  # fmt: skip


def test_machine_without_a_display_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "can_load", lambda _: False)
    check = window_check({})
    assert (check.level, check.hint) == ("note", "")


def test_whole_machine_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "can_load", lambda _: True)
    assert window_check({"WAYLAND_DISPLAY": "wayland-0"}).level == "ok"
