"""familiar ask: an answer from the person's files, as it is written, with its sources."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable

import click
import msgspec

from app.base.actions import Approval, Decide
from app.base.calls import Ask
from app.base.claim_wording import aside_title, claim_note, earlier_note, lead, memory_note, standing
from app.base.errors import Cancelled, Problem
from app.base.turn_events import Claims, Delta, Step, TurnEvent
from app.base.values import Answer, Citation, ConversationId, Coverage, ToolStep
from app.base.wording import count, seconds_taken
from app.cli.changes import approval_lines
from app.cli.command import command
from app.cli.context import Context
from app.cli.output import Output
from app.cli.parameters import ConversationNumber
from app.cli.progress import Progress
from app.cli.search import scope_of, scope_option
from app.cli.terminal_input import agrees, allows, somebody_there

_STOP_S = 10.0
_CLAIM_LETTERS = 160
_PARAGRAPH = "\n\n"
_CHECKED = {"changed": "the file has changed since", "missing": "the file is gone", "exact": "", "unchecked": ""}


@command(
    "ask",
    'familiar ask "when does my lease end?"',
    'familiar ask --in ~/Documents/report.pdf "what changed in 2018?"',
    'familiar ask --conversation 12 "and the year before?"',
)
@click.argument("question", metavar="QUESTION", nargs=-1, required=True,
                help="in your own words; “-” reads it from standard input")  # fmt: skip
@scope_option
@click.option("--conversation", metavar="ID|new", type=ConversationNumber(new=True),
              help="go on in this conversation (familiar chats list); new is the default")  # fmt: skip
@click.option("--model", metavar="NAME", help="answer with this model (familiar models list); “quotes” for none")
@click.option("--anew", is_flag=True, help="have it written, also if you asked the same before and nothing has changed")
@click.option("--consent", is_flag=True,
              help="agree that this conversation goes to the server of the remote model that answers it")  # fmt: skip
def ask(
    context: Context,
    *,
    question: tuple[str, ...],
    scope: tuple[str, ...],
    conversation: int | None,
    model: str | None,
    anew: bool,
    consent: bool,
) -> int:
    """Answer a question."""
    output = context.output
    call = Ask(
        question=sys.stdin.read() if question == ("-",) else " ".join(question),
        scope=scope_of(scope, output),
        conversation=None if conversation is None else ConversationId(conversation),
        model=model,
        consent=consent,
        anew=anew,
        approves=somebody_there() and not output.json,
    )
    turn = _Turn(output, call.question, lambda approval: _decide(context, approval))
    try:
        answer = _answer(call, turn, context)
    except Problem as problem:
        if problem.code != "remote.consent":
            raise
        if output.json or not somebody_there():
            raise Problem(problem.code, problem.title, f"{problem.hint} --consent agrees.") from problem
        if not agrees(f"{problem.title} Go on?"):
            raise
        again = msgspec.structs.replace(call, conversation=turn.conversation or call.conversation, consent=True)
        answer = _answer(again, turn, context)
    if answer is None:
        return 130
    turn.finish(answer)
    if answer.state in ("failed", "interrupted"):
        raise Problem(
            "answer.failed",
            answer.error or "The answer was interrupted.",
            f"What was written so far is kept: familiar chats show {answer.conversation}",
        )
    return 130 if answer.state == "stopped" else 0


def _answer(call: Ask, turn: _Turn, context: Context) -> Answer | None:
    """The answer, printed as it comes; None if it was stopped and nothing is known of it. Raises Problem."""
    with Progress(watched=turn.watched) as progress:
        turn.progress = progress
        outgoing = context.engine().start(call)
        try:
            answer: Answer = outgoing.result(turn.on_event)
        except KeyboardInterrupt:
            outgoing.cancel()
            try:
                answer = outgoing.result(turn.on_event, timeout_s=_STOP_S)
            except (Cancelled, Problem):
                return None
    return answer


def _decide(context: Context, approval: Approval) -> None:
    """Ask the person what they think of a plan, and tell the engine."""
    output = context.output
    output.flush()
    for line in approval_lines(approval):  # beside the question, wherever the answer goes
        output.note(line)
    allow, struck = allows("Do this?", len(approval.changes))
    try:
        context.call(Decide(approval=approval.id, allow=allow, struck=struck))
    except Problem as problem:
        if problem.code != "approval.settled":
            raise
        output.line(output.faint(f"{problem.title} {problem.hint}"))


class _Turn:
    """Prints a turn while it happens. conversation: the one it belongs to, once that is known.

    decide: has the person answer an approval.
    """

    def __init__(self, output: Output, question: str, decide: Callable[[Approval], None]) -> None:
        self._question = question.strip()
        self._decide = decide
        self.watched = output.watched and not output.json
        self.progress = Progress(watched=False)
        self.conversation: ConversationId | None = None
        self._output = output
        self._written = ""
        self._held = ""
        self._holds = True  # whether the answer's words may be shown: those after a search only if something of it does
        self._line_open = False

    def on_event(self, name: str, body: msgspec.Raw) -> None:
        """Print one event. The answer itself is left to `finish`, which knows that it is the last."""
        if name != "turn":
            return
        event = msgspec.json.decode(body, type=TurnEvent)
        if isinstance(event, Answer):
            return
        if isinstance(event, Step):
            self.conversation = event.conversation
            self._holds = self._holds and event.name != "searching"
            if event.name == "found":  # what was written before it, by a model of which less is asked now, is no answer
                self._held = ""
        if self._output.json:
            self._output.raw(bytes(body))
        elif isinstance(event, Step):
            self._show(event)
        elif isinstance(event, Approval):
            if event.state == "waiting":
                self.progress.wipe()
                self._end_line()
                self._decide(event)
        elif isinstance(event, Delta):
            self._held += event.text
            self._write()
        elif isinstance(event, Claims) and any(claim.verdict == "supported" for claim in event.claims):
            self._holds = True
            self._write()

    def _write(self) -> None:
        """Print what has come, as soon as something of it holds: what the files do not bear out is no answer."""
        if not self._holds or not self._held:
            return
        self.progress.clear()
        self._output.stream(self._held)
        self._output.flush()
        self._written += self._held
        self._line_open = not self._held.endswith("\n")
        self._held = ""

    def _show(self, step: Step) -> None:
        """What happens now as a line that passes, a call that has ended as one that stays."""
        if step.tool is None or step.tool.state == "running":
            said = f"· {step.done:,} of {step.total:,} tokens" if step.name == "reading" else ""
            self.progress.show(step.title, done=step.done, total=step.total, said=said)
            return
        self.progress.wipe()
        self._end_line()
        self._output.line(self._output.faint(step_line(step.tool, self._output)))
        self._output.flush()

    def _end_line(self) -> None:
        if self._line_open:
            self._output.line()
            self._line_open = False

    def finish(self, answer: Answer) -> None:
        """Print the end of the turn: what was not yet written, sources, coverage."""
        output = self._output
        if output.json:
            output.document(answer)
            return
        begins = lead(answer)
        if begins:
            output.line(f"{_PARAGRAPH if self._written else ''}{output.bold(output.name(begins))}\n")
            output.stream(answer.text)
        elif answer.text.startswith(self._written):
            output.stream(answer.text[len(self._written) :])
        elif answer.text != self._written:
            output.stream(_PARAGRAPH + answer.text)  # it was corrected after streaming, as when it repeated itself
        output.line()
        if answer.citations:
            output.line()
            output.line(output.bold("Sources"))
            for citation in answer.citations:
                output.line(source_line(citation, output))
        for line in beside(answer, output):
            output.line(line)
        output.line()
        if answer.state == "stopped":
            output.line("Stopped. What was written so far is kept.")
        elif answer.state == "done" and answer.error:
            output.line(answer.error)
        for line in _closing(answer, self._question, output):
            output.line(output.faint(line))


def beside(answer: Answer, output: Output) -> list[str]:
    """What stands below an answer about a model's words: those that are not borne out, or which are doubtful."""
    if answer.unfounded:
        words = [f"  {output.name(line)}".rstrip() for line in answer.unfounded.splitlines()]
        return ["", output.bold(output.name(aside_title(answer))), *words]
    doubtful = [claim for claim in answer.claims if claim.verdict != "supported"]
    if not doubtful:
        return []
    notes = [
        f"  “{textwrap.shorten(output.name(one.text), _CLAIM_LETTERS, placeholder='…')}” {output.name(claim_note(one))}"
        for one in doubtful
    ]
    return ["", output.bold(standing(answer.claims)), *notes]


