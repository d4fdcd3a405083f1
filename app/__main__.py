"""The only door: picks the role, imports it late, runs it."""

from __future__ import annotations

import gc
import os
import sys

from app.base.errors import Problem


def main() -> int:
    """Run the role that the command line names; returns the exit code."""
    try:
        return _run(sys.argv[1:])
    except KeyboardInterrupt:  # before the role could catch it
        return 130


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["worker"] and len(arguments) == 3:
        return _worker(arguments[1])
    if arguments[:1] == ["engine"]:
        from app.engine.main import main as engine

        return engine(arguments[1:])
    asked = os.environ.get("_FAMILIAR_COMPLETE")
    if asked:  # a shell asks what the words so far can go on with; without any, the window would open
        from app.cli.completion import answer

        return answer(asked)
    opening = _window_opening(arguments)
    if opening is None:
        gc.disable()  # until a command begins: looking for garbage among imports is a twentieth of a short command
        from app.cli.main import main as cli

        return cli(arguments)
    view, paths, home = opening
    from app.base.paths import Home
    from app.window.main import main as window

    try:
        return window(view, paths, Home.find(home))
    except Problem as problem:
        from app.base.foreign_text import harmless

        print(harmless(f"familiar: {problem.title}\n{problem.hint}"), file=sys.stderr)
        return 1


def _window_opening(arguments: list[str]) -> tuple[str, list[str], str | None] | None:
    """(view, absolute paths, home) if the words ask for a window, else None: then the command line answers."""
    home: str | None = None
    words: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            words += rest
            break
        if word == "--home" and rest:
            home = rest.pop(0)
        elif word.startswith("--home="):
            home = word.removeprefix("--home=")
        elif word.startswith("-"):
            return None
        else:
            words.append(word)
    if not words:
        return "main", [], home
    if words == ["sidebar"]:
        return "sidebar", [], home
    if words[0] == "ask-about" and len(words) > 1:
        return "sidebar", [os.path.abspath(path) for path in words[1:]], home
    return None


def _worker(name: str) -> int:
    if name == "extract":
        from app.workers.extract.main import main as worker
    elif name == "vectors":
        from app.workers.vectors.main import main as worker
    elif name == "chat":
        from app.workers.chat.main import main as worker
    elif name == "remote":
        from app.workers.remote.main import main as worker
    elif name == "fetch":
        from app.workers.fetch.main import main as worker
    elif name == "spans":
        from app.workers.spans.main import main as worker
    else:
        print(f"familiar: no such worker: {name}", file=sys.stderr)
        return 2
    from app.link.worker_log import hold

    hold()
    return worker()


if __name__ == "__main__":
    sys.exit(main())
