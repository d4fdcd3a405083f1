"""What a source may answer instead of a file, in a person's words, and whether another try can mend it."""

from __future__ import annotations

from collections.abc import Mapping

from app.base.errors import Problem
from app.base.hub import HUB_SITE

KEPT = "What was fetched is kept; it goes on from there."
_HOW = "Make a token at huggingface.co/settings/tokens and give it to Familiar, which keeps it."
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 509, 520, 521, 522, 523, 524})


class Refused(Exception):
    """This source will not give the file however often it is asked; another may."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


class Failed(Exception):
    """It did not work this time. wait_s: how long the source asks to be left alone, None if it does not say."""

    def __init__(self, problem: Problem, wait_s: float | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.wait_s = wait_s


def answer_problem(
    status: int, headers: Mapping[str, str], *, what: str, host: str, token: bool
) -> Refused | Failed | None:
    """What an HTTP answer means; None for one that brings what was asked for.

    what: the repository or file that was asked for. token: whether one was sent.
    """
    if status < 400:
        return None
    reason = headers.get("x-error-code", "")
    if "Invalid credentials" in headers.get("x-error-message", ""):
        return Refused(
            Problem(
                "download.token", f"{host} does not accept the token.", f"It may have been revoked. {_how(host)} {KEPT}"
            )
        )
    if reason == "GatedRepo":
        hint = (
            f"Open https://huggingface.co/{what.partition(':')[0]} in a browser, accept its terms with your account, "
            "then try again."
        )
        return Refused(
            Problem("download.gated", f"{what} is given only to those who accepted its terms.", f"{hint} {_how(host)}")
        )
    if reason in ("EntryNotFound", "RevisionNotFound"):
        return Refused(Problem("download.not_found", f"{host} has no {what}.", "Its names may have changed since."))
    if reason == "RepoNotFound" or status in (401, 404):
        hint = "Check its name." if token else f"Check its name. If it is private, it needs a token: {_how(host)}"
        return Refused(Problem("download.not_found", f"{host} has no {what}, or does not show it to you.", hint))
    if status == 403:
        return Refused(
            Problem(
                "download.forbidden", f"{host} does not give out {what}.", f"It may want another token. {_how(host)}"
            )
        )
    if status == 429:
        return Failed(rate_limited(host), retry_after(headers))
    if status in _TRANSIENT:
        return Failed(server_trouble(host, status), retry_after(headers))
    return Refused(Problem("download.server", f"{host} refused {what} (HTTP {status}).", "Try again later."))


def _how(host: str) -> str:
    """How to give a token to a site. One of huggingface.co goes to no mirror."""
    if host == HUB_SITE:
        return _HOW
    return f"A token of {host} can be given with: familiar models token --source {host}"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to be left alone; None if it does not say so in seconds."""
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def rate_limited(host: str) -> Problem:
    """Too many requests."""
    return Problem(
        "download.rate_limited",
        f"{host} asks for a pause: too many requests came from here.",
        f"{KEPT} Try again in some minutes; with a token the limits are higher.",
    )


def server_trouble(host: str, status: int) -> Problem:
    """The server's own fault."""
    return Problem("download.server", f"{host} has trouble of its own (HTTP {status}).", f"{KEPT} Try again later.")


def no_hub(host: str) -> Problem:
    """An answer that no Hugging Face site gives."""
    return Problem(
        "download.not_hub",
        f"{host} answered with something else than a model, such as a web page.",
        "A network that wants you to log in does that, and so does a wrong HF_ENDPOINT. What was fetched is kept.",
    )


def not_gguf(name: str) -> Problem:
    """Bytes that are no GGUF file."""
    return Problem(
        "download.not_gguf", f"{name} is no GGUF file.", "Nothing of it was kept. Choose another file or repository."
    )


def changed(name: str, host: str) -> Problem:
    """Another file than the one that is wanted."""
    return Problem(
        "download.changed",
        f"{host} has another {name} than the one that was asked for.",
        "Its maker may have replaced it. Remove this download and fetch it anew: that brings the newer one.",
    )


def corrupt(name: str) -> Problem:
    """The checksum is wrong."""
    return Problem(
        "download.corrupt",
        f"{name} arrived damaged: its checksum is wrong.",
        "What came was deleted, so that it cannot be taken for the model. Try again, on another network perhaps.",
    )


def no_space(missing_bytes: int) -> Problem:
    """The disk has no room. missing_bytes: what must be freed, at least."""
    amount = f"{missing_bytes / 1e9:.1f} GB" if missing_bytes >= 1e9 else f"{max(1, round(missing_bytes / 1e6))} MB"
    return Problem("download.no_space", f"The disk is too full: {amount} more must be free.", f"Free that much. {KEPT}")


def unwritable(reason: str) -> Problem:
    """The disk refused."""
    return Problem("download.unwritable", f"The download could not be saved: {reason}.", KEPT)
