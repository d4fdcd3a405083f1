"""Every regular expression of a package, and the texts that are worst for each, made from its own parts."""

from __future__ import annotations

import ast
import importlib
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

SIZE = 100_000  # characters of a text
TASTE = 25_000  # of one that is tried first
TASTE_MS = 1.5  # longer, and the whole text is tried, unless twice a text takes no longer than twice the time
GIVE_UP_S = 0.5  # of processor time, after which a search is ended
TRIES = 6  # of one that took too long: the machine may have been busy
YARDSTICK = re.compile(r"[a-z]{1,3}+\d|\d\s[b-f]")
YARDSTICK_MS = 7.0  # that the yardstick takes over SIZE characters where the bounds hold
SLOWEST = 3.0  # times slower, at most, may a machine be without a pattern being at fault
NARROW = 8  # a pattern that matches no more than this, without a loop, is harmless
METHODS = ("match", "fullmatch", "search", "finditer")
_SAME = {"sub": "finditer", "subn": "finditer", "findall": "finditer", "split": "finditer"}
_CONSTANT_FUNCTIONS = {*METHODS, *_SAME, "compile"}
_POOL = "a1 \nZ_-\t.,=:<>\"'[](){}*`#/\\|&;!?~^+$%@\r\x00é漢"

_parser: Any = importlib.import_module("re._parser")  # how the standard library reads a pattern
_FLAGS = re.UNICODE | re.DOTALL | re.MULTILINE | re.IGNORECASE | re.ASCII | re.VERBOSE


@dataclass(frozen=True)
class Used:
    """A pattern of a module, and with which methods the module uses it."""

    where: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...] = METHODS


@dataclass(frozen=True)
class Worst:
    """The longest time that a pattern took: milliseconds of the processor's, by which method, over what."""

    ms: float
    method: str
    text: str

    def __str__(self) -> str:
        return f"{self.ms:.0f} ms to {self.method} {self.text[:60]!r}"


def modules_of(package: str) -> list[str]:
    """Names of the package's modules that use regular expressions. Imports none of them."""
    top = Path(__file__).parents[2] / package
    paths = sorted(path for path in top.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))
    trees = {path: _tree(path) for path in paths}
    return [
        ".".join((package, *path.relative_to(top).with_suffix("").parts))
        for path, tree in trees.items()
        if any(isinstance(node, ast.Import) and node.names[0].name == "re" for node in tree.body)
    ]


def patterns_of(name: str) -> list[Used]:
    """The patterns of the module with this name: those that it holds, and those written where they are used."""
    module = importlib.import_module(name)
    assert module.__file__ is not None
    return list(_patterns_in(module, _tree(Path(module.__file__))))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _patterns_in(module: ModuleType, tree: ast.Module) -> Iterator[Used]:
    methods: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            methods.setdefault(node.value.id, set()).add(_SAME.get(node.attr, node.attr))
        if isinstance(node, ast.Call) and _is_re(node.func) and node.args and isinstance(node.args[0], ast.Constant):
            assert isinstance(node.func, ast.Attribute)
            flags = [_flags(value, module) for value in (*node.args[1:], *(key.value for key in node.keywords))]
            written: Any = node.args[0].value
            pattern = re.compile(written, sum(flag for flag in flags if flag))
            name = _SAME.get(node.func.attr, node.func.attr)
            if name != "compile":
                yield Used(f"{module.__name__}:{node.lineno}", pattern, (name,))
    assigned = {
        name.id
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for name in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(name, ast.Name)
    }
    for name, value in vars(module).items():
        if name not in assigned:
            continue
        for pattern in _held(value):
            ways = tuple(way for way in METHODS if way in methods.get(name, ()))
            yield Used(f"{module.__name__}.{name}", pattern, ways or METHODS)


def _is_re(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in _CONSTANT_FUNCTIONS
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
    )


def _flags(node: ast.expr, module: ModuleType) -> re.RegexFlag | int:
    if not any(isinstance(inner, ast.Attribute) and _is_flag(inner) for inner in ast.walk(node)):
        return 0
    return eval(compile(ast.Expression(node), "flags", "eval"), vars(module))  # type: ignore[no-any-return]  # of our own source


