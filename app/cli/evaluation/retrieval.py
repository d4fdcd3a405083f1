"""familiar eval retrieval: how well search finds what it should, through all that a person's files go through."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import click

from app.base.calls import Search
from app.base.settings import Settings
from app.cli.command import command
from app.cli.context import Context
from app.cli.evaluation.beir import (
    RetrievalSet,
    documents,
    ndcg,
    percentile,
    read_retrieval_set,
    recall,
    reciprocal_rank,
)
from app.cli.evaluation.scratch import read_documents, scratch_engine, scratch_folder, write_corpus
from app.cli.parameters import PathWord, absolute
from app.cli.progress import Progress

_DEPTH = 100


@command("eval retrieval")
@click.argument("folder", metavar="DIR", type=PathWord("dir"), help="with corpus.jsonl, queries.jsonl, qrels/test.tsv")
def retrieval(context: Context, *, folder: str) -> int:
    """Measure search."""
    tests = read_retrieval_set(Path(absolute(folder)))
    output = context.output
    with scratch_folder(output) as scratch:
        by_path = write_corpus(documents(tests.folder), scratch / "d")
        with scratch_engine(scratch / "h", output, Settings(polite=False)) as inner:
            read_documents(inner, scratch / "d")
            rankings, took_ms = _search_all(tests, by_path, inner)
    figures = measure(tests, rankings)
    search_ms = {"p50": percentile(took_ms, 50), "p95": percentile(took_ms, 95)}
    if output.json:
        counts = {"queries": len(tests.queries), "documents": len(by_path)}
        output.document({**figures, **counts, "search_ms": search_ms})
        return 0
    output.line(f"{len(tests.queries):,} queries over {len(by_path):,} documents")
    for name, value in figures.items():
        output.line(f"  {name:<11} {value:.4f}")
    output.line(f"  search      {search_ms['p50']:.1f} ms median, {search_ms['p95']:.1f} ms for 95 % of them")
    return 0


def measure(tests: RetrievalSet, rankings: dict[str, list[str]]) -> dict[str, float]:
    """Means over all queries. rankings: document ids, best first, by query id."""

    def mean(values: Iterator[float]) -> float:
        return statistics.fmean(values)

    pairs = [(rankings[query], tests.relevant[query]) for query in tests.queries]
    return {
        "ndcg@10": mean(ndcg(ranking, relevant, depth=10) for ranking, relevant in pairs),
        "recall@100": mean(recall(ranking, relevant, depth=100) for ranking, relevant in pairs),
        "mrr@10": mean(reciprocal_rank(ranking, relevant, depth=10) for ranking, relevant in pairs),
    }


def _search_all(
    tests: RetrievalSet, by_path: dict[str, str], context: Context
) -> tuple[dict[str, list[str]], list[float]]:
    """Rankings by query id, and milliseconds that each search took inside the engine."""
    rankings: dict[str, list[str]] = {}
    took_ms: list[float] = []
    with Progress(watched=context.output.watched) as progress:
        for done, (query, text) in enumerate(tests.queries.items()):
            progress.show("Searching", done=done, total=len(tests.queries))
            result = context.call(Search(query=text, limit=_DEPTH))
            rankings[query] = [by_path[hit.path] for hit in result.hits]
            took_ms.append(result.took_ms)
    return rankings, took_ms