def step_line(step: ToolStep, output: Output) -> str:
    """“Searched “lease” · 3 passages”, “Reading x.txt · failed: there is no such file”."""
    title = output.name(step.title)
    if step.state == "failed":
        reason = output.name(next(iter(step.result.splitlines()), ""))
        return f"{title} · failed: {reason}" if reason else f"{title} · failed"
    return f"{title} · {count(step.passages, 'passage')}" if step.passages else title


def source_line(citation: Citation, output: Output) -> str:
    """“[1] report.pdf · page 3 (the file has changed since)”."""
    label = f" · {citation.place.label}" if citation.place.label else ""
    note = _CHECKED[citation.checked]
    return f"  [{citation.n}] {output.name(citation.path)}{label}{f' ({note})' if note else ''}"


def _closing(answer: Answer, question: str, output: Output) -> list[str]:
    earlier = f"{earlier_note(answer)} --anew has it written again." if answer.reused is not None else ""
    lines = [earlier, memory_note(answer), _searched(answer, question, output), _coverage(answer.coverage)]
    if answer.mode == "quotes" and answer.model is None and answer.citations:
        lines.append("These are quotes from your files; no chat model was used.")
    taken = seconds_taken(answer.usage.total_ms)
    seconds = f" · {taken}" if taken else ""
    model = f"{answer.model} · " if answer.model and answer.mode == "chat" else ""
    go_on = f"go on with: familiar ask --conversation {answer.conversation} …"
    lines.append(f"{model}conversation {answer.conversation}{seconds} · {go_on}")
    return [line for line in lines if line]


def _searched(answer: Answer, question: str, output: Output) -> str:
    """What was searched, where that is not the question as it stands, and what it was limited to."""
    limits = [output.name(one.label) for one in answer.filters]
    if question.startswith(answer.query) and not limits:
        return ""
    return f"Searched for: {' · '.join([output.name(answer.query), *limits])}"


def _coverage(coverage: Coverage) -> str:
    parts = []
    if coverage.matching:
        parts.append(f"Read {coverage.read:,} of {count(coverage.matching, 'matching file')}.")
    if coverage.waiting:
        parts.append(f"{count(coverage.waiting, 'file')} had not been read yet.")
    return " ".join(parts)
