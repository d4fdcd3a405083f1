"""A question understood: what is looked for by words and by meaning, and what limits it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from app.base.file_types import file_type
from app.base.values import Filter, FilterKind
from app.language.languages import function_words
from app.language.question import cue_words as cue
from app.language.question import cues
from app.language.question.dates import is_figures_of_month, written
from app.language.question.folder_names import shown_folder
from app.language.question.opaque import identifiers_closed
from app.language.question.operators import read_operators
from app.language.question.spans import Limit, limits_in
from app.language.question.tokens import Token, tokens_of

LONGEST_PLAIN = 300
"""Letters of a question whose plain words are taken for limits; what is longer is a text that somebody pasted."""

_ORDER_LABELS = {"newest": "newest first", "oldest": "oldest first"}


class Question(msgspec.Struct, frozen=True):
    """What a person asks.

    text: as it was written. words: what is looked for by words, "" where the limits say all there is to say: then what
    they hold is listed, newest first. meaning: what is embedded. phrases: to stand word for word. without: words and
    phrases that no file found may hold. filters: all of these and the other limits, in the order of the text. notes:
    sentences about what could not be taken as a limit.
    """

    text: str
    words: str
    meaning: str
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, kind: FilterKind) -> tuple[Filter, ...]:
        """The filters of a kind."""
        return tuple(one for one in self.filters if one.kind == kind)

    @property
    def understood(self) -> tuple[Filter, ...]:
        """The filters that leave something out and that were not typed."""
        return tuple(one for one in self.filters if not one.typed and not one.ranks)


def understand(
    text: str,
    *,
    today: date,
    folders: Mapping[str, Sequence[str]],
    senders: Container[str] = frozenset(),
    without: Sequence[str] = (),
) -> Question:
    """A question's words and limits.

    folders: paths by the plain words of their names, as `folder_names.by_name` gives them. senders: plain names, and
    parts of names, of those who wrote something. without: keys of filters that are not to be understood from it.
    """
    typed = read_operators(text, today, folders)
    dropped = frozenset(without)
    kept = [one for one in typed.filters if one.key not in dropped]
    notes = list(typed.notes)
    cut = list(typed.cut)
    outside = _blanked(text, [*typed.cut, *((one.start, one.end) for one in typed.filters if one.kind == "phrase")])
    if len(outside.strip()) <= LONGEST_PLAIN:
        said, wrong = _said(outside, {one.kind for one in typed.filters}, today, folders, senders, dropped)
        kept += said
        notes += wrong
        cut += [(one.start, one.end) for one in said if not one.ranks]
    marks = [(at, at + 1) for at in typed.marks]
    words = " ".join(_blanked(text, [*cut, *marks]).split())
    orders = [(one.start, one.end) for one in kept if one.kind == "order"]
    if kept and not any(one.kind == "phrase" for one in kept) and _says_nothing(_blanked(text, [*cut, *orders])):
        words = ""
    meaning = " ".join(_blanked(text, [*typed.cut, *marks]).split())
    return Question(
        text=text, words=words, meaning=meaning,
        phrases=tuple(one.value for one in kept if one.kind == "phrase"),
        without=tuple(one.value for one in kept if one.kind == "without"),
        filters=tuple(sorted(kept, key=lambda one: (one.start, one.kind))), notes=tuple(notes),
    )  # fmt: skip


def _said(
    text: str,
    typed: set[FilterKind],
    today: date,
    folders: Mapping[str, Sequence[str]],
    senders: Container[str],
    dropped: frozenset[str],
) -> tuple[list[Filter], list[str]]:
    """What plain words limit, and sentences about dates that do not exist.

    typed: kinds that operators have set, which plain words do not touch.
    """
    written_as = tokens_of(text)
    tokens = identifiers_closed(text, written_as, today)
    found = [
        cues.name_cue(text, written_as) if "name" not in typed else None,
        cues.folder_cue(written_as, folders) if "folder" not in typed else None,
        cues.sender_cue(text, tokens, senders) if "sender" not in typed else None,
        cues.type_cue(tokens) if "type" not in typed else None,
        cues.order_cue(tokens),
    ]
    filters: list[Filter] = []
    taken: list[tuple[int, int]] = []
    for one in found:
        if one is None or any(start < one.end and one.start < end for start, end in taken):
            continue
        some = [filter_ for filter_ in _filters_of(one, text) if filter_.key not in dropped]
        filters += some
        taken += [(one.start, one.end)] if some else []
    limits, wrong = limits_in(tokens, today)
    if not typed & {"after", "before"}:
        filters += _dates(text, tokens, limits, taken, dropped)
    return filters, [f"There is no {one.text}, so no date was taken from the question." for one in wrong]


def _filters_of(found: cues.Cue, text: str) -> list[Filter]:
    span = found.start, found.end
    if found.kind == "folder":
        return [_filter("folder", path, f"in {shown_folder(path, found.values)}", span) for path in found.values]
    value = found.values[0]
    if found.kind == "order":
        return [_filter("order", value, _ORDER_LABELS[value], span, ranks=True)]
    if found.kind == "type":
        return [_filter("type", value, f"only {file_type(value).label}", span)]
    if found.kind == "sender":
        at = text.casefold().find(value, found.start)
        shown = text[at : at + len(value)] if at >= 0 else value
        return [_filter("sender", value, f"from {shown[:1].upper()}{shown[1:]}", span)]
    return [_filter("name", value, f"named “{found.said}”", span)]


def _dates(
    text: str,
    tokens: Sequence[Token],
    limits: Sequence[Limit],
    taken: Sequence[tuple[int, int]],
    dropped: frozenset[str],
) -> list[Filter]:
    """The limits in time. They only rank where the question may be about something of that time, whenever written."""
    for limit in limits:
        span = tokens[limit.tokens[0]].start, tokens[limit.tokens[1] - 1].end
        if any(start < span[1] and span[0] < end for start, end in taken):
            continue
        firm = _is_of_files(limit, text, tokens, [*taken, span])
        some = [one for one in _dated(limit, span, ranks=not firm) if one.key not in dropped]
        return some if len(some) == len(_dated(limit, span, ranks=not firm)) else []
    return []


def _dated(limit: Limit, span: tuple[int, int], *, ranks: bool) -> list[Filter]:
    found: list[Filter] = []
    if limit.first is not None:
        found.append(_filter("after", limit.first.isoformat(), f"since {written(limit.first)}", span, ranks=ranks))
    if limit.after is not None:
        last = limit.after - timedelta(1)
        label = f"until {written(last)}" if limit.first is not None else f"before {written(limit.after)}"
        found.append(_filter("before", limit.after.isoformat(), label, span, ranks=ranks))
    return found


def _is_of_files(limit: Limit, text: str, tokens: Sequence[Token], taken: Sequence[tuple[int, int]]) -> bool:
    """Whether a limit in time is when files were written rather than what they tell of.

    It is where the question speaks of letters, mails, notes, or says nothing else; of a whole year only with both: a
    report on 2023 is from 2024.
    """
    first = limit.tokens[0]
    if first and tokens[first - 1].plain in cue.NUMBERED and is_figures_of_month(tokens[first].plain):
        return False
    of_files = any(token.plain in cue.ABOUT_FILES for token in tokens)
    nothing_else = _says_nothing(_blanked(text, taken))
    if limit.grain == "year" and not limit.relative:
        return of_files and nothing_else
    return of_files or nothing_else


def _says_nothing(words: str) -> bool:
    return all(token.plain in function_words("en") or token.plain in cue.GENERIC for token in tokens_of(words))


def _filter(kind: FilterKind, value: str, label: str, span: tuple[int, int], *, ranks: bool = False) -> Filter:
    return Filter(kind=kind, value=value, label=label, start=span[0], end=span[1], ranks=ranks)


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """A text with some stretches made spaces, so that what is left stands where it stood."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
