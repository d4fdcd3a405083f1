"""familiar models catalogue, download, downloads, token: models from Hugging Face."""

from __future__ import annotations

import click
import msgspec

from app.base.calls import Follow
from app.base.errors import Cancelled, Problem
from app.base.foreign_text import harmless
from app.base.models import (
    Catalogue,
    CatalogueEntry,
    Download,
    DownloadPause,
    DownloadRemove,
    Downloads,
    DownloadStart,
    HubToken,
)
from app.cli.command import command
from app.cli.context import Context
from app.cli.output import Output, size
from app.cli.progress import Progress, duration
from app.cli.terminal_input import secret

_ENDS = ("done", "failed", "paused")
_VERDICTS = {"fits": "fits", "tight": "barely fits", "too_large": "too large", "": ""}
_PAUSE_S = 10.0


@command("models catalogue")
def catalogue(context: Context) -> int:
    """Tell the models worth having."""
    entries = context.call(Catalogue())
    output = context.output
    if output.json:
        output.document(entries)
        return 0
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        _show_entry(entry, width, output)
    output.line("Fetch one: familiar models download NAME")
    return 0


def _show_entry(entry: CatalogueEntry, width: int, output: Output) -> None:
    name = output.bold(entry.name) + " " * (width - len(entry.name))
    output.line(f"{name}  {size(entry.size_bytes):>8}  {_VERDICTS[entry.verdict]:<11}  {entry.task}")
    languages = ", ".join(entry.languages[:4]) + (
        f" and {len(entry.languages) - 4} more" if len(entry.languages) > 4 else ""
    )
    output.line(output.faint(f"{' ' * width}  {entry.licence}; {entry.quantisation}; {languages}"))


# ---- fetching ----------------------------------------------------------------------------------------------------


@command(
    "models download",
    "familiar models download Qwen3.5-4B",
    "familiar models download ibm-granite/granite-4.1-3b-GGUF --file Q4_K_M",
)
@click.argument("name", metavar="NAME",
                help="of the catalogue, OWNER/NAME on Hugging Face, an address there, or a download's ID")  # fmt: skip
@click.option("--file", metavar="FILE", default="", help="which of its files: a name, or Q4_K_M and such")
@click.option("--no-use", is_flag=True, help="do not answer with it when it is there")
def download(context: Context, *, name: str, file: str, no_use: bool) -> int:
    """Fetch a model, or go on with one."""
    begun = context.call(DownloadStart(what=name, file=file, use=not no_use))
    output = context.output
    try:
        ended = _follow(begun, context)
    except KeyboardInterrupt:
        paused = context.engine().call(DownloadPause(id=begun.id), timeout_s=_PAUSE_S)
        _tell(paused, output)
        if not output.json:
            output.line(f"Paused at {_amounts(paused)}. It goes on with: familiar models download {paused.id}")
        return 130
    if ended.state == "failed":
        raise Problem(
            ended.code or "download.failed", ended.problem, f"It goes on with: familiar models download {ended.id}"
        )
    if ended.state == "paused":
        raise Problem(
            "download.paused", "The download was paused.", f"It goes on with: familiar models download {ended.id}"
        )
    if not output.json:
        output.line(f"{harmless(ended.name)} is here: {output.name(ended.path)}")
        output.line(f"Use it with: familiar models use {harmless(ended.name)}" if no_use else "It answers from now on.")
    return 0


def _follow(begun: Download, context: Context) -> Download:
    """The download when it has come to rest, shown on the way. Raises Problem, KeyboardInterrupt."""
    output = context.output
    seen = begun
    with Progress(watched=output.watched and not output.json) as progress:
        following = context.engine().start(Follow())

        def hear(name: str, body: msgspec.Raw) -> None:
            nonlocal seen
            if name != "downloads":
                return
            now = [one for one in msgspec.json.decode(body, type=list[Download]) if one.id == begun.id]
            if not now:
                raise Problem("download.removed", "The download was removed meanwhile.", "")
            if now[0] != seen or now[0].state in _ENDS:
                seen = now[0]
                _tell(seen, output)
                _draw(seen, progress)
            if seen.state in _ENDS:
                following.cancel()

        _tell(begun, output)
        _draw(begun, progress)
        try:
            following.result(hear)
        except Cancelled:
            return seen
        except KeyboardInterrupt:
            following.cancel()
            raise
    raise Problem("link.closed", "The other process has gone.", "“familiar models downloads” tells how it stands.")


def _tell(download: Download, output: Output) -> None:
    if output.json:
        output.document({"event": "download", **msgspec.to_builtins(download)})


def _draw(download: Download, progress: Progress) -> None:
    words = {"waiting": "Waiting for its turn", "checking": "Checking"}.get(download.state, "Fetching")
    progress.show(
        words,
        done=download.done_bytes,
        total=download.total_bytes,
        said=_amounts(download) + _speed(download),
        detail=download.name,
    )


def _amounts(download: Download) -> str:
    return f"{size(download.done_bytes)} of {size(download.total_bytes)}"


def _speed(download: Download) -> str:
    """“, 12.3 MB/s, 2 min 5 s left”, or nothing."""
    if download.rate <= 0:
        return ""
    left_s = (download.total_bytes - download.done_bytes) / download.rate
    return f", {size(round(download.rate))}/s, {duration(left_s)} left"


# ---- downloads and token -----------------------------------------------------------------------------------------


@command("models downloads")
@click.option("--pause", metavar="ID", help="stop one and keep what it has")
@click.option("--remove", metavar="ID", help="forget one and delete what is unfinished of it")
def downloads(context: Context, *, pause: str | None, remove: str | None) -> int:
    """Tell what is being fetched."""
    if pause is not None:
        context.call(DownloadPause(id=pause))
    every = context.call(Downloads() if remove is None else DownloadRemove(id=remove))
    output = context.output
    if output.json:
        output.document(every)
        return 0
    for one in every:
        output.line(f"{one.id}  {output.bold(harmless(one.name))}  {one.state}, {_amounts(one)}{_speed(one)}")
        if one.problem:
            output.line(f"          {one.problem}")
    if not every:
        output.line("Nothing is being fetched. “familiar models catalogue” names models worth having.")
    elif any(one.state in ("paused", "failed") for one in every):
        output.line("One goes on with: familiar models download ID")
    return 0


@command("models token", "familiar models token < token.txt", "familiar models token --source https://hub.example")
@click.option("--source", default="", metavar="URL", help="the site that it is for, if not huggingface.co")
@click.option("--remove", is_flag=True, help="forget the token")
def token(context: Context, *, source: str, remove: bool) -> int:
    """Keep a Hugging Face token, or forget it. It goes to its own site alone, not to other sources."""
    asked = f"Token of {source}: " if source else "Hugging Face token (huggingface.co/settings/tokens): "
    given = "" if remove else secret(asked)
    if not given and not remove:
        raise Problem("download.token", "No token was given.", "Type it, or give it on standard input.")
    kept = context.call(HubToken(token=given, source=source))
    if context.output.json:
        context.output.document({"token": kept})
    elif kept:
        context.output.line("Kept by the system's keyring, or until Familiar's engine ends where there is none.")
        context.output.line(f"“familiar doctor” tells which. It goes to {source or 'huggingface.co'} alone.")
    else:
        context.output.line("There is no token any more.")
    return 0
