"""Python's collector in the window: off by itself, run in the window's thread when there is something to collect."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.window.shell.garbage import YOUNG, GarbageCollection


class _Cycle:
    def __init__(self) -> None:
        self.me = self


def test_garbage_is_collected_when_there_is_enough_of_it(qtbot: QtBot) -> None:
    gc.enable()
    parent = QObject()
    collection = GarbageCollection(parent)
    assert not gc.isenabled()
    first = weakref.ref(_Cycle())
    collection.collect_if_due()
    assert first() is not None
    rest = [weakref.ref(_Cycle()) for _ in range(YOUNG + 1)]
    collection.collect_if_due()
    assert first() is None
    assert all(each() is None for each in rest)
