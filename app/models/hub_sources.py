"""The Hugging Face sites that the person uses: which, with what token, and what they have of what was asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from app.base.chat import HubFile, ListRepository
from app.base.errors import Problem
from app.base.hub import HUB, HUB_SITE, host_of, site_of, split_of
from app.base.models import CatalogueEntry, DownloadStart
from app.base.settings import SettingsFile
from app.link.peer import Incoming
from app.link.workers import Worker
from app.models.catalogue import judged
from app.models.download_spec import Wanted, choose, understand
from app.store.secrets import Secrets

LISTING_S = 90.0
_SECRET = "hugging-face"  # noqa: S105 - under which name the keyring has that of huggingface.co; others: with their site
_TOKEN = re.compile(r"[\w-]{1,200}", re.ASCII)
_TOKEN_OF_OTHERS = re.compile(r"[!-~]{1,4096}")


class FoundDownload(NamedTuple):
    """A file to fetch. name: what the model is called."""

    repository: str
    revision: str
    file: HubFile
    name: str


class HubSources:
    """Where models come from. Thread-safe."""

    def __init__(
        self, settings: SettingsFile, lister: Worker, secrets: Secrets, catalogue: Sequence[CatalogueEntry]
    ) -> None:
        """lister: the worker that looks into repositories."""
        self._settings = settings
        self._lister = lister
        self._secrets = secrets
        self._catalogue = catalogue

    def catalogue(self) -> list[CatalogueEntry]:
        """The models that Familiar knows of, with how they would fit here."""
        return judged(self._catalogue)

    def sources(self) -> list[str]:
        """Base addresses to ask, in turn: those of the settings, or the mirror that HF_ENDPOINT names and the hub."""
        usual = [source for source in (os.environ.get("HF_ENDPOINT"), HUB) if source]
        return list(dict.fromkeys(self._settings.value.model_sources or usual))

    def token(self, source: str) -> str:
        """The token that the person gave for this very source, "" if there is none."""
        site = site_of(source)
        return (self._secrets.get(_secret_name(site)) or "") if site else ""

    def tokens(self) -> dict[str, str]:
        """The tokens of the sources that have one."""
        return {source: token for source in self.sources() if (token := self.token(source))}

    def keep_token(self, value: str | None, source: str = "") -> bool:
        """Keep a source's token, remove it (""), or only tell (None) whether there is one.

        Raises Problem download.token, download.source.
        """
        site = site_of(source or HUB)
        if not site:
            raise Problem(
                "download.source", f"“{source[:200]}” is no address of a Hugging Face site.", "Nothing was changed."
            )
        if value:
            if not (_TOKEN if site == HUB_SITE else _TOKEN_OF_OTHERS).fullmatch(value.strip()):
                raise Problem(
                    "download.token",
                    f"That is no token of {site}.",
                    "One of Hugging Face begins with “hf_” and has letters and digits only; none has spaces. "
                    "Nothing was changed.",
                )
            self._secrets.set(_secret_name(site), value.strip())
        elif value is not None:
            self._secrets.delete(_secret_name(site))
        return bool(self._secrets.get(_secret_name(site)))

    def find(self, call: DownloadStart, incoming: Incoming) -> FoundDownload:
        """What is meant. Asks a site unless the catalogue knows the checksum. Raises Problem download.*."""
        hosts = {host_of(source) for source in self.sources()}
        meant = understand(call.what, hosts, self._catalogue)
        entry = meant if isinstance(meant, CatalogueEntry) else self._recommended(meant, call.file)
        if entry is not None and call.file in ("", entry.file) and entry.sha256:
            file = HubFile(
                name=entry.file, size_bytes=entry.size_bytes, parts=(entry.file,), sha256=(entry.sha256,),
                quantisation=entry.quantisation,
            )  # fmt: skip
            return FoundDownload(entry.repository, "main", file, entry.name)
        wanted = meant if isinstance(meant, Wanted) else Wanted(meant.repository, meant.file)
        named = call.file or (entry.file if entry is not None else wanted.file)
        file = choose(wanted.repository, self._look(wanted, incoming), named)
        name = entry.name if entry is not None and file.name == entry.file else _plain_name(file.name)
        return FoundDownload(wanted.repository, wanted.revision, file, name)

    def _recommended(self, wanted: Wanted, file: str) -> CatalogueEntry | None:
        """What the catalogue has of a repository of which no file was named."""
        if file or wanted.file or wanted.revision != "main":
            return None
        low = wanted.repository.casefold()
        return next((entry for entry in self._catalogue if entry.repository.casefold() == low), None)

    def _look(self, wanted: Wanted, incoming: Incoming) -> list[HubFile]:
        """The models of a repository, as the first source that answers has them. Raises Problem download.*."""
        failure = Problem("download.source", "No Hugging Face site is set.", "Look at model_sources in settings.toml.")
        for source in self.sources():
            incoming.check()
            call = ListRepository(
                repository=wanted.repository, revision=wanted.revision, endpoint=source, token=self.token(source)
            )
            try:
                return self._lister.call(
                    call, timeout_s=LISTING_S, on_started=lambda outgoing: incoming.on_cancel(outgoing.cancel)
                )
            except Problem as problem:
                failure = problem
        raise failure


def _secret_name(site: str) -> str:
    return _SECRET if site == HUB_SITE else f"{_SECRET} {site}"


def _plain_name(file: str) -> str:
    """What a model is called after its file."""
    name = file.rpartition("/")[2]
    split = split_of(name)
    return split.stem if split else name[: -len(".gguf")]
