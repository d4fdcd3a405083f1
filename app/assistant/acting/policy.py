"""policy.toml: which tool may do what in which folder. Without a rule, what changes anything is asked for."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path, PurePath

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError

from app.base.actions import Decision, PolicyState, Rule
from app.base.errors import Problem
from app.base.files import write_durably
from app.base.opening import resolved

_STRICTNESS: dict[Decision, int] = {"allow": 0, "ask": 1, "deny": 2}
_MOST_RULES = 500
_HEAD = """\
# What an assistant may do without asking, and what it may never do. Each [[rules]] has
#   decision  "allow", "ask" or "deny"
#   tool      the name of a tool, as "move_files"; without it, all of them
#   folder    a folder, with all that lies in it; without it, all of them
#   effect    "read", "write" or "network"; without it, all of them
# Of the rules that fit, the one with the deepest folder holds, then one that names a tool, then one that names an
# effect; of two that are alike the stricter one. Without a rule, reading is allowed and all else is asked for.
# As soon as an assistant has read something that is not yours, what is allowed here is asked for all the same.
"""


class _Written(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as it stands in the file: a word that is misspelt there is no rule that says less."""


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[_Written, ...] = ()


class PolicyFile:
    """The person's rules. Thread-safe. The file is read for every decision: what it says now is what holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._good: tuple[Rule, ...] = ()
        self._known = False  # whether the file was ever understood, or was not there, since this began
        self._read: tuple[bytes, PolicyState] | None = None  # what the file said last, and what that means

    def state(self) -> PolicyState:
        """The rules as they are. Where the file cannot be understood, those that it had last, and why."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            self._good, self._read, self._known = (), None, True
            return PolicyState(path=str(self._path), rules=())
        except OSError as error:
            return self._broken(str(error))
        if self._read is not None and self._read[0] == data:
            return self._read[1]
        try:
            self._good, self._known = _rules(data.decode("utf-8-sig")), True
            state = PolicyState(path=str(self._path), rules=self._good)
        except ValueError as error:  # those of msgspec, tomllib and of bytes that are no text are
            state = self._broken(str(error))
        self._read = (data, state)
        return state

    def set(self, rules: Sequence[Rule]) -> PolicyState:
        """Write these rules; the comments at its head stay. Raises Problem policy.invalid, policy.unwritable."""
        try:
            head = self._head()
            document = tomlkit.document()
            tables = tomlkit.aot()
            for rule in rules:
                table = tomlkit.table()
                for key, value in msgspec.structs.asdict(rule).items():
                    if value != "*":
                        table.add(key, value)
                tables.append(table)
            if rules:
                document.append("rules", tables)
            text = head + "\n" + tomlkit.dumps(document)
            _rules(text)
            write_durably(self._path, text.encode())
        except (ValueError, TOMLKitError) as error:
            raise Problem("policy.invalid", f"These rules cannot be kept: {error}.", "Nothing was changed.") from error
        except OSError as error:
            raise Problem(
                "policy.unwritable", f"The rules could not be saved: {error.strerror or error}.",
                "Nothing was changed. Free some space or make Familiar's home writable, then try again.",
            ) from error  # fmt: skip
        return self.state()

    def decide(self, tool: str, effect: str, path: str) -> tuple[Decision, PolicyState]:
        """What holds for a tool that has this effect at a path ("" for none), and the rules that say so.

        While the file cannot be understood nothing is allowed that the strict default does not allow, and what the last
        good rules denied stays denied. Where those are not known, as after a start, reading is asked for, too.
        """
        state = self.state()
        decision = decide(state.rules, tool, effect, path)
        if state.problem:
            default: Decision = _default(effect) if self._known else "ask"
            decision = decision if _STRICTNESS[decision] > _STRICTNESS[default] else default
        return decision, state

    def _head(self) -> str:
        """The comments before the first rule, kept from the file where it has some."""
        try:
            lines = self._path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        except (OSError, UnicodeDecodeError):
            return _HEAD
        kept: list[str] = []
        for line in lines:
            if not line.lstrip().startswith("#"):
                break
            kept.append(line)
        return "".join(kept) or _HEAD

    def _broken(self, reason: str) -> PolicyState:
        said = " ".join(reason.split())
        return PolicyState(path=str(self._path), rules=self._good, problem=f"{self._path} cannot be understood: {said}")


def decide(rules: Sequence[Rule], tool: str, effect: str, path: str) -> Decision:
    """What these rules say. path: links in it are followed; "" for what has none."""
    real = resolved(path) if path else ""
    fitting = [
        (depth, rule.tool != "*", rule.effect != "*", _STRICTNESS[rule.decision], rule.decision)
        for rule in rules
        if rule.tool in ("*", tool) and rule.effect in ("*", effect) and (depth := _depth(rule, real)) >= 0
    ]
    return max(fitting)[-1] if fitting else _default(effect)


def strictest(decisions: Sequence[Decision]) -> Decision:
    """The strictest of some, "allow" of none."""
    return max(decisions, key=_STRICTNESS.__getitem__, default="allow")


def _default(effect: str) -> Decision:
    return "allow" if effect == "read" else "ask"


def _depth(rule: Rule, real: str) -> int:
    """How deep the rule's folder is where the path lies in it; -1 where it does not."""
    if rule.folder == "*":
        return 0
    folder = resolved(os.path.expanduser(rule.folder))
    if real and (real == folder or PurePath(real).is_relative_to(folder)):
        return len(PurePath(folder).parts)
    return -1


def _rules(text: str) -> tuple[Rule, ...]:
    """The rules that a document holds. Raises ValueError."""
    written = msgspec.convert(tomllib.loads(text), _Document).rules
    rules = tuple(Rule(**msgspec.structs.asdict(one)) for one in written)
    if len(rules) > _MOST_RULES:
        raise ValueError(f"there are {len(rules)} rules; {_MOST_RULES} are the most")
    for rule in rules:
        if "\0" in rule.folder or not (rule.folder == "*" or os.path.isabs(os.path.expanduser(rule.folder))):
            raise ValueError(f"“{rule.folder}” is no absolute path of a folder")
    return rules
