"""familiar models catalogue, download, downloads, token: models from Hugging Face."""

from __future__ import annotations

import argparse

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
from app.cli.asking import secret
from app.cli.context import Context
from app.cli.output import Output, size
from app.cli.progress import Progress, duration
from app.cli.usage import Parser

_ENDS = ("done", "failed", "paused")
_VERDICTS = {"fits": "fits", "tight": "barely fits", "too_large": "too large", "": ""}
_PAUSE_S = 10.0


def declare(name: str, parser: Parser) -> None:
    """The words of `models catalogue`, `download`, `downloads` and `token`."""
    if name == "models download":
        parser.add_argument(
            "name",
            metavar="NAME",
            help="of the catalogue, OWNER/NAME on Hugging Face, an address there, or the ID of a download",
        )
        parser.add_argument("--file", metavar="FILE", default="", help="which of its files: a name, or Q4_K_M and such")
        parser.add_argument("--no-use", action="store_true", help="do not answer with it when it is there")
        parser.examples(
            "familiar models download Qwen3.5-4B",
            "familiar models download ibm-granite/granite-4.1-3b-GGUF --file Q4_K_M",
        )
    elif name == "models downloads":
        parser.add_argument("--pause", metavar="ID", help="stop one and keep what it has")
        parser.add_argument("--remove", metavar="ID", help="forget one and delete what is unfinished of it")
    elif name == "models token":
        parser.add_argument("--remove", action="store_true", help="forget the token")
        parser.examples("familiar models token < token.txt")
    runs = {
        "models catalogue": _catalogue, "models download": _download, "models downloads": _downloads,
        "models token": _token,
    }  # fmt: skip
    parser.set_defaults(run=runs[name])


def _catalogue(_options: argparse.Namespace, context: Context) -> int:
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


def _download(options: argparse.Namespace, context: Context) -> int:
    begun = context.call(DownloadStart(what=options.name, file=options.file, use=not options.no_use))
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
        output.line(
            f"Use it with: familiar models use {harmless(ended.name)}" if options.no_use else "It answers from now on."
        )
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


def _downloads(options: argparse.Namespace, context: Context) -> int:
    if options.pause is not None:
        context.call(DownloadPause(id=options.pause))
    downloads = context.call(Downloads() if options.remove is None else DownloadRemove(id=options.remove))
    output = context.output
    if output.json:
        output.document(downloads)
        return 0
    for one in downloads:
        output.line(f"{one.id}  {output.bold(harmless(one.name))}  {one.state}, {_amounts(one)}{_speed(one)}")
        if one.problem:
            output.line(f"          {one.problem}")
    if not downloads:
        output.line("Nothing is being fetched. “familiar models catalogue” names models worth having.")
    elif any(one.state in ("paused", "failed") for one in downloads):
        output.line("One goes on with: familiar models download ID")
    return 0


def _token(options: argparse.Namespace, context: Context) -> int:
    token = "" if options.remove else secret("Hugging Face token (huggingface.co/settings/tokens): ")
    if not token and not options.remove:
        raise Problem("download.token", "No token was given.", "Type it, or give it on standard input.")
    kept = context.call(HubToken(token=token))
    if context.output.json:
        context.output.document({"token": kept})
    elif kept:
        context.output.line("Kept by the system's keyring, or until Familiar's engine ends where there is none.")
        context.output.line("“familiar doctor” tells which.")
    else:
        context.output.line("There is no token any more.")
    return 0
