from __future__ import annotations

import ctypes
import platform

import pytest

from app.base.malloc import share_arenas


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="asks glibc")
def test_glibc_hears_it() -> None:
    assert share_arenas(64)


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_a_system_without_it_goes_on_as_it_is(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: None) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert not share_arenas()
