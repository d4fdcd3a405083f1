"""A scratch home whose engine has read a test set's documents, and of which nothing is left afterwards."""

from __future__ import annotations

import contextlib
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

from app.base.calls import FoldersAdd
from app.base.errors import Problem
from app.base.paths import Home
from app.base.settings import Settings, SettingsFile
from app.cli.context import Context
from app.cli.evaluation.beir import BeirDocument
from app.cli.index import wait_for_index
from app.cli.life import stop_engine
from app.cli.output import Output

_FILES_A_FOLDER = 1000


@contextlib.contextmanager
def scratch_folder(output: Output) -> Iterator[Path]:
    """A folder that is gone afterwards, whatever happens. Resolved, because hits come with resolved paths.

    Raises Problem eval.no_room.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="fe-")).resolve()
    except OSError as error:
        raise _no_room(Path(tempfile.gettempdir() if tempfile.tempdir else "TMPDIR"), error) from error
    try:
        with _ended_as_by_hand():
            yield folder
    finally:
        with _left_to_finish():
            try:
                shutil.rmtree(folder)
            except OSError as error:  # as when the engine was killed and a worker of it still writes
                output.note(f"{folder} could not be removed: {error.strerror or error}. Nothing needs it.")


@contextlib.contextmanager
def scratch_engine(folder: Path, output: Output, settings: Settings) -> Iterator[Context]:
    """The engine of a fresh home `folder`, which leaves the machine no room: somebody waits for it."""
    home = Home.find(str(folder))
    home.create()
    SettingsFile(home.settings_toml).change(lambda _: settings)
    context = Context(home, None, output)
    try:
        yield context
    finally:
        with _left_to_finish():
            context.close()
            stop_engine(home)


def read_documents(context: Context, folder: Path) -> None:
    """Have an engine read all below a folder, with progress where a terminal watches. Raises Problem."""
    context.call(FoldersAdd(paths=[str(folder)]))
    wait_for_index(context)


def write_corpus(documents: Iterable[BeirDocument], folder: Path) -> dict[str, str]:
    """Write each document as a file of its own below `folder`; returns the document's id by the file's path.

    A document with a title becomes Markdown under that heading, one without stays plain text. Names are numbers that
    say nothing, so that search by file name can help nobody. Raises Problem eval.no_room.
    """
    by_path: dict[str, str] = {}
    try:
        for index, document in enumerate(documents):
            part = folder / f"{index // _FILES_A_FOLDER:04}"
            part.mkdir(parents=True, exist_ok=True)
            suffix, text = _as_file(document)
            path = part / f"n{index:07}{suffix}"
            path.write_text(text, encoding="utf-8")
            by_path[str(path)] = document.id
    except OSError as error:
        raise _no_room(folder, error) from error
    return by_path


def _as_file(document: BeirDocument) -> tuple[str, str]:
    title = " ".join(document.title.split())
    return (".md", f"# {title}\n\n{document.text}\n") if title else (".txt", f"{document.text}\n")


def _no_room(folder: Path, error: OSError) -> Problem:
    return Problem(
        "eval.no_room",
        f"The documents could not be written to {folder}: {error.strerror or error}.",
        "Nothing was measured, and what was written is removed. Free some space, or set TMPDIR to another disk.",
    )


@contextlib.contextmanager
def _ended_as_by_hand() -> Iterator[None]:
    """While it lasts, the signals that end a process come as Ctrl+C does, so that what was made is removed."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    kept = (signal.SIG_IGN, None)  # as under nohup
    before = [(number, signal.getsignal(number)) for number in _ENDING if signal.getsignal(number) not in kept]
    for number, _ in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextlib.contextmanager
def _left_to_finish() -> Iterator[None]:
    """While it lasts, a second Ctrl+C is passed over: removing takes a moment, and half of it would stay."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_ENDING = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
