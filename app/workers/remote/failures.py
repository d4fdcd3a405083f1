"""What can go wrong with a server, told to a person: never with the key or anything that was sent in it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx2
import msgspec
import openai

from app.base.errors import Problem

Kind = Literal["busy", "broken", "unreachable", "final"]
"""How a failure may pass: soon, when the server has time; perhaps, at a second try; perhaps, at once; never."""

BROKEN = (openai.APIError, msgspec.ValidationError, ValueError, RecursionError)
"""What a request to a server raises where it fails, beside our own Problem."""

_LONGEST_QUOTE = 200
_ECHO = 16  # a server's words that repeat so many letters of what was sent are not shown
_SHORTEST_SECRET = 4
_CONTEXT = re.compile(
    r"context[ _-]?(length|size|window)|maximum context|exceeds? the (available |maximum )?context|prompt is too long"
    r"|too many (input )?tokens|greater than the context",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"^(?:(?!\bmodel\b).)*+\bmodel\b.*(not[ _]found|does not exist|not exist|unknown|not loaded|no such)",
    re.IGNORECASE | re.MULTILINE,
)
_SPENT = ("insufficient_quota", "billing_hard_limit_reached")
_BUSY = (429, 503, 529)
_BROKEN = (408, 500, 502, 504)
_KEPT = "Nothing was lost."


@dataclass(frozen=True)
class Failure:
    """A failed request. wait_s: how long the server wants to be left alone, if it said so. status: 0 without an answer.

    said: the server's own words, untrusted; they are for looking at, not for showing.
    """

    problem: Problem
    kind: Kind = "final"
    wait_s: float | None = None
    status: int = 0
    said: str = ""


def failure_of(error: Exception, host: str, secrets: Sequence[str]) -> Failure:
    """What an exception of the libraries (or a broken answer) means. secrets: all that must not be repeated."""
    if isinstance(error, Problem):
        return Failure(error)
    if isinstance(error, openai.APIStatusError):
        return _status_failure(error, host, secrets)
    if isinstance(error, openai.APIConnectionError):
        return _connection_failure(error, host)
    if isinstance(error, openai.APIError):  # an error in the midst of a stream
        return _said_failure(0, error.body if error.body is not None else error.message, host, secrets)
    return Failure(bad_answer(host, "its answer cannot be understood"))


def bad_answer(host: str, what: str) -> Problem:
    """The server did not keep to the protocol. what: in words that follow “HOST answered, but”."""
    return Problem(
        "remote.bad_answer",
        f"{host} answered, but {what}.",
        f"{_KEPT} Try again; if it happens again, look at the server's own log.",
    )


def nothing_said(host: str) -> Problem:
    """The answer had no event in it; llama_cpp.server, for one, does so where the prompt is too long."""
    return Problem(
        "remote.bad_answer",
        f"{host} answered, but there was no answer in it.",
        f"{_KEPT} Perhaps question and passages are too long for that model: start it with more context, or connect it "
        "again and say how many tokens it takes.",
    )


def not_an_api(host: str, what: str) -> Problem:
    """There is something else at that address."""
    return Problem(
        "remote.html",
        f"{host} answered with {what}: that is not the address of an OpenAI-compatible API.",
        "Nothing was changed. The address usually ends in /v1, as http://127.0.0.1:8080/v1 does.",
    )


def no_model(host: str, model: str) -> Problem:
    """The server does not know the model."""
    return Problem(
        "remote.no_model",
        f"{host} has no model named “{model}”." if model else f"{host} does not have that model.",
        "Connect it again and choose one that it offers.",
    )


def too_long(host: str) -> Problem:
    """The prompt does not fit the model's context."""
    return Problem(
        "remote.too_long",
        f"Question, passages and answer are too long for the model at {host}.",
        "Ask a shorter question or attach fewer files. If its context is smaller than the one kept here, connect it "
        "again and say how many tokens it takes.",
    )


def elsewhere(host: str, there: str) -> Problem:
    """The server points to another address. there: host of that one, "" if it did not say."""
    to = f" to {there}" if there else ""
    return Problem(
        "remote.moved",
        f"{host} sends requests on{to}.",
        "Nothing was sent there. If you trust it, connect to that address itself.",
    )


# ---- connections ------------------------------------------------------------------------------------------------


def _connection_failure(error: openai.APIConnectionError, host: str) -> Failure:
    causes = list(_causes(error))
    first = causes[0] if causes else error
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Failure(_tls(causes, host))
    if isinstance(first, httpx2.ConnectTimeout):
        return Failure(_unreachable(f"{host} cannot be reached: it does not answer."), "unreachable")
    if isinstance(first, httpx2.TimeoutException):
        return Failure(silent(host))
    if isinstance(first, httpx2.ProxyError):
        return Failure(_unreachable(f"{host} cannot be reached through the proxy that is set here."))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Failure(_unreachable(f"There is no {host}, or the network is down."))
    if isinstance(first, httpx2.ConnectError):
        return Failure(_unreachable(f"Nothing answers at {host}."), "unreachable")
    if isinstance(first, (httpx2.NetworkError, httpx2.RemoteProtocolError)):
        return Failure(bad_answer(host, "the connection broke off"), "unreachable")
    return Failure(bad_answer(host, "its answer cannot be understood"))


def silent(host: str) -> Problem:
    """The server takes too long."""
    return Problem(
        "remote.timeout",
        f"{host} has fallen silent.",
        "What it wrote before was kept. Try again, or choose another model.",
    )