def _is_flag(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "re" and node.attr.isupper()


def _held(value: object) -> Iterator[re.Pattern[Any]]:
    """The patterns that a module's value is or holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _held(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from _held(inner)


def worst(used: Used, bound_ms: float) -> Worst:
    """What takes the pattern longest of the texts that are made for it; the first that takes longer than bound_ms.

    A time beyond the bound is that of a machine as quick as it should be: what a busy one adds is taken off.
    """
    parsed = _parser.parse(used.pattern.pattern, used.pattern.flags & _FLAGS)
    slowest = Worst(0.0, used.methods[0], "")
    if parsed.getwidth()[1] <= NARROW:
        return slowest
    for text in texts(parsed, SIZE):
        for method in used.methods:
            taste = _took(used.pattern, method, text[:TASTE])
            if taste < TASTE_MS or (
                taste < bound_ms / 8 and taste < 3 * _took(used.pattern, method, text[: TASTE // 2])
            ):
                continue
            ms = _took(used.pattern, method, text)
            tries = TRIES
            while tries and bound_ms < ms < 900 * GIVE_UP_S:
                ms = min(ms, _took(used.pattern, method, text) / _slowness())
                tries -= 1
            slowest = max(slowest, Worst(ms, method, text), key=lambda one: one.ms)
            if slowest.ms > bound_ms:
                return slowest
    return slowest


def _slowness() -> float:
    """How many times longer than it should the machine takes now for a search that cannot backtrack; 1 at least."""
    text = "a1 2\t" * (SIZE // 5)
    took = min(_took(YARDSTICK, "finditer", text) for _ in range(3))
    return min(max(took / YARDSTICK_MS, 1.0), SLOWEST)


def _took(pattern: re.Pattern[Any], method: str, text: str) -> float:
    subject: Any = text.encode("utf-8") if isinstance(pattern.pattern, bytes) else text
    begun = time.thread_time()
    try:
        with _ended_after(GIVE_UP_S):
            found = getattr(pattern, method)(subject)
            for _ in found if method == "finditer" else ():
                pass
    except _TooLong:
        pass
    return (time.thread_time() - begun) * 1_000


class _TooLong(Exception):
    pass


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """Ends what is within by _TooLong after so much processor time. Main thread only."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def texts(parsed: Any, size: int) -> list[str]:
    """Texts of `size` characters: runs, near matches, endless loops of the pattern's own, alone and over and over."""
    units = dict.fromkeys(_POOL)
    loops: list[tuple[str, str]] = []
    _loops(parsed, "", loops)
    wholes = {_sample(parsed, variant) for variant in range(4)}
    for whole in wholes:
        units.update(dict.fromkeys(whole[:end] for end in (*range(1, min(len(whole), 12)), len(whole) - 1, len(whole))))
    literal = sorted({chr(code) for code in _literals(parsed) if code < 0x110000})
    units.update(dict.fromkeys(first + second for first in literal[:7] for second in (*literal[:7], " ", "\n", "a")))
    made = [unit * (size // len(unit)) for unit in units if unit]
    for before, body in loops:
        if not body:
            continue
        made += [
            before + body * (size // len(body)),
            *(before + body * ((size - len(before)) // len(body)) + end for end in ("\x00", "!", "\n")),
            *(
                (before + body * length) * (size // (len(before) + length * len(body)))
                for length in (1, 3, 20, 90, 300)
            ),
            *((before + body * length + "\n") * (size // (len(before) + length * len(body) + 1)) for length in (3, 90)),
        ]
    return list(dict.fromkeys(text for text in made if text))


def _loops(parsed: Any, before: str, found: list[tuple[str, str]]) -> None:
    """(what leads there, one round) of every loop in the pattern, each way round."""
    for operation, argument in parsed:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, body = argument
            if most > NARROW:
                found += [(before, one) for one in dict.fromkeys(_sample(body, variant) for variant in range(12))]
            _loops(body, before, found)
            before += _sample(body, 0) * max(1, min(least, 200))
        elif name == "SUBPATTERN":
            _loops(argument[-1], before, found)
            before += _sample(argument[-1], 0)
        elif name == "ATOMIC_GROUP":
            _loops(argument, before, found)
            before += _sample(argument, 0)
        elif name == "BRANCH":
            for branch in argument[1]:
                _loops(branch, before, found)
            before += _sample(argument[1][0], 0)
        elif name in ("ASSERT", "ASSERT_NOT"):
            _loops(argument[1], before, found)
        else:
            before += _sample([(operation, argument)], 0)


def _sample(parsed: Any, variant: int) -> str:
    """A text that the pattern, or a part of it, may match."""
    said = ""
    for operation, argument in parsed:
        name = str(operation)
        if name == "LITERAL":
            said += chr(argument)
        elif name == "NOT_LITERAL":
            said += _pick([("NEGATE", None), ("LITERAL", argument)], variant)
        elif name == "ANY":
            said += "xy "[variant % 3]
        elif name == "IN":
            said += _pick([(str(kind), value) for kind, value in argument], variant)
        elif name == "BRANCH":
            said += _sample(argument[1][variant % len(argument[1])], variant)
        elif name == "SUBPATTERN":
            said += _sample(argument[-1], variant)
        elif name == "ATOMIC_GROUP":
            said += _sample(argument, variant)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, body = argument
            said += _sample(body, variant) * max(min(least, 200), min(1, most))
    return said


_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdigit, "SPACE": str.isspace, "WORD": lambda sign: sign.isalnum() or sign == "_",
}  # fmt: skip


def _pick(items: list[tuple[str, Any]], variant: int) -> str:
    """A character of a class."""
    negated = any(kind == "NEGATE" for kind, _ in items)
    named = [chr(value) for kind, value in items if kind == "LITERAL"]
    named += [chr(value[0]) for kind, value in items if kind == "RANGE"]
    held = [sign for sign in dict.fromkeys([*_POOL, *named]) if _is_in(sign, items) != negated]
    return held[variant % len(held)] if held else "a"


def _is_in(sign: str, items: list[tuple[str, Any]]) -> bool:
    for kind, value in items:
        if (kind == "LITERAL" and ord(sign) == value) or (kind == "RANGE" and value[0] <= ord(sign) <= value[1]):
            return True
        if kind == "CATEGORY":
            category = str(value).removeprefix("CATEGORY_")
            if _CATEGORIES[category.removeprefix("NOT_")](sign) != category.startswith("NOT_"):
                return True
    return False


def _literals(parsed: Any) -> Iterator[int]:
    for operation, argument in parsed:
        name = str(operation)
        if name in ("LITERAL", "NOT_LITERAL"):
            yield argument
        elif name == "IN":
            yield from (value for kind, value in argument if str(kind) == "LITERAL")
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _literals(branch)
        elif name in ("SUBPATTERN", "MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            yield from _literals(argument[-1])
        elif name == "ATOMIC_GROUP":
            yield from _literals(argument)
