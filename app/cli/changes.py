"""familiar undo, audit, policy: what assistants may do to files, did, and how it is taken back."""

from __future__ import annotations

from datetime import datetime

import click

from app.base.action_wording import outcome, planned
from app.base.actions import Action, ActionsList, Approval, AuditEntry, AuditShow, Change, PolicyShow, UndoAction
from app.base.errors import Problem
from app.base.foreign_text import harmless_line
from app.base.wording import count
from app.cli.command import command
from app.cli.context import Context
from app.cli.output import Output
from app.cli.parameters import WholeNumber

_MOST = 10**15


@command("undo", "familiar undo", "familiar undo 12", "familiar undo --list")
@click.argument("number", metavar="[ID]", required=False, type=WholeNumber(1, _MOST), help="which, by its number")
@click.option("--list", "listed", is_flag=True, help="show what was done instead, newest first")
def undo(context: Context, *, number: int | None, listed: bool) -> int:
    """Take back what an assistant did to your files: the last of it, or the one named; for 30 days."""
    output = context.output
    if listed:
        return _list(context)
    action = context.call(UndoAction(id=number))
    if output.json:
        output.document(action)
    else:
        for line in action_lines(action, output):
            output.line(line)
    left = [effect for effect in action.effects if effect.state == "done" and effect.change.kind != "folder"]
    if left:
        raise Problem(
            "undo.partly", f"{count(len(left), 'thing')} could not be taken back.",
            "Nothing that came later was overwritten; the lines above say why.",
        )  # fmt: skip
    return 0


def _list(context: Context) -> int:
    output = context.output
    found = context.call(ActionsList())
    if output.json:
        output.document(found)
        return 0
    for action in found:
        for line in action_lines(action, output):
            output.line(line)
    if not found:
        output.note("No assistant has changed anything.")
    return 0


@command("audit", "familiar audit", "familiar audit --verify --json")
@click.option("--verify", is_flag=True, help="check that no line was changed or removed")
@click.option("--limit", metavar="N", type=WholeNumber(1, 1_000_000), default=50, help="so many lines; 50 by default")
def audit(context: Context, *, verify: bool, limit: int) -> int:
    """Tell what assistants asked to do, what you said, what was done and what was refused."""
    output = context.output
    report = context.call(AuditShow(verify=verify, limit=limit))
    if output.json:
        output.document(report)
    else:
        for entry in report.entries:
            output.line(_entry_line(entry, output))
        if not report.total:
            output.note("Nothing is recorded yet.")
        elif verify and not report.problem:
            output.line(f"All {count(report.total, 'line')} are as they were written.")
    if report.problem:
        raise Problem(
            "audit.broken", f"The record is not whole. {report.problem}",
            "Somebody or something else has changed user.db. Its backups lie beside it.",
        )  # fmt: skip
    return 0


@command("policy", "familiar policy", "familiar policy --json")
def policy(context: Context) -> int:
    """Tell your rules of what assistants may do. They stand in one file, which you may edit."""
    output = context.output
    state = context.call(PolicyShow())
    if output.json:
        output.document(state)
    else:
        for rule in state.rules:
            what = "everything" if rule.effect == "*" else {"write": "changes"}.get(rule.effect, rule.effect)
            where = "everywhere" if rule.folder == "*" else f"in {output.name(rule.folder)}"
            who = "" if rule.tool == "*" else f" by {output.name(rule.tool)}"
            output.line(f"{output.bold(rule.decision):<6} {what}{who} {where}")
        if not state.rules and not state.problem:
            output.line("There are no rules: reading is allowed in your folders, and you are asked before all else.")
        output.line(
            output.faint(f"Rules stand in {output.name(state.path)}; the page Changes of the window sets them.")
        )
    if state.problem:
        raise Problem(
            "policy.invalid", state.problem, "Until it is corrected nothing is allowed that is not asked for."
        )
    return 0


def approval_lines(approval: Approval) -> list[str]:
    """A plan as it is asked about, every line of it, whole paths and all."""
    lines = ["", f"Familiar asks: {harmless_line(approval.title)}"]
    for n, change in enumerate(approval.changes, 1):
        lines.append(f"{n:>4}  {harmless_line(planned(change))}")
        lines += [f"      {line}" for line in _change_lines(change)]
    lines += [harmless_line(sentence) for sentence in approval.why]
    if approval.sources:
        names = ", ".join(harmless_line(path) for path in approval.sources)
        more = f" and {count(approval.more, 'other file')}" if approval.more else ""
        lines.append(f"The idea may have come from {names}{more}.")
    return lines


def _change_lines(change: Change) -> list[str]:
    """Exactly what a change does: the whole paths, and each line that is written."""
    paths = [harmless_line(change.path)] if change.path else []
    if change.target:
        paths.append(f"→ {harmless_line(change.target)}")
    return [*paths, *(harmless_line(line) for line in change.diff.split("\n"))] if change.diff else paths


def action_lines(action: Action, output: Output) -> list[str]:
    """What was done, and what became of each part."""
    at = datetime.fromtimestamp(action.at / 1000).strftime("%Y-%m-%d %H:%M")
    head = f"{action.id:>5}  {output.faint(at)}  {output.name(action.title)}"
    return [head, *(f"         {output.name(outcome(effect))}" for effect in action.effects)]


def _entry_line(entry: AuditEntry, output: Output) -> str:
    at = datetime.fromtimestamp(entry.at / 1000).strftime("%Y-%m-%d %H:%M:%S")
    body = entry.body
    what = str(body.get("title") or _of_change(body.get("change")))
    more = " ".join(str(body[key]) for key in ("state", "reason") if body.get(key))
    return f"{entry.id:>6}  {output.faint(at)}  {entry.event:<8}  {output.name(f'{what} {more}'.strip())}"


def _of_change(body: object) -> str:
    if not isinstance(body, dict):
        return ""
    paths = [str(body.get(key)) for key in ("path", "target") if body.get(key)]
    return f"{body.get('kind', '')} {' → '.join(paths)}"
