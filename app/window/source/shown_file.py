"""What the pane shows, and what can be said of it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.base.preview import WHOLE, Preview
from app.base.values import Citation, Place

Doubt = Literal["", "checking", "deleted", "unknown"]
"""Why what is shown may not be how the file is: it is being looked at, it is gone, or nobody is there to ask."""

_KEPT = "The quote is kept with the answer."


@dataclass(frozen=True)
class ShownFile:
    """A file, by a citation of it or for itself."""

    path: str
    citation: Citation | None = None

    @property
    def place(self) -> Place:
        """What to show of it."""
        return self.citation.place if self.citation is not None else WHOLE

    @property
    def quote(self) -> str:
        """The cited words; "" if none."""
        return self.citation.quote if self.citation is not None else ""


@dataclass(frozen=True)
class QuoteBadge:
    """How a quote stands in its file: a badge with its level, and a sentence where there is more to say."""

    text: str
    level: str
    note: str = ""


def quote_badge(citation: Citation, preview: Preview | None, doubt: Doubt) -> QuoteBadge:
    """What may be said of a citation. "Exact" only of bytes that were looked at since the file last changed."""
    if doubt == "deleted":
        return QuoteBadge("Deleted", "danger", f"The file is no longer where it was. {_KEPT}")
    if doubt == "unknown":
        return QuoteBadge("Not checked now", "plain", "Familiar’s engine is not there; this is how the file was.")
    if doubt == "checking" or preview is None:
        return QuoteBadge("Checking…", "plain")
    if citation.sha256 and preview.sha256 and citation.sha256 != preview.sha256:
        return QuoteBadge("Changed since it was cited", "warn", _SINCE[preview.match])
    if preview.match == "exact":
        exact = f"Exact match on this {preview.unit}" if preview.unit in ("page", "slide", "sheet") else "Exact match"
        return QuoteBadge(exact, "ok")
    if preview.match == "close":
        return QuoteBadge("Close match", "warn")
    return QuoteBadge("Passage not found word for word", "warn")


_SINCE = {
    "exact": "The quote still stands here word for word.",
    "close": "Most of the quote still stands here.",
    "none": f"The quote does not stand here any more. {_KEPT}",
}
