"""The running window application: its windows, its one client, and what another launch asks of it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QObject,
    QPoint,
    QRect,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QMessageBox
from typing_extensions import override

from app.base.calls import OpenWindow, Preferences
from app.base.foreign_text import harmless_line
from app.base.paths import Home
from app.base.registry import declared
from app.base.system_packages import missing, needs_of_window, report, this_distribution
from app.base.values import Citation, ConversationId
from app.window.chat.running_turns import RunningTurns
from app.window.controls import theme as look
from app.window.controls.page import Page
from app.window.controls.theme import SIZE
from app.window.engine_client import EngineClient
from app.window.engine_link import Dial
from app.window.shell.garbage import GarbageCollection
from app.window.shell.window_parts import WindowParts
from app.window.shell.window_state import WindowState

if TYPE_CHECKING:
    from app.window.shell.main_window import MainWindow
    from app.window.shell.sidebar import Sidebar

log = logging.getLogger("familiar.window")
NO_DISPLAY = """familiar: no window can be opened here.
{reason}
Start Familiar from a desktop session, or use it in this terminal: “familiar --help”."""


class Application(QObject):
    """Makes windows when they are wanted. Lives as long as the process.

    launch: what this process was started for.
    """

    def __init__(self, app: QApplication, home: Home, dial: Dial, launch: OpenWindow) -> None:
        super().__init__()
        self._app = app
        self.main: MainWindow | None = None
        self.sidebar: Sidebar | None = None
        self.state = WindowState(home)
        self.themes = look.ThemeSource(app)
        self.themes.set_choice(self.state.preferences().theme)
        look.apply(app, self.themes.theme)
        self.client = EngineClient(dial, greet=launch, preferences=self.state.preferences())
        self.turns = RunningTurns(self.client)
        pages = declared("app.window.pages", "PAGE", Page)
        self.parts = WindowParts(self.client, self.turns, self.themes, self.state, pages)
        self.client.superseded.connect(app.quit)
        self.client.open_requested.connect(self.open)
        self.client.preferences_changed.connect(self._on_preferences)
        app.aboutToQuit.connect(self.close)
        self.open(launch.view, list(launch.paths))

    def open(self, view: str, paths: list[str]) -> None:
        """Do what a launch asks: raise the main window, show or hide the sidebar, ask about files."""
        if view != "sidebar":
            self._main().raise_and_activate()
        elif paths:
            sidebar = self._sidebar()
            sidebar.ask_about(paths)
            sidebar.raise_and_activate()
        elif self.sidebar is not None and self.sidebar.isVisible():
            self.sidebar.close()
        else:
            self._sidebar().raise_and_activate()

    def close(self) -> None:
        """End the link and keep what belongs kept."""
        for window in (self.main, self.sidebar):
            if window is not None:
                window.close()
        self.client.close()
        self.state.save()

    def _main(self) -> MainWindow:
        if self.main is None:
            from app.window.shell.main_window import MainWindow

            self.main = MainWindow(self.parts)
            self.main.quit_wanted.connect(self._app.quit)
        return self.main

    def _sidebar(self) -> Sidebar:
        if self.sidebar is None:
            from app.window.shell.sidebar import Sidebar

            self.sidebar = Sidebar(self.parts)
            self.sidebar.quit_wanted.connect(self._app.quit)
            self.sidebar.main_wanted.connect(self._on_main_wanted)
            self.sidebar.page_wanted.connect(self._on_page_wanted)
        return self.sidebar

    def _on_main_wanted(self, conversation: ConversationId | None, citation: Citation | None) -> None:
        main = self._main()
        if conversation is not None:
            main.open_conversation(conversation)
        if citation is not None:
            main.cited.show_citation(citation)
        main.raise_and_activate()
        self._uncover(main)

    def _uncover(self, main: MainWindow) -> None:
        """The sidebar stays on top: have it not cover the window that it opened."""
        if self.sidebar is None or not self.sidebar.isVisible():
            return
        beside = room_beside(self.sidebar.frameGeometry(), self.sidebar.screen().availableGeometry())
        if not main.frameGeometry().intersects(self.sidebar.frameGeometry()):
            return
        if beside.width() < SIZE["main_min"]:
            self.sidebar.close()
            return
        main.showNormal()
        frame = main.frameGeometry().size() - main.geometry().size()
        main.resize(main.size().boundedTo(beside.size() - frame))
        main.move(beside.right() - main.frameGeometry().width() + 1, max(beside.top(), main.frameGeometry().top()))

    def _on_page_wanted(self, name: str) -> None:
        main = self._main()
        main.show_page(name)
        main.raise_and_activate()
        self._uncover(main)

    def _on_preferences(self, preferences: Preferences) -> None:
        self.themes.set_choice(preferences.theme)
        self.state.keep_preferences(preferences)


def room_beside(sidebar: QRect, screen: QRect) -> QRect:
    """The larger part of a screen beside the sidebar."""
    left = QRect(screen.topLeft(), QPoint(sidebar.left() - 1, screen.bottom()))
    right = QRect(QPoint(sidebar.right() + 1, screen.top()), screen.bottomRight())
    return max(left, right, key=lambda part: part.width())


class FirstPaint(QObject):
    """Calls `then` once, right after the first window was painted."""

    def __init__(self, app: QApplication, then: Callable[[], None]) -> None:
        super().__init__(app)
        self._app = app
        self._then = then
        app.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Expose and isinstance(watched, QWindow) and watched.isExposed():
            self._app.removeEventFilter(self)
            QTimer.singleShot(0, self._then)  # after this event the window is painted
        return False


def run(launch: OpenWindow, home: Home, dial: Dial) -> int:
    """Open windows and stay until the last one is closed. Returns the exit code."""
    reason = _no_display()
    if reason:
        print(NO_DISPLAY.format(reason=reason), file=sys.stderr)  # noqa: T201 - there is no window to say it in
        return 1
    qInstallMessageHandler(_on_qt_message)
    QApplication.setApplicationName("Familiar")
    QApplication.setDesktopFileName("familiar")
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication(sys.argv[:1])
    sys.excepthook = _say_crash
    threading.excepthook = lambda crash: _log_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
    application = Application(app, home, dial, launch)
    FirstPaint(app, lambda: _on_first_paint(application))
    code = app.exec()
    qInstallMessageHandler(None)
    return code


def _on_first_paint(application: Application) -> None:
    """Connect only now: the threads would compete with the first paint for the interpreter."""
    log.info("first paint at %.3f", time.time())
    application.client.open()
    GarbageCollection(application)


def _no_display() -> str:
    """Why no window can be shown, or ""; Qt itself would end the process without a plain word."""
    chosen = os.environ.get("QT_QPA_PLATFORM")
    if chosen or not sys.platform.startswith("linux"):
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return "Neither DISPLAY nor WAYLAND_DISPLAY is set."


def _in_plain_words(text: str) -> str:
    """What Qt's last words mean here."""
    if "platform plugin" not in text:
        return text.splitlines()[0] if text else "Qt could not start."
    chosen = harmless_line(os.environ.get("QT_QPA_PLATFORM", ""))
    if chosen:
        return f"QT_QPA_PLATFORM is “{chosen}”, with which Qt can open no window here."
    display = harmless_line(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", ""))
    return f"The display “{display}” does not answer, or does not let this user open windows."


def _on_qt_message(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
    """Qt's messages go to the log; one that would abort the process ends it with a plain sentence instead."""
    if kind == QtMsgType.QtFatalMsg:
        log.critical("Qt cannot go on: %s", text)
        absent = missing(needs_of_window(os.environ))
        reason = _in_plain_words(text)
        if absent:
            reason = report(absent, "from this system", this_distribution())
        print(NO_DISPLAY.format(reason=reason), file=sys.stderr, flush=True)  # noqa: T201 - as above
        logging.shutdown()
        os._exit(1)
    log.info("Qt: %s", text)


def _log_crash(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    log.critical("bug in the window", exc_info=(kind, error or kind(), trace))


def _say_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log a bug, and say so once; the window goes on, the engine has everything that matters."""
    _log_crash(kind, error, trace)
    app = QApplication.instance()
    if app is None or app.property("familiar_crash_said"):
        return
    app.setProperty("familiar_crash_said", True)
    box = QMessageBox(QApplication.activeWindow())
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Familiar")
    box.setText("Familiar’s window made a mistake.")
    box.setInformativeText("Your files and conversations are safe. If something looks wrong, close it and open it "
                           "again. The details are in Familiar’s log folder.")  # fmt: skip
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
