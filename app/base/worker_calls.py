"""What the engine asks of the workers that read files and hold vectors, as requests with typed replies."""

from __future__ import annotations

import msgspec

from app.base.calls import AroundPlace, Call
from app.base.preview import Rows
from app.base.tables import TableForm, TableResult
from app.base.values import Document, Value

# ---- engine -> extract worker -------------------------------------------------------------------------------------


SPARING_CHARS = 1_000_000
"""Characters that are wanted of a file that has cost a reading process its life: its beginning, by other means."""


class ReadDocument(Call[Document]):
    """Read one file into chunks with places, within limits.

    max_chars: with SPARING_CHARS or less, formats that need to be read as a whole are read at their beginning alone.
    path: its real path; a link in it is not followed. identity: as `opening.identity` gives it, "" for whichever file
    is there. Problem file.linked or file.replaced, and nothing read, if it is not the file that is meant.
    """

    path: str
    max_bytes: int = 512 * 1024 * 1024
    max_chars: int = 20_000_000
    timeout_s: float = 120.0
    identity: str = ""


class DrawPlace(AroundPlace):
    """Make the view of a place. path, identity: as in ReadDocument. pixels_dir: private folder for the pixel file."""

    pixels_dir: str = ""
    identity: str = ""


class ReadRows(Call[Rows]):
    """Rows of a grid that DrawPlace gave; see ShowRows."""

    path: str
    sha256: str
    number: int
    first: int
    count: int


# ---- engine -> vectors worker -------------------------------------------------------------------------------------


class VectorsInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What is open. fingerprint: of model, tokenizer and chunker; d: vector length; count: vectors stored."""

    fingerprint: str
    d: int
    count: int


class VectorsOpen(Call[VectorsInfo]):
    """Open (or create) the collection for an index generation in `folder`, dropping those of other generations."""

    folder: str
    generation: str


class Embed(Call[list[str]]):
    """Embed texts. Each vector comes back as base64 of float16 little-endian (d,), unit length."""

    texts: list[str]


class VectorsUpsert(Call[None]):
    """Store vectors by text id, replacing what was there."""

    ids: list[int]
    vectors: list[str]


class VectorsDelete(Call[None]):
    """Remove vectors by text id; ids that are not there are fine."""

    ids: list[int]


class VectorsIds(Call[list[int]]):
    """Every text id in the collection, ascending."""


class Nearest(Value):
    """What is near to a question. texts: (text id, cosine similarity), best first.

    letters_a_token: how many letters of the question the embedder takes in at once, in the mean: some four where it
    knows the words whole, about one where it has to spell them, 0 where it does not even know the letters.
    """

    texts: list[tuple[int, float]]
    letters_a_token: float


class VectorsQuery(Call[Nearest]):
    """The texts nearest in meaning.

    among: only among these text ids, as `id_set.pack_ids` gives them; None for all.
    """

    text: str
    limit: int = 100
    among: str | None = None


class QueryTables(Call[TableResult]):
    """Ask the tables of a file; see `tables.AskTable`. identity: as in ReadDocument. Problem table.*, file.*."""

    path: str
    sql: str = ""
    form: TableForm | None = None
    identity: str = ""


# ---- engine -> spans worker ---------------------------------------------------------------------------------------


class Span(Value):
    """Something that took time. start_ns, end_ns: since 1970. parent: its place among the spans of its call, -1: none.

    calls_out: whether what it waited for is no part of Familiar. error: a Problem's code, "" where it went well.
    """

    name: str
    start_ns: int
    end_ns: int
    parent: int = -1
    calls_out: bool = False
    error: str = ""
    attributes: dict[str, str | int | float | list[str]] = msgspec.field(default_factory=dict)


class SendSpans(Call[None]):
    """Send one trace to a collector. endpoint: as the setting spans_to. Raises Problem spans.unsent."""

    endpoint: str
    spans: tuple[Span, ...]
    timeout_s: float = 5.0
