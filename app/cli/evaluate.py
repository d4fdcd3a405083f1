"""familiar eval retrieval: how well search finds what it should, through all that a person's files go through."""

from __future__ import annotations

import contextlib
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from app.base.calls import FoldersAdd, Search
from app.base.errors import Problem
from app.base.paths import Home
from app.cli.beir import (
    BeirDocument,
    RetrievalSet,
    documents,
    ndcg,
    percentile,
    read_retrieval_set,
    recall,
    reciprocal_rank,
)
from app.cli.command import command
from app.cli.context import Context
from app.cli.index import wait_for_index
from app.cli.life import stop_engine
from app.cli.output import Output
from app.cli.parameters import PathWord, absolute
from app.cli.progress import Progress

_DEPTH = 100
_FILES_A_FOLDER = 1000


@command("eval retrieval")
@click.argument("folder", metavar="DIR", type=PathWord("dir"), help="with corpus.jsonl, queries.jsonl, qrels/test.tsv")
def retrieval(context: Context, *, folder: str) -> int:
    """Measure search."""
    tests = read_retrieval_set(Path(absolute(folder)))
    output = context.output
    with _scratch(output) as scratch:
        by_path = write_corpus(tests, scratch / "d")
        inner = Context(_hurried_home(scratch / "h"), None, output)
        try:
            inner.call(FoldersAdd(paths=[str(scratch / "d")]))
            wait_for_index(inner)
            rankings, took_ms = _search_all(tests, by_path, inner)
        finally:
            inner.close()
            stop_engine(inner.home)
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


def write_corpus(tests: RetrievalSet, folder: Path) -> dict[str, str]:
    """Write each document as a file of its own below `folder`; returns the document's id by the file's path.

    A document with a title becomes Markdown under that heading, one without stays plain text. Names are numbers that
    say nothing, so that search by file name can help nobody. Raises Problem eval.malformed, eval.no_room.
    """
    by_path: dict[str, str] = {}
    try:
        for index, document in enumerate(documents(tests.folder)):
            part = folder / f"{index // _FILES_A_FOLDER:04}"
            part.mkdir(parents=True, exist_ok=True)
            suffix, text = _as_file(document)
            path = part / f"n{index:07}{suffix}"
            path.write_text(text, encoding="utf-8")
            by_path[str(path)] = document.id
    except OSError as error:
        raise Problem(
            "eval.no_room",
            f"The documents could not be written to {folder}: {error.strerror or error}.",
            "Nothing was measured, and what was written is removed. Free some space, or set TMPDIR to another disk.",
        ) from error
    return by_path


def _as_file(document: BeirDocument) -> tuple[str, str]:
    title = " ".join(document.title.split())
    return (".md", f"# {title}\n\n{document.text}\n") if title else (".txt", f"{document.text}\n")


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


def _hurried_home(folder: Path) -> Home:
    """A fresh home whose indexing leaves the machine no room: somebody waits for it."""
    home = Home.find(str(folder))
    home.create()
    home.settings_toml.write_text("polite = false\n", encoding="utf-8")
    return home


@contextlib.contextmanager
def _scratch(output: Output) -> Iterator[Path]:
    """A folder that is gone afterwards, whatever happens. Resolved, because hits come with resolved paths."""
    folder = Path(tempfile.mkdtemp(prefix="fe-")).resolve()
    try:
        yield folder
    finally:
        try:
            shutil.rmtree(folder)
        except OSError as error:  # as when the engine was killed and a worker of it still writes
            output.note(f"{folder} could not be removed: {error.strerror or error}. Nothing needs it.")
