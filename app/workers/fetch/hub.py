"""The only place that speaks with a Hugging Face site: its listing of a repository, where a file lies, its bytes.

huggingface_hub's own download writes in blocks of 10 MB, goes on only within one process and cannot be taken back, so
only its addresses, headers, metadata and session are used; the bytes are read here, as they come.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx2
import msgspec
from huggingface_hub import get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from app.base.errors import Problem
from app.base.hub import host_of
from app.workers.fetch.problems import KEPT, Failed, Refused, answer_problem, no_hub

_SHA256 = re.compile(r"[0-9a-f]{64}")
_REDIRECTS = (301, 302, 303, 307, 308)
_AGENT = {"user-agent": "familiar"}
_HOPS = 5
_LISTING_BYTES = 16 << 20
_SECURE_PORT, _PLAIN_PORT = 443, 80


@dataclass(frozen=True)
class Patience:
    """How long to wait, how often to try, how much room to leave.

    tries: failures one after another without a byte gained. first_wait_s doubles with each, up to longest_wait_s.
    longest_pause_s: of those that a server asks for. spare_bytes: to leave free on the disk.
    """

    connect_s: float = 15.0
    silence_s: float = 30.0
    tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    longest_pause_s: float = 300.0
    spare_bytes: int = 64 << 20


class Blob(msgspec.Struct, frozen=True):
    """A large file as the listing has it."""

    sha256: str = ""
    size: int = 0


class Sibling(msgspec.Struct, frozen=True):
    """A file of a repository, as the site lists it."""

    rfilename: str
    size: int | None = None
    lfs: Blob | None = None


class _Listing(msgspec.Struct, frozen=True):
    siblings: list[Sibling] = []


@dataclass(frozen=True)
class HubFile:
    """Where a file's bytes lie now, and which bytes they are.

    sha256: "" if the site does not tell. etag: of the file, or "". size: 0 if unknown. own: on the site itself, not on
    a server that it sends us to.
    """

    url: str
    sha256: str
    etag: str
    size: int
    own: bool


class HubAnswer:
    """The body of a file from `start` on (-1: nothing lies there). length: bytes promised, 0 if nothing was."""

    def __init__(self, response: httpx2.Response, start: int, length: int, host: str) -> None:
        self._response = response
        self._host = host
        self.start = start
        self.length = length

    def pieces(self) -> Iterator[bytes]:
        """The bytes, at most some 64 kB at a time. Raises Failed."""
        with _reaching(self._host):
            yield from self._response.iter_raw()

    def interrupt(self) -> None:
        """End it from another thread: the reader fails at once."""
        stream = self._response.extensions.get("network_stream")
        handle = stream.get_extra_info("socket") if stream is not None else None
        if handle is not None:
            with contextlib.suppress(OSError), socket.socket(fileno=socket.dup(handle.fileno())) as twin:
                twin.shutdown(socket.SHUT_RDWR)


class Hub:
    """One Hugging Face site or a mirror of it. Raises Refused, Failed.

    source: its base address. token: of this very site, "" if there is none; no other one ever gets it.
    """

    def __init__(self, source: str, token: str, patience: Patience) -> None:
        self._source = source.rstrip("/")
        self.host = host_of(source)
        if not self._source.lower().startswith(("http://", "https://")) or not self.host:
            raise Refused(Problem("download.source", f"“{source}” is no address of a Hugging Face site.", KEPT))
        self._token = token if token and _is_confidential(self._source) else ""
        self._patience = patience

    def files(self, repository: str, revision: str) -> list[Sibling]:
        """The files of a repository with sizes and checksums."""
        url = f"{self._source}/api/models/{repository}/revision/{quote(revision, safe='')}"
        with (
            _reaching(self.host),
            get_session().stream(
                "GET", url, params={"blobs": "true"}, headers=self._headers(url), timeout=self._timeout()
            ) as response,
        ):
            self._judge(response, repository)
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _LISTING_BYTES:
                    raise Refused(no_hub(self.host))
        try:
            return msgspec.json.decode(body, type=_Listing).siblings
        except (ValueError, RecursionError) as error:  # no JSON, no text, nested without end
            raise Refused(no_hub(self.host)) from error

    def locate(self, repository: str, file: str, revision: str) -> HubFile:
        """Where a file lies now; asked anew before every try, because such places expire."""
        url = hf_hub_url(repository, file, revision=revision, endpoint=self._source)
        with _reaching(self.host):
            try:
                found = get_hf_file_metadata(
                    url, token=self._token or False, timeout=self._patience.connect_s, headers=_AGENT
                )
            except HfHubHTTPError as error:
                raise self._objection(error.response, f"{repository}: {file}") from error
            except ValueError as error:  # it sends us to what is no address
                raise Refused(no_hub(self.host)) from error
        if found.commit_hash is None and found.etag is None:
            raise Refused(no_hub(self.host))
        etag = found.etag or ""
        place = _joined(url, found.location)
        return HubFile(
            url=place,
            sha256=etag if _SHA256.fullmatch(etag) else "",
            etag=etag,
            size=max(0, found.size or 0),
            own=_origin(place) == _origin(url),
        )

    @contextlib.contextmanager
    def open(self, place: HubFile, offset: int, what: str) -> Iterator[HubAnswer]:
        """Ask for the bytes of a file from `offset` on. The token goes to the site alone, not where it sends us."""
        headers = {"accept-encoding": "identity"}
        if offset:
            headers["range"] = f"bytes={offset}-"
            if place.own and place.etag and not place.sha256:
                headers["if-range"] = f'"{place.etag}"'
        url = place.url
        with _reaching(host_of(url)), contextlib.ExitStack() as stack:
            for _ in range(_HOPS):
                if urlsplit(url).scheme not in ("http", "https") or _is_downgrade(self._source, url):
                    raise Refused(no_hub(self.host))
                response = stack.enter_context(
                    get_session().stream(
                        "GET",
                        url,
                        headers=self._headers(url) | headers,
                        timeout=self._timeout(),
                        follow_redirects=False,
                    )
                )
                if response.status_code not in _REDIRECTS:
                    break
                url = _joined(url, response.headers.get("location", ""))
                response.close()
            else:
                raise Failed(no_hub(self.host))
            yield self._answer(response, offset, what)

    def _answer(self, response: httpx2.Response, offset: int, what: str) -> HubAnswer:
        host = response.url.host
        if response.status_code == 416:
            return HubAnswer(response, -1, 0, host)
        self._judge(response, what)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Refused(no_hub(host))
        length = _number(response.headers.get("content-length", ""))
        if response.status_code == 206:
            found = re.fullmatch(
                r"bytes (\d{1,18})-\d{1,18}/(?:\d{1,18}|\*)", response.headers.get("content-range", "")
            )
            if found is None or int(found[1]) > offset:
                raise Failed(no_hub(host))
            return HubAnswer(response, int(found[1]), length, host)
        return HubAnswer(response, 0, length, host)

    def _judge(self, response: httpx2.Response, what: str) -> None:
        """Raise what an answer means unless it is what was asked for."""
        if response.status_code >= 400:
            raise self._objection(response, what)
        if response.headers.get("content-type", "").partition(";")[0].strip().lower() in ("text/html", "text/xml"):
            raise Refused(no_hub(response.url.host))

    def _objection(self, response: Any, what: str) -> Refused | Failed:
        problem = answer_problem(
            response.status_code, response.headers, what=what, host=response.url.host, token=bool(self._token)
        )
        return problem or Refused(no_hub(self.host))

    def _headers(self, url: str) -> dict[str, str]:
        trusted = self._token and _origin(url) == _origin(self._source)
        return _AGENT | ({"authorization": f"Bearer {self._token}"} if trusted else {})

    def _timeout(self) -> httpx2.Timeout:
        return httpx2.Timeout(self._patience.silence_s, connect=self._patience.connect_s)


@contextlib.contextmanager
def _reaching(host: str) -> Iterator[None]:
    """Turns what a network can do into Failed or Refused."""
    try:
        yield
    except OfflineModeIsEnabled as error:
        problem = Problem(
            "download.offline", "HF_HUB_OFFLINE is set, so nothing is fetched.", f"Unset it, then try again. {KEPT}"
        )
        raise Refused(problem) from error
    except httpx2.ProxyError as error:
        hint = f"Look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY. {KEPT}"
        raise Failed(Problem("download.proxy", f"The proxy does not let us through to {host}.", hint)) from error
    except httpx2.TimeoutException as error:
        problem = Problem("download.network", f"{host} did not answer in time.", f"{KEPT} Try again later.")
        raise Failed(problem) from error
    except httpx2.ConnectError as error:
        if isinstance(_root(error), ssl.SSLCertVerificationError):
            problem = Problem(
                "download.tls",
                f"The connection to {host} is not secure: its certificate is not trusted.",
                f"Where a company looks into connections, SSL_CERT_FILE names its certificate. {KEPT}",
            )
            raise Refused(problem) from error
        problem = Problem("download.network", f"{host} cannot be reached.", f"Is this computer online? {KEPT}")
        raise Failed(problem) from error
    except httpx2.TransportError as error:
        raise Failed(Problem("download.network", f"The connection to {host} broke off.", KEPT)) from error
    except (httpx2.InvalidURL, httpx2.RequestError) as error:
        raise Failed(no_hub(host)) from error


def _root(error: BaseException) -> BaseException:
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return error


def _joined(base: str, location: str) -> str:
    """Where a site sends us; "" if that is no address."""
    try:
        there = urljoin(base, location)
        urlsplit(there)
    except ValueError:
        return ""
    return there


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname or "", port or (_SECURE_PORT if parts.scheme == "https" else _PLAIN_PORT)


def _is_confidential(url: str) -> bool:
    """Whether a token may go there: over TLS, or within this computer."""
    parts = urlsplit(url)
    return parts.scheme == "https" or _is_here(parts.hostname or "")


def _is_downgrade(source: str, url: str) -> bool:
    return urlsplit(source).scheme == "https" and urlsplit(url).scheme != "https"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