def _unreachable(title: str) -> Problem:
    return Problem("remote.unreachable", title, f"{_KEPT} Is the server running, and its address right?")


def _tls(causes: list[BaseException], host: str) -> Problem:
    distrusted = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)
    return Problem(
        "remote.tls",
        f"{host} could not prove that it is {host}: its certificate is not trusted."
        if distrusted
        else f"{host} does not speak the encryption that https needs.",
        "Nothing was sent. "
        + (
            "If it is your own server, set SSL_CERT_FILE to its certificate authority's file and run `familiar stop`."
            if distrusted
            else "A server without encryption has an address that begins with http://."
        ),
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = 0
    cause = error.__cause__ or error.__context__
    while cause is not None and seen < 20:
        yield cause
        seen += 1
        cause = cause.__cause__ or cause.__context__


# ---- what the server said -----------------------------------------------------------------------------------------


def _status_failure(error: openai.APIStatusError, host: str, secrets: Sequence[str]) -> Failure:
    response = error.response
    is_page = "html" in response.headers.get("content-type", "") or response.text.lstrip()[:1] == "<"
    if is_page and response.status_code not in (401, 402, 403, *_BUSY, *_BROKEN):
        return Failure(not_an_api(host, "a web page"), status=response.status_code)
    body = None if is_page else error.body
    return _said_failure(response.status_code, body, host, secrets, _wait_s(response.headers))


def _said_failure(status: int, body: object, host: str, secrets: Sequence[str], wait_s: float | None = None) -> Failure:
    """A failure by the status (0 in a stream: the body may name one) and the error in the body."""
    code, said = _code_and_words(body)
    if status == 0:
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else 500
    quote = _quote(said, secrets)

    def end(problem: Problem, kind: Kind = "final") -> Failure:
        return Failure(problem, kind, wait_s, status, said)

    if code in ("context_length_exceeded", "exceed_context_size_error") or status == 413 or _CONTEXT.search(said):
        return end(too_long(host))
    if status == 401:
        return end(_unauthorized(host))
    if status in (402, 403):
        return end(_forbidden(host, quote))
    if code == "model_not_found" or (status in (400, 404) and _MODEL.search(said)):
        return end(no_model(host, ""))
    if status in (404, 405, 410):
        return end(not_an_api(host, f"“there is nothing here” (status {status})"))
    if status == 429:
        return end(_rate_limited(host, wait_s, quote), "final" if code in _SPENT else "busy")
    if status in _BUSY:
        return end(_server_failed(host, status, quote), "busy")
    if status in _BROKEN:
        return end(_server_failed(host, status, quote), "broken")
    if status >= 500:
        return end(_server_failed(host, status, quote))
    return end(_refused(host, status, quote))


def _code_and_words(body: object) -> tuple[str, str]:
    """The code and message in an error's body, of whatever shape: OpenAI's, FastAPI's, Ollama's, plain text."""
    value: Any = body
    if isinstance(value, dict) and isinstance(value.get("error"), (dict, str)):
        value = value["error"]
    if isinstance(value, dict):
        code = str(value.get("code") or value.get("type") or "")
        for key in ("message", "detail", "error"):
            if value.get(key):
                return code, str(value[key])[:4000]
        return code, ""
    return "", value[:4000] if isinstance(value, str) else ""


def _quote(said: str, secrets: Sequence[str]) -> str:
    """The beginning of a server's words on one line, if they repeat nothing of what was sent; else ""."""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())[:_LONGEST_QUOTE]
    for secret in secrets:
        if _SHORTEST_SECRET <= len(secret) < _ECHO and secret in words:
            return ""
        if any(words[at : at + _ECHO] in secret for at in range(len(words) - _ECHO + 1)):
            return ""
    return f" It says: “{words}”" if words else ""


def _wait_s(headers: httpx2.Headers) -> float | None:
    """Seconds that the server wants us to wait, if its headers tell; dates are not looked at."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait_s = float(headers.get(name, "")) * unit_s
        except ValueError:
            continue
        if 0 <= wait_s < 1e9:
            return wait_s
    return None


def _unauthorized(host: str) -> Problem:
    return Problem(
        "remote.unauthorized",
        f"{host} does not accept the key, or wants one.",
        "Nothing was changed. Connect it again and give its key.",
    )


def _forbidden(host: str, quote: str) -> Problem:
    return Problem(
        "remote.forbidden",
        f"{host} does not allow this with the key that it was given.{quote}",
        "Its operator's pages tell what the key may do, and whether it has credit left.",
    )


def _rate_limited(host: str, wait_s: float | None, quote: str) -> Problem:
    when = f"in {_duration(wait_s)}" if wait_s is not None else "later"
    return Problem(
        "remote.rate_limited",
        f"{host} takes no more requests for now.{quote}",
        f"{_KEPT} Try again {when}, or answer with another model.",
    )


def _server_failed(host: str, status: int, quote: str) -> Problem:
    return Problem(
        "remote.server",
        f"{host} failed (status {status}).{quote}",
        f"{_KEPT} Try again later, or look at the server's own log.",
    )


def _refused(host: str, status: int, quote: str) -> Problem:
    return Problem(
        "remote.refused",
        f"{host} refused the request (status {status}).{quote}",
        f"{_KEPT} Another model or newer server may take it.",
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        count = max(1, round(seconds))
        return f"{count} second{'s' if count != 1 else ''}"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{round(seconds / 3600)} hours"
