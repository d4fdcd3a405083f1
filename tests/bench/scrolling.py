"""How lists and sheets of 10,000 rows scroll: a frame against one of 1,000 rows, and how many rows were fetched."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.base.calls import FilesWindow
from app.base.index_values import FileRow, FilesFound
from app.base.preview import Column, Grid, Preview, Rows
from tests.bench.report import Report

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractItemView

FEW, MANY = 1_000, 10_000
WHEEL_PX, WHEELS = 120, 150
DRAGS = 100
ANSWER_MS = 5  # what the engine takes
COLUMNS = 12


class _Engine:
    """Answers after a while, as the link does."""

    def __init__(self, rows: int) -> None:
        self.files = [FileRow(path=f"/home/ana/Documents/{n:05}.md", state="ready", size_bytes=n) for n in range(rows)]
        self.cells = [tuple(f"cell {n} {column}" for column in range(COLUMNS)) for n in range(rows)]

    def request(self, call: FilesWindow, done: Callable[[Any], None], _failed: object = None) -> None:
        rows = tuple(self.files[call.first : call.first + call.count])
        _later(lambda: done(FilesFound(total=len(self.files), first=call.first, rows=rows)))

    def rows(self, _preview: Preview, first: int, count: int, done: Callable[[Rows | None], None]) -> None:
        _later(lambda: done(Rows(first=first, rows=tuple(self.cells[first : first + count]))))


def _later(act: Callable[[], None]) -> None:
    from PySide6.QtCore import QTimer

    QTimer.singleShot(ANSWER_MS, act)


def _settle(seconds: float = 0.3) -> None:
    from PySide6.QtWidgets import QApplication

    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()


def _frames(view: QAbstractItemView, places: list[int]) -> list[float]:
    """Milliseconds of processor time that each place of the scroll bar took to be shown."""
    from PySide6.QtWidgets import QApplication

    taken = []
    for place in places:
        began = time.process_time()  # other programs may be busy
        view.verticalScrollBar().setValue(place)
        QApplication.processEvents()
        taken.append((time.process_time() - began) * 1000)
    _settle()
    return taken


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Qt comes after the platform is chosen.
    from PySide6.QtWidgets import QApplication

    from app.window.controls.row_windows import STRETCH
    from app.window.controls.theme import LIGHT, apply
    from app.window.index.files_list import FilesList
    from app.window.index.files_model import Choice, FilesModel
    from app.window.source.grid_view import GridView

    report = Report("scrolling")
    app = QApplication([])
    apply(app, LIGHT)

    def files(rows: int) -> tuple[QAbstractItemView, Callable[[], int]]:
        model = FilesModel(_Engine(rows))  # type: ignore[arg-type]  # all that it asks of a client
        view = FilesList(model, LIGHT)
        view.resize(800, 700)
        model.setParent(view)
        model.choose(Choice(words="a"))
        return view, lambda: model.rows.fetched

    def sheet(rows: int) -> tuple[QAbstractItemView, Callable[[], int]]:
        grid = Grid(columns=tuple(Column(name=f"Column {n}", letters=14) for n in range(COLUMNS)), rows=rows)
        view = GridView(_Engine(rows).rows, LIGHT)
        view.resize(500, 700)
        view.set_grid(Preview(view=grid), grid)
        return view, lambda: view.rows.rows.fetched

    for name, make in (("files", files), ("sheet", sheet)):
        medians = []
        for rows in (FEW, MANY):
            view, fetched = make(rows)
            view.show()
            _settle()
            row_px = view.visualRect(view.model().index(0, 0)).height()
            before = fetched()
            by_wheel = _frames(view, [WHEEL_PX * step for step in range(1, WHEELS + 1)])
            taken = fetched() - before
            medians.append(statistics.median(by_wheel))
            if rows == MANY:
                seen = (WHEELS * WHEEL_PX + view.viewport().height()) // row_px
                report.figure(f"{name}: a frame by wheel", by_wheel, "ms")
                report.figure(f"{name}: 95 % of frames by wheel", [sorted(by_wheel)[int(WHEELS * 0.95)]], "ms")
                report.figure(f"{name}: rows fetched for {seen} seen", [taken], "rows", at_most=seen + 3 * STRETCH)
                bar, before = view.verticalScrollBar(), fetched()
                by_drag = _frames(view, [bar.maximum() * step // DRAGS for step in range(DRAGS + 1)])
                report.figure(f"{name}: 95 % of frames by drag", [sorted(by_drag)[int(DRAGS * 0.95)]], "ms")
                report.figure(
                    f"{name}: rows fetched, dragged to the end", [fetched() - before], "rows", at_most=MANY / 2
                )
            view.close()
        report.figure(f"{name}: a frame of {MANY:,} to one of {FEW:,}", [medians[1] / medians[0]], "times", at_most=1.5)
    return report.end()
