"""The commands of bootstrap.py: run, test, lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from app.base import system_packages
from familiar_setup import backends, chat_build, environment, locking, small_model, system
from familiar_setup.checkout import Checkout, ProgressLine, SetupFailed

USAGE = """\
usage: python3 packaging/bootstrap.py run [--backend NAME] [--retry-chat] [ARGS]
       python3 packaging/bootstrap.py test [--backend NAME] [PYTEST ARGS]
       python3 packaging/bootstrap.py lock [--upgrade]

run    Set up what is missing, then start `familiar ARGS`: without ARGS its window, or, where there is no display,
       a demonstration in the terminal. llama-cpp-python, which chat models need, is compiled in the background;
       .venv/familiar-setup.log tells all about it. A build that failed is tried again when the compiler, the Python,
       the lock or CMAKE_ARGS has changed, or at once with --retry-chat, which also builds again what is there.
test   Set up, with llama-cpp-python, the test tools and a small chat model, which lies in .venv and is no part of
       Familiar; then ruff, mypy --strict, import-linter and pytest, all of them, whichever fails.
lock   Write packaging/lock*.txt anew from pyproject.toml. Versions stay where they can; --upgrade takes the newest.

--backend   What llama.cpp is compiled for: cpu, cuda (NVIDIA), vulkan (most GPUs), metal (Macs), or auto, which takes
            the GPU that is there if all that its build needs is there too. What was found and what is missing is said;
            without it, and where the build fails, llama.cpp is compiled for the processor. The choice is remembered.
            At first it is auto for run, and cpu for test.

Everything is installed into .venv of this checkout. As root on Debian, missing system packages are installed, but
none for a GPU; elsewhere the command that installs them is printed.
"""
QUESTION = "When does the lease renew?"
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
SIDE_BY_SIDE = ("-n", "2", "--dist", "worksteal")
"""How all the tests are run: those of processes wait most of the time, so that two at once take hardly more of it."""

WINDOW_WORDS = ("sidebar", "ask-about")


@dataclass(frozen=True)
class SetupOptions:
    """What stands before the words for `familiar` or pytest. backend: "" if none was named."""

    rest: list[str]
    again: bool = False
    backend: str = ""

    @classmethod
    def of(cls, words: list[str]) -> SetupOptions | None:
        """The wish in these words; None if they ask for help, or name a backend that there is not."""
        rest, again, backend = list(words), False, ""
        while rest:
            if rest[0] in ("--help", "-h"):
                return None
            if rest[0] == "--retry-chat":
                again = True
            elif rest[0].split("=")[0] == "--backend":
                _, _, value = rest.pop(0).partition("=")
                rest.insert(0, value or (rest.pop(0) if rest else ""))
                backend = rest[0]
                if backend not in backends.CHOICES:
                    return None
            else:
                break
            del rest[0]
        return cls(rest, again, backend)


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code: 0 done, 1 set-up failed, 2 wrong usage, else what was run returned."""
    checkout = Checkout(Path(__file__).resolve().parents[2])
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    try:
        wish = SetupOptions.of(rest) if command in ("run", "test") else None
        if wish is not None and command == "run":
            return run(checkout, wish.rest, again=wish.again, backend=wish.backend)
        if wish is not None and not wish.again:
            return test(checkout, wish.rest, backend=wish.backend)
        if command == "lock" and rest in ([], ["--upgrade"]):
            return locking.lock(checkout, upgrade=bool(rest))
        if command == "build-chat":
            return chat_build.build_in_background(checkout, again=bool(rest))
    except SetupFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    asked = bool({"--help", "-h"} & set(arguments))
    print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def prepare(checkout: Checkout, *parts: str) -> None:
    """Have these parts installed. Raises SetupFailed; then nothing half installed counts as whole."""
    stamp = environment.Stamp(checkout)
    if all(stamp.has(part) for part in parts):
        return
    try:
        with environment.held(checkout.install_lock):
            environment.make(checkout)
            for part in parts:
                environment.install(checkout, part)
    except OSError as error:
        raise SetupFailed(
            f"{error.filename or checkout.venv} could not be written: {error.strerror}. "
            "Clone the project into a folder of yours with some 2 GB of free space, and run this there."
        ) from error


def needs_of_environment(checkout: Checkout) -> tuple[system_packages.Need, ...]:
    """What making the environment needs of the system; nothing once it is there."""
    return () if checkout.python.exists() else system.PYTHON


def run(checkout: Checkout, arguments: list[str], *, again: bool = False, backend: str = "") -> int:
    """Start Familiar as soon as everything but llama-cpp-python is there."""
    shows_window = opens_window(arguments)
    demonstrates = not arguments and not system_packages.has_display(os.environ)
    window = system_packages.needs_of_window(os.environ) if shows_window and not demonstrates else ()
    system.demand([*needs_of_environment(checkout), *window], later=system.needs_of_compiler())
    prepare(checkout, "run")
    _see_to_chat(checkout, again=again, backend=backend)
    if demonstrates:
        return demonstrate(checkout)
    command = [str(checkout.python), "-P", "-m", "app", *arguments]
    if shows_window and chat_build.read_state(checkout).state == "building":
        return _run_beside_build(checkout, command)
    _say_chat_state(checkout)
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return subprocess.run(command, check=False).returncode


def _see_to_chat(checkout: Checkout, *, again: bool, backend: str) -> None:
    """Start a build of llama-cpp-python where one is wanted, and say what it is for."""
    if backend:
        chat_build.remember(checkout, backend)
    if chat_build.is_running(checkout):
        if backend:
            print("A build is under way; run the same command again once it has ended.", file=sys.stderr)
        return
    wanted = again or chat_build.is_wanted(checkout)
    if not (wanted or backend):
        return
    plan = backends.choose(chat_build.wish(checkout))
    if backend or plan.found or plan.instead:
        print(plan.text, file=sys.stderr)
    there = chat_build.compiled_for(checkout)
    if wanted or plan.backend != there:
        chat_build.start(checkout, again=again or there not in ("", plan.backend))


