"""Search by words alone over the retrieval yardsticks, each in an index of its own: nDCG@10, speeds, no engine."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from app.base.values import Document
from app.cli.evaluation.beir import documents, ndcg, read_retrieval_set
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.lexical import match_words
from app.store.query_words import query_words
from app.store.scope import Scope
from app.workers.extract.chunker import chunk
from app.workers.extract.content import Section
from app.workers.extract.tokens import Tokens
from tests.bench.report import Report

LANGUAGES = ("en", "de", "es", "ro", "ru", "el", "tr", "ar", "vi", "th", "zh", "hi")
# By FTS5's own porter stemmer, before words were made ready here.
OTHERS = {"scifact": 0.680, "cranfield": 0.356, "cosqa": 0.39}
AT_LEAST = 0.85
CANDIDATES = 300
STAT = Stat(1, 1, 1, "1:1")


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Words alone")
    sets = Path(os.environ["FAMILIAR_YARDSTICKS"]) / "retrieval"
    tokens = Tokens.load()
    bounds = {f"xquad/{language}": AT_LEAST for language in LANGUAGES} | OTHERS
    for name, bound in bounds.items():
        with tempfile.TemporaryDirectory() as folder:
            value, chunks_per_s, ms = _measured(sets / name, Path(folder), tokens)
        report.figure(f"{name}: nDCG@10", [value], "", at_least=bound)
        report.note(f"{name}: {chunks_per_s:.0f} chunks indexed a second, {ms:.1f} ms a question, of processor time")
    return report.end()


def _measured(folder: Path, scratch: Path, tokens: Tokens) -> tuple[float, float, float]:
    """nDCG@10, chunks indexed a second, milliseconds a question."""
    index = IndexStore(scratch / "index.db", chunker="bench")
    index.set_roots(["/r"])
    root = index.roots()[0].id
    names: dict[str, str] = {}
    read: dict[str, Document] = {}
    for number, document in enumerate(documents(folder)):
        path = f"/r/{number:06}.txt"
        text = f"{document.title}\n\n{document.text}" if document.title else document.text
        names[path] = document.id
        read[path] = Document(state="ready", sha256=path, chunks=chunk("", [Section(text, "line")], tokens))
    index.enqueue(root, [(path, STAT) for path in read])
    known = index.known(root)
    began = time.process_time()
    for path, content in read.items():
        index.settle(known[path].id, STAT, content)
    chunks_per_s = index.count_chunks() / (time.process_time() - began)
    of_file = {known[path].id: name for path, name in names.items()}
    asked = read_retrieval_set(folder)
    began = time.process_time()
    total = 0.0
    for name, question in asked.queries.items():
        found: dict[str, None] = {}
        for match in match_words(index, query_words(index, question), Scope(), CANDIDATES):
            found[of_file[match.file_id]] = None
        total += ndcg(list(found), asked.relevant[name], depth=10)
    ms = (time.process_time() - began) * 1000 / len(asked.queries)
    index.close()
    return total / len(asked.queries), chunks_per_s, ms
