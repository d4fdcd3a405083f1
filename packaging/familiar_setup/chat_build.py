"""Building llama-cpp-python: minutes of compiling, so in the background by default, by one process at a time.

How it stands is in `.venv/familiar-setup.json`, written anew every second while it builds: `state` ("building", "done",
"failed"), `text` for a person, `elapsed_s`. A file that says "building" and is older than some seconds was left by a
build that was killed. What it is compiled for, and what was wished, stands in the environment's stamp.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.base import system_packages
from familiar_setup import backends, environment, system
from familiar_setup.backends import Plan
from familiar_setup.checkout import Checkout, ProgressLine, SetupFailed

READY = "ready"
# llama.cpp's `mtmd` (pictures, sound) and `common` (code of its own programs) are never used here, and are most of what
# there is to compile. llama-cpp-python forces `common` on, so a file that CMake reads after that takes it back.
NEEDED_PARTS = (
    "-DLLAVA_BUILD=OFF",
    f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={Path(__file__).with_name('needed_parts.cmake').as_posix()}",
)
WHY = "for building llama-cpp-python, without which answers are quotes"


@dataclass(frozen=True)
class State:
    """How the build stands. state: "none", "building", "done" or "failed"."""

    state: str = "none"
    text: str = ""
    elapsed_s: int = 0


def read_state(checkout: Checkout) -> State:
    """What the state file says; "none" if there is none."""
    try:
        value = json.loads(checkout.chat_state.read_text(encoding="utf-8"))
        return State(str(value["state"]), str(value["text"]), int(value["elapsed_s"]))
    except (OSError, ValueError, KeyError, TypeError):
        return State()


def write_state(checkout: Checkout, state: State) -> None:
    """Put the state where the window reads it."""
    value = {"state": state.state, "text": state.text, "elapsed_s": state.elapsed_s}
    environment.write_whole(checkout.chat_state, json.dumps(value))


def is_running(checkout: Checkout) -> bool:
    """Whether some process builds now."""
    with environment.held(checkout.chat_lock, wait=False) as free:
        return not free


def attempt(checkout: Checkout) -> str:
    """What decides whether a build that failed would fail again, as a hex digest."""
    compiler = shutil.which("c++") or shutil.which("g++") or ""
    resolved = Path(compiler).resolve() if compiler else Path()
    stamp = environment.Stamp(checkout)
    version = resolved.stat().st_mtime_ns if compiler else 0
    options = [os.environ.get("CMAKE_ARGS", ""), stamp.read().get("backend", "")]
    text = "\0".join([stamp.fingerprint("chat"), str(resolved), str(version), *options])
    return hashlib.sha256(text.encode() + checkout.locked("build").read_bytes()).hexdigest()


def is_wanted(checkout: Checkout) -> bool:
    """Whether a build is worth starting: it is not installed, and did not fail in just these circumstances."""
    stamp = environment.Stamp(checkout)
    return not stamp.has("chat") and stamp.read().get("chat_failed") != attempt(checkout)


def remember(checkout: Checkout, wish: str) -> None:
    """Keep what a person wants it compiled for, one of backends.CHOICES, for this and later builds."""
    environment.Stamp(checkout).put("backend", wish)


def wish(checkout: Checkout, otherwise: str = "auto") -> str:
    """What was wished last; `otherwise` if nothing ever was."""
    kept = environment.Stamp(checkout).read().get("backend", "")
    return kept if kept in backends.CHOICES else otherwise


def compiled_for(checkout: Checkout) -> str:
    """The backend of what is installed; "" if nothing is."""
    stamp = environment.Stamp(checkout)
    return stamp.read().get("chat_backend", backends.Machine().default) if stamp.has("chat") else ""


def start(checkout: Checkout, *, again: bool) -> None:
    """Start a build in a process that outlives this one and has no terminal. Does nothing if one runs."""
    write_state(checkout, State("building", "starting"))
    command = [sys.executable, str(checkout.root / "packaging" / "bootstrap.py"), "build-chat"]
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
    subprocess.Popen(
        command + (["--again"] if again else []),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=checkout.root,
        start_new_session=True,
        creationflags=flags,
    )


def build_in_background(checkout: Checkout, *, again: bool) -> int:
    """What the process of `start` does; returns its exit code."""
    if hasattr(os, "nice"):
        os.nice(10)  # the person works meanwhile
    with environment.held(checkout.chat_lock, wait=False) as free:
        return int(not (free and _build(checkout, lambda _: None, backends.choose(wish(checkout)), again=again)))


def build(checkout: Checkout, wanted: str = "") -> None:
    """Have it built now, waiting with progress shown; for a build that already runs, wait. Raises SetupFailed.

    wanted: one of backends.CHOICES, to have another built if that is not what is there; "" takes what is there, and
    builds what was wished last, else for the processor.
    """
    plan = backends.choose(wanted or wish(checkout, otherwise="cpu"))
    if wanted:
        remember(checkout, wanted)
        print(plan.text, file=sys.stderr)

    def suffices() -> bool:
        there = compiled_for(checkout)
        return there == plan.backend or (bool(there) and not wanted)

    if suffices():
        return
    progress = ProgressLine("Building llama-cpp-python")
    while is_running(checkout):
        threading.Event().wait(1)
        progress.show(read_state(checkout).text)
    with environment.held(checkout.chat_lock):
        if not suffices() and not _build(checkout, progress.show, plan, again=bool(compiled_for(checkout))):
            raise SetupFailed(f"llama-cpp-python could not be built. {read_state(checkout).text}")
    text = read_state(checkout).text
    progress.finish("done" if text in (READY, "") else f"done. {text}")


def _build(checkout: Checkout, show: Callable[[str], None], plan: Plan, *, again: bool) -> bool:
    """Build and install under the lock, which the caller holds. Returns whether it worked; says so in the state."""
    stamp = environment.Stamp(checkout)
    if stamp.has("chat") and not again:
        write_state(checkout, State("done", READY))
        return True
    said = _Said(checkout, show)
    try:
        absent = system.ensure(system.needs_of_compiler())
        if absent:
            raise SetupFailed(system_packages.report(absent, WHY, system_packages.this_distribution()))
        plan = _install(checkout, plan, said.heard, again=again)
    except SetupFailed as failure:
        said.end("failed", str(failure))
        stamp.put("chat_failed", "" if environment.OFFLINE.search(_log(checkout)) else attempt(checkout))
        return False
    stamp.put("chat_failed", "")
    stamp.put("chat_backend", plan.backend)
    stamp.put("chat", stamp.fingerprint("chat"))
    said.end("done", plan.instead or READY)
    return True


def _install(checkout: Checkout, plan: Plan, heard: Callable[[str], None], *, again: bool) -> Plan:
    """Build and install as planned; for the processor if a GPU's build fails. Returns what it came to."""
    usual = backends.Machine().default
    if plan.backend == usual:
        _compile(checkout, plan, heard, fresh=again)
        return plan
    try:
        _compile(checkout, plan, heard, fresh=True)
        return plan
    except SetupFailed as failure:
        if environment.OFFLINE.search(_log(checkout)):
            raise
        kept = checkout.chat_log.with_name(f"familiar-setup-{plan.backend}.log")
        checkout.chat_log.replace(kept)
        reason = str(failure).splitlines()[0]
    instead = Plan(
        usual,
        instead=f"Compiling for {backends.NAMES[plan.backend]} failed, so llama.cpp is compiled for "
        f"{backends.NAMES[usual]}. {reason} All that was said is in {kept}",
    )
    if compiled_for(checkout) != usual or _does_not_load(checkout):
        _compile(checkout, instead, heard, fresh=True)
    return instead


