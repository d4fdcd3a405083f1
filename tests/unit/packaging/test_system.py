"""What a system lacks is named with the exact command that brings it."""

from __future__ import annotations

import os
import sys

import pytest
from familiar_setup import system

from app.base import system_packages
from app.base.system_packages import Need, Probes

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n'
UBUNTU = "ID=ubuntu\nID_LIKE=debian\n"
FEDORA = "ID=fedora\n"
MANJARO = "ID=manjaro\nID_LIKE=arch\n"


def bare() -> Probes:
    """A machine with nothing on it."""
    return Probes(loads=lambda _: False, which=lambda _: None, has_module=lambda _: False, has_fonts=lambda: False)


def test_nothing_is_missing_from_a_machine_that_has_it_all() -> None:
    full = Probes(loads=lambda _: True, which=lambda name: f"/usr/bin/{name}", has_fonts=lambda: True)
    assert system_packages.missing(system_packages.WINDOW + system_packages.X11 + system.COMPILER, full) == []


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    probes = Probes(loads=lambda name: name != "libxcb-cursor.so.0", has_fonts=lambda: True)
    absent = system_packages.missing(system_packages.WINDOW + system_packages.X11, probes)
    text = system_packages.report(absent, "for showing a window", "debian")
    assert "Missing for showing a window: libxcb-cursor.so.0" in text
    assert text.splitlines()[-1].strip() == "sudo apt-get install -y libxcb-cursor0"


def test_root_is_not_told_to_use_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert system_packages.remedy(system.COMPILER, "debian") == "apt-get install -y build-essential"


def test_any_of_several_compilers_will_do() -> None:
    clang = Probes(which=lambda name: "/usr/bin/clang" if name.startswith("clang") else None)
    assert system_packages.missing(system.COMPILER, clang) == []
    assert system_packages.missing(system.COMPILER, bare()) == list(system.COMPILER)


@pytest.mark.parametrize(
    ("os_release", "family"),
    [(BOOKWORM, "debian"), (MINT, "debian"), (UBUNTU, "debian"), (FEDORA, "fedora"), (MANJARO, "arch"), ("", "")],
)
def test_distributions_are_told_apart(os_release: str, family: str) -> None:
    assert system_packages.distribution(os_release) == family


def test_an_unknown_system_is_told_what_to_look_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")
    assert "cc, c++" in system_packages.remedy(system.COMPILER, "")


def test_packages_are_named_once() -> None:
    twice = [Need("library", "a", "one", "f", "x"), Need("library", "b", "one", "f", "x")]
    assert system_packages.packages(twice, "debian") == ["one"]


def test_a_window_on_wayland_needs_its_libraries_and_one_on_x11_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    x11 = system_packages.needs_of_window({"DISPLAY": ":0"})
    wayland = system_packages.needs_of_window({"WAYLAND_DISPLAY": "wayland-0"})
    assert set(system_packages.X11) <= set(x11)
    assert not set(system_packages.WAYLAND) & set(x11)
    assert set(system_packages.WAYLAND) <= set(wayland)


@pytest.mark.parametrize(
    ("environment", "display"),
    [({}, False), ({"DISPLAY": ""}, False), ({"DISPLAY": ":0"}, True), ({"QT_QPA_PLATFORM": "offscreen"}, True)],
)
def test_a_display_is_what_the_environment_names(
    environment: dict[str, str], display: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert system_packages.has_display(environment) is display


def test_a_library_that_does_not_exist_cannot_be_loaded() -> None:
    assert not system_packages.can_load("libfamiliar-no-such-thing.so.9")