def opens_window(arguments: list[str]) -> bool:
    """Whether `familiar ARGUMENTS` opens a window, as far as the system's libraries are concerned."""
    words = list(arguments)
    while words and words[0].startswith("--home"):
        del words[: 1 if "=" in words[0] else 2]
    return not words or words[0] in WINDOW_WORDS


def _say_chat_state(checkout: Checkout) -> None:
    state = chat_build.read_state(checkout)
    if state.state == "building":
        print(
            f"llama-cpp-python, which chat models need, is being built in the background ({state.text}); "
            f"more in {checkout.chat_log}",
            file=sys.stderr,
        )
    elif state.state == "failed":
        print(
            f"Chat models cannot be used, so answers are quotes: {state.text}\n"
            "Once that is mended: python3 packaging/bootstrap.py run --retry-chat",
            file=sys.stderr,
        )


def _run_beside_build(checkout: Checkout, command: list[str]) -> int:
    over = threading.Event()
    watcher = threading.Thread(target=_show_build, args=(checkout, over), daemon=True)
    watcher.start()
    with subprocess.Popen(command) as window:
        while True:
            try:
                code = window.wait()
                break
            except KeyboardInterrupt:
                continue  # the window got it as well, and decides
    over.set()
    watcher.join()
    return code


def _show_build(checkout: Checkout, over: threading.Event) -> None:
    """Show the background build's progress until it ends or the window closes."""
    progress = ProgressLine("Building llama-cpp-python in the background", every_s=60)
    while not over.wait(1):
        state = chat_build.read_state(checkout)
        if state.state == "done":
            progress.finish("done, chat models can be used")
            if state.text != chat_build.READY:
                print(state.text, file=sys.stderr)
            return
        if state.state == "failed":
            progress.finish("failed")
            _say_chat_state(checkout)
            return
        progress.show(state.text)
    progress.finish(f"goes on; more in {checkout.chat_log}")


def demonstrate(checkout: Checkout) -> int:
    """Index the sample folder and answer one question about it, in a home of its own that is removed again."""
    print(
        "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.\n"
        "Instead, this is Familiar's main job in the terminal: read a folder, answer a question about it.\n"
    )
    _say_chat_state(checkout)
    home = tempfile.mkdtemp(prefix="familiar-")
    code = 0
    try:
        for words in (["folders", "add", str(checkout.sample)], ["index", "--wait"], ["ask", QUESTION]):
            shown = " ".join(f'"{word}"' if " " in word else word for word in words)
            print(f"\n$ familiar {shown}", flush=True)
            code = _familiar(checkout, home, words)
            if code != 0:
                break
    finally:
        _familiar(checkout, home, ["stop"], quiet=True)
        shutil.rmtree(home, ignore_errors=True)
    if code == 0:
        print(
            "\nFor your own files: python3 packaging/bootstrap.py run folders add FOLDER, then run index --wait,\n"
            'then run ask "YOUR QUESTION". On a machine with a display, run alone opens the window.'
        )
    return code


def _familiar(checkout: Checkout, home: str, words: list[str], *, quiet: bool = False) -> int:
    command = [str(checkout.python), "-P", "-m", "app", "--home", home, *words]
    return subprocess.run(command, check=False, capture_output=quiet).returncode


def test(checkout: Checkout, arguments: list[str], *, backend: str = "") -> int:
    """Run every check; backend: have llama.cpp compiled for it first.

    Returns 0, pytest's own code if it alone failed, else 1.
    """
    linux = sys.platform.startswith("linux")
    windows = system_packages.WINDOW + system_packages.X11 if linux else ()
    tools = system.TEST_TOOLS if linux else ()
    needs = [*needs_of_environment(checkout), *windows, *system.needs_of_compiler()]
    absent = system_packages.missing(tools)
    if system.may_install(system_packages.this_distribution()):
        absent = system.ensure([*needs, *tools])  # all in one go
    system.demand(needs, later=tools)
    prepare(checkout, "run", "test")
    failed: list[str] = []
    try:
        chat_build.build(checkout, backend)
    except SetupFailed as failure:
        print(failure, file=sys.stderr)
        failed.append("llama-cpp-python")
    fetch_small_model(checkout)
    if absent:
        why, family = "for some tests, which are skipped", system_packages.this_distribution()
        print(system_packages.report(absent, why, family), file=sys.stderr)
    python = str(checkout.python)  # never a script of the environment: those break where the checkout is moved
    checks = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy --strict": [python, "-m", "mypy"],
        "import-linter": [python, "-c", LINT_IMPORTS, "--no-cache"],
        "pytest": [python, "-m", "pytest", *(arguments or SIDE_BY_SIDE)],
    }
    code = 0
    for name, command in checks.items():
        print(f"\n== {name}", flush=True)
        code = subprocess.run(command, cwd=checkout.root, check=False).returncode
        if code != 0:
            failed.append(name)
    print(f"Failed: {', '.join(failed)}." if failed else "ruff, mypy, import-linter and pytest passed.")
    if not failed:
        return 0
    return code if failed == ["pytest"] else 1


def fetch_small_model(checkout: Checkout) -> None:
    """Have the chat model that some tests run; where it cannot be fetched, say that these are skipped, and why."""
    try:
        small_model.fetch(checkout)
    except SetupFailed as failure:
        print(f"The tests that run a small chat model are skipped. {failure}", file=sys.stderr)