def _compile(checkout: Checkout, plan: Plan, heard: Callable[[str], None], *, fresh: bool) -> None:
    """Have pip build and install it. fresh: anew, although it may be there, or a wheel of another kind in pip's cache.

    Raises SetupFailed.
    """
    arguments = ["install", "--verbose", "--no-deps", "--require-hashes", "-r", str(checkout.locked("chat"))]
    arguments += ["--build-constraint", str(checkout.locked("build"))]
    arguments += ["--force-reinstall", "--no-cache-dir"] if fresh else []
    more = {
        "CMAKE_BUILD_PARALLEL_LEVEL": os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(jobs())),
        "CMAKE_ARGS": " ".join([os.environ.get("CMAKE_ARGS", ""), shlex.join([*NEEDED_PARTS, *plan.options])]).strip(),
    }
    environment.pip(checkout, arguments, checkout.chat_log, heard, more)
    trouble = _does_not_load(checkout)
    if trouble:
        raise SetupFailed(f"It was built but does not load: {trouble}")


class _Said:
    """Turns the build's output into one short line, and writes the state file every second."""

    def __init__(self, checkout: Checkout, show: Callable[[str], None]) -> None:
        self._checkout = checkout
        self._show = show
        self._progress = ProgressLine("")
        self._text = "getting ready"
        self._over = threading.Event()
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def heard(self, line: str) -> None:
        """Take one line of the build's output."""
        self._text = meaning(line) or self._text
        self._show(self._text)

    def end(self, state: str, text: str) -> None:
        """Write the last state."""
        self._over.set()
        self._writer.join()
        write_state(self._checkout, State(state, text, int(self._progress.elapsed_s)))

    def _write(self) -> None:
        while not self._over.wait(1):
            write_state(self._checkout, State("building", self._text, int(self._progress.elapsed_s)))


def meaning(line: str) -> str:
    """What a line of the build's output tells a person; "" if nothing new."""
    step = re.match(r"\s*\[(\d+)/(\d+)\]", line)
    if step:
        return f"compiling the chat engine, {step[1]} of {step[2]}"
    if re.match(r"\s*(Collecting|Downloading|Using cached)", line):
        return "fetching the source"
    if re.match(r"\s*(-- |\*\*\* Configuring CMake)", line):
        return "looking at the compiler"
    if re.match(r"\s*(\*\*\* Installing|-- Install|Successfully built|Installing collected)", line):
        return "installing"
    return ""


def jobs() -> int:
    """How many compilers to run at once: one a core, but no more than one a gigabyte of memory."""
    cores = os.cpu_count() or 1
    if platform.system() != "Linux":
        return cores
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return max(1, min(cores, gigabytes))


def _does_not_load(checkout: Checkout) -> str:
    """Why what is installed cannot be imported; "" if it can."""
    command = [str(checkout.python), "-P", "-c", "import llama_cpp"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"exit code {done.returncode}")


def _log(checkout: Checkout) -> str:
    try:
        return checkout.chat_log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
