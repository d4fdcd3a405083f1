"""Python's collector, kept to the window's thread: Qt objects must die in the thread that made them.

Left to itself the collector runs in whichever thread happens to allocate, also in those that wait for the engine. A
widget or timer in a reference cycle would then be destroyed there, and the event loop would fall over what is left.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

PAUSE_MS = 3000
YOUNG = 2_000
OLD = 10


class GarbageCollection(QObject):
    """Collects in this object's thread, now and then, where there is something to collect; nowhere else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what is here for good, the imports, need not be walked again
        self._timer = QTimer(self, interval=PAUSE_MS)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    def collect_if_due(self) -> None:
        """Collect the youngest generation that has filled up."""
        young, middle, old = gc.get_count()
        if old > OLD:
            gc.collect(2)
        elif middle > OLD:
            gc.collect(1)
        elif young > YOUNG:
            gc.collect(0)
