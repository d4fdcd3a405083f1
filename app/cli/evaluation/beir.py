"""Retrieval test sets in BEIR's form, and how well rankings of their documents answer their queries."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.cli.evaluation.json_lines import Form, json_lines, numbered

BEIR = Form("a BEIR test set", "corpus.jsonl, queries.jsonl and qrels/test.tsv")


class BeirDocument(msgspec.Struct, frozen=True):
    """A line of corpus.jsonl, which sets of questions and answers have too."""

    id: str = msgspec.field(name="_id")
    text: str
    title: str = ""


class _Query(msgspec.Struct, frozen=True):
    """A line of queries.jsonl."""

    id: str = msgspec.field(name="_id")
    text: str


@dataclass(frozen=True)
class RetrievalSet:
    """Queries with the documents that answer them. The documents themselves stay in the folder: `documents`.

    queries: text by id, only of those that some document answers.
    relevant: for each of these, how well (1 or more) each document answers it, by document id.
    """

    folder: Path
    queries: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]


def read_retrieval_set(folder: Path) -> RetrievalSet:
    """The queries and judgements of a BEIR folder: corpus.jsonl, queries.jsonl and qrels/test.tsv.

    Raises Problem eval.malformed that names file and line.
    """
    relevant = _relevant(folder / "qrels" / "test.tsv")
    texts = {query.id: query.text for _, query in json_lines(folder / "queries.jsonl", _Query, BEIR)}
    unknown = next((query for query in relevant if query not in texts), None)
    if unknown is not None:
        raise BEIR.malformed(folder / "queries.jsonl", f"has no query “{unknown}”, which qrels/test.tsv judges")
    if not relevant:
        raise BEIR.malformed(folder / "qrels" / "test.tsv", "names no document that answers a query")
    return RetrievalSet(folder, {query: texts[query] for query in relevant}, relevant)


def documents(folder: Path) -> Iterator[BeirDocument]:
    """The documents of a BEIR folder, one at a time. Raises Problem eval.malformed."""
    return (document for _, document in json_lines(folder / "corpus.jsonl", BeirDocument, BEIR))


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], *, depth: int) -> float:
    """Normalised discounted cumulative gain of the first `depth` documents, 0 to 1.

    A document at rank r (from 1) that answers with grade g adds g / log2(r + 1); the sum is divided by that of the best
    ranking possible. Source: trec_eval's ndcg_cut, as BEIR reports it: the gain is the grade itself, not 2^g - 1.
    """
    gains = [relevant.get(document, 0) for document in ranking[:depth]]
    best = sorted(relevant.values(), reverse=True)[:depth]
    return _discounted(gains) / _discounted(best)


def recall(ranking: Sequence[str], relevant: Mapping[str, int], *, depth: int) -> float:
    """Share of the answering documents that are among the first `depth`, 0 to 1."""
    return sum(document in relevant for document in ranking[:depth]) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, int], *, depth: int) -> float:
    """1 / rank of the first answering document among the first `depth`; 0 if there is none."""
    return next((1 / rank for rank, document in enumerate(ranking[:depth], start=1) if document in relevant), 0.0)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _relevant(path: Path) -> dict[str, dict[str, int]]:
    relevant: dict[str, dict[str, int]] = {}
    for number, line in numbered(path, BEIR):
        try:
            fields = line.decode().split("\t")
            if number == 1 and fields[-1] == "score":
                continue
            query, document, grade = fields[0], fields[1], int(fields[2])
        except (IndexError, ValueError) as error:
            raise BEIR.malformed(
                path, f"line {number} is not “query-id, document-id, grade” with tabs between"
            ) from error
        if grade > 0:
            relevant.setdefault(query, {})[document] = grade
    return relevant
