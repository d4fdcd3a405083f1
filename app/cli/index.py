"""familiar index, familiar status: bring the index up to date, and how it stands."""

from __future__ import annotations

import click
import msgspec

from app.base.calls import FoldersList, GetStatus, Index
from app.base.index_values import Status
from app.base.values import PENDING_STATES, PROBLEM_STATES
from app.base.wording import count
from app.cli.command import command
from app.cli.context import Context
from app.cli.output import Output, size
from app.cli.progress import Progress, show_index


@command("index")
@click.option("--wait", is_flag=True, help="until every file is settled and ready for search by meaning")
def index(context: Context, *, wait: bool) -> int:
    """Look for changes."""
    output = context.output
    status = wait_for_index(context) if wait else context.call(Index(wait=False))
    if output.json:
        output.document(status)
        return 0
    if not wait:
        output.line("Looking for changes in the background. “familiar index --wait” waits, “familiar status” tells.")
        return 0
    _summary(status, output)
    if not status.files and not context.call(FoldersList()):
        output.line("No folders are watched yet. Begin with: familiar folders add FOLDER")
    return 0


def wait_for_index(context: Context) -> Status:
    """Scan everything and wait until the index has settled, with progress where a terminal watches.

    Raises Problem, also index.paused.
    """
    with Progress(watched=context.output.watched) as progress:

        def on_event(name: str, body: msgspec.Raw) -> None:
            if name == "status":
                show_index(progress, msgspec.json.decode(body, type=Status))

        progress.show("Looking through the folders")
        return context.call(Index(wait=True), on_event)


@command("status")
def status(context: Context) -> int:
    """Tell how the index stands."""
    now = context.call(GetStatus())
    output = context.output
    if output.json:
        output.document(now)
        return 0
    _summary(now, output)
    if now.current:
        output.line(f"Now reading {output.name(now.current)}")
    pids = now.pids
    workers = [f"{len(pids.extract)} for reading"] if pids.extract else []
    workers += ["1 for search by meaning"] if pids.vectors is not None else []
    workers += ["1 for chat"] if pids.chat else []
    output.line(output.faint(f"Process {pids.engine}" + (f", workers: {', '.join(workers)}" if workers else "")))
    return 0


def _summary(status: Status, output: Output) -> None:
    counts = {state: number for state, number in status.files.items() if number}
    pending = sum(counts.get(state, 0) for state in PENDING_STATES)
    if status.paused:
        headline = f"Paused: {status.paused}"
    elif status.settled:
        headline = "Up to date"
    elif pending or status.scanning:
        headline = "Reading"
    else:
        headline = "Searchable by words; search by meaning is being prepared"
    output.line(output.bold(headline))
    files = count(sum(counts.values()), "file")
    output.line(f"{files}, {count(status.chunks, 'passage')}, index of {size(status.index_bytes)}")
    for state, number in counts.items():
        output.line(f"  {number:>8,}  {state.replace('_', ' ')}")
    if status.pending_vectors:
        output.line(f"{count(status.pending_vectors, 'passage')} still to be prepared for search by meaning")
    if status.vectors_error:
        output.line(f"Search by meaning does not work now: {status.vectors_error}")
    if any(counts.get(state) for state in PROBLEM_STATES):
        output.line("“familiar files --state problems” names what could not be read, and why.")
