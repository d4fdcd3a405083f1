"""What is known of a chat model, as a person reads it: plain first, the trade's own words only in the details."""

from __future__ import annotations

from typing import Literal

from app.base.calls import SetupProgress
from app.base.chat import Fit, TemplateReport
from app.base.model_wording import parameters, speed_words
from app.base.models import CatalogueEntry, Download, ModelInfo, Speed
from app.base.problem_data import OfferedFile
from app.base.wording import count
from app.window.controls.wording import elapsed, listed, remaining, size

VERDICTS: dict[str, tuple[str, str]] = {
    "fits": ("Fits", "ok"),
    "tight": ("Tight", "warn"),
    "too_large": ("Too large", "danger"),
}
"""What each verdict is called, and how loudly."""

OFFER_VERDICTS = {
    "fits": "It fits the memory of this computer.",
    "tight": "It fits, but leaves little memory for other programs.",
    "too_large": "It needs more memory than this computer has free. It may not load, or be very slow.",
}

TOOLS: dict[str, tuple[str, str]] = {
    "verified": ("Tools: verified", "It has a way of its own to look things up, and every test of it was understood."),
    "partial": ("Tools: partial", "It has a way of its own to look things up, and some tests of it were understood. "
                                  "Familiar keeps to simple look-ups with it."),
    "generic": ("Tools: generic", "It brings no way of its own to look things up, so Familiar teaches it one. Models "
                                  "follow that less reliably."),
}  # fmt: skip
"""How well a model can use tools, in two words and in a sentence."""

ORIGINS: dict[str, str] = {"added": "Added by you", "downloaded": "Downloaded", "remote": "Server"}


def setup_progress(setup: SetupProgress) -> str:
    """ "Compiling the chat engine, 40 of 83 (3 min 05 s so far)": a build that runs, without a full stop."""
    told = setup.text.rstrip(".") or "preparing the chat engine"
    return f"{told[:1].upper()}{told[1:]} ({elapsed(setup.elapsed_s)} so far)"


def facts(model: ModelInfo) -> str:
    """One line: size, how it was made small, licence, whose it is."""
    if model.origin == "remote":
        context = f"{model.context:,} tokens of context" if model.context else ""
        named = model.model if model.model != model.name else ""
        return " · ".join(part for part in (named, f"via {host(model)}", context) if part)
    where = model.place if model.origin == "found" else ORIGINS[model.origin]
    weight = size(model.size_bytes) if model.size_bytes else ""
    parts = (parameters(model.parameters), model.quantisation, weight, model.licence, where)
    return " · ".join(part for part in parts if part)


def offer_facts(offer: CatalogueEntry) -> str:
    """The same line of a model that can be downloaded."""
    parts = (parameters(offer.parameters), offer.quantisation, size(offer.size_bytes), offer.licence)
    return " · ".join(part for part in parts if part)


def offered_line(file: OfferedFile) -> str:
    """What a file to choose from weighs, and how it would fit."""
    return f"{size(file.size_bytes)}, {VERDICTS[file.verdict][0].lower()}"


def offer_task(offer: CatalogueEntry) -> str:
    """What a model on offer is for, and in which languages."""
    task = offer.task[:1].upper() + offer.task[1:]
    many = len(offer.languages) > 3
    spoken = f"{count(len(offer.languages), 'language')}" if many else listed(offer.languages)
    return " · ".join(part for part in (task, spoken) if part)


def host(model: ModelInfo) -> str:
    """The server that answers for a remote model; "" for one on this machine."""
    return (model.place or "its server") if model.origin == "remote" else ""


def verdict_sentence(fit: Fit) -> str:
    """How a model fits here, with the figures."""
    need, free = size(fit.total_bytes), size(fit.available_bytes)
    if fit.verdict == "fits":
        return f"It needs {need} of the {free} that are free."
    if fit.verdict == "tight":
        return f"It needs {need} of the {free} that are free. That leaves little for other programs."
    return f"It needs {need}, and {free} are free. It may not load, or be very slow."


def speed_line(speed: Speed) -> str:
    """ "Reads 140, writes 19 words a second here", or that it was not measured yet."""
    told = speed_words(speed)
    return told[:1].upper() + told[1:] if told else "Not measured yet"


def backend_words(speed: Speed) -> str:
    """ ", on the processor": what a speed was measured on; "" if it was not."""
    if not speed.backend or (speed.prefill <= 0 and speed.decode <= 0):
        return ""
    return ", on the processor" if speed.backend.lower() == "cpu" else f", on the graphics card ({speed.backend})"


def tools_line(report: TemplateReport | None) -> str:
    """How well it uses tools, in two words; "" as long as nobody has looked."""
    return TOOLS[report.tools][0] if report is not None else ""


def note(model: ModelInfo) -> str:
    """What is not as one would expect of a model that can be used; "" if all is."""
    return model.note or (model.fit.note if model.fit is not None else "")


def where_it_runs(device: str, gpu_layers: int, layers: int) -> str:
    """ "on the processor", "on the graphics card", or partly there."""
    if device == "cpu" or gpu_layers <= 0:
        return "on the processor"
    if gpu_layers >= layers:
        return f"on the graphics card ({device})"
    return f"{gpu_layers} of {layers} layers on the graphics card ({device})"


def download_line(download: Download) -> str:
    """How a download stands, in one line."""
    done, total = download.done_bytes, download.total_bytes
    amount = f"{size(done)} of {size(total)}" if total else size(done)
    if download.state == "waiting":
        return "Waiting for its turn"
    if download.state == "running":
        rate = f"{size(int(download.rate))}/s" if download.rate >= 1 else ""
        left = remaining((total - done) / download.rate) if download.rate >= 1 and total > done else ""
        return " · ".join(part for part in (amount, rate, left) if part)
    if download.state == "checking":
        return "All is there. Checking that it arrived undamaged…"
    if download.state == "paused":
        return f"Paused · {amount} kept"
    return download.problem if download.state == "failed" else "Done"


def download_percent(download: Download) -> int:
    """How far a download is; 0 if its size is not known."""
    return download.done_bytes * 100 // download.total_bytes if download.total_bytes else 0


def short_state(download: Download) -> str:
    """The same in a word or two, for where there is little room."""
    words: dict[Literal["waiting", "checking", "paused", "failed", "done"], str] = {
        "waiting": "Waiting", "checking": "Checking", "paused": "Paused", "failed": "Stopped", "done": "Downloaded",
    }  # fmt: skip
    return f"{download_percent(download)} %" if download.state == "running" else words[download.state]
