"""How words and meaning are weighed: public retrieval sets by words alone, by meaning alone, half and half, and ours.

Comparing with every vector, in this process. FAMILIAR_BENCH_SETS: a few sets by name ("cranfield xquad/el"), and
FAMILIAR_BENCH_QUERIES: so many questions of each at most, from its beginning.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from itertools import islice

from app.base.values import FileId
from app.cli.evaluation.beir import ndcg, recall
from app.library.fusion import Side, fuse
from app.library.search import CHUNK_CANDIDATES, rank
from app.store.lexical import chunks_of_texts, match_words
from app.store.query_words import query_words
from app.store.scope import Scope
from tests.bench.indexed_set import IndexedSet, KeptVectors, indexed
from tests.bench.report import Report
from tests.support.yardsticks import yardsticks_folder

LANGUAGES = ("en", "de", "es", "ro", "ru", "el", "tr", "ar", "vi", "th", "zh", "hi")
SETS = ("scifact", "cranfield", "cosqa", *(f"xquad/{language}" for language in LANGUAGES))
BOUNDS = {"scifact": 0.732, "cranfield": 0.420, "cosqa": 0.59, "xquad/en": 0.977}
OTHERWISE = 0.85

Ranker = Callable[[IndexedSet, str], Sequence[FileId]]


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Fusion")
    vectors = KeptVectors()
    limit = int(os.environ.get("FAMILIAR_BENCH_QUERIES", "100000"))
    for name in os.environ.get("FAMILIAR_BENCH_SETS", " ".join(SETS)).split():
        with indexed(yardsticks_folder() / "retrieval" / name, vectors) as one:
            report.note(f"{name}: {len(one.documents)} documents, {one.index.count_chunks()} chunks")
            for how, ranker in RANKERS.items():
                tenth, hundredth = _measure(one, ranker, limit)
                bound = BOUNDS.get(name, OTHERWISE) if how == "ours" else None
                report.figure(f"{name}: {how}: nDCG@10", [tenth], "", at_least=bound)
                report.figure(f"{name}: {how}: recall@100", [hundredth], "")
    vectors.close()
    return report.end()


def _measure(one: IndexedSet, ranker: Ranker, limit: int) -> tuple[float, float]:
    tenth: list[float] = []
    hundredth: list[float] = []
    for query, text in islice(one.tests.queries.items(), limit):
        found = [one.documents[file_id] for file_id in ranker(one, text)]
        tenth.append(ndcg(found, one.tests.relevant[query], depth=10))
        hundredth.append(recall(found, one.tests.relevant[query], depth=100))
    return statistics.fmean(tenth), statistics.fmean(hundredth)


def _words(one: IndexedSet, text: str) -> Side:
    asked = query_words(one.index, text)
    matches = match_words(one.index, asked, Scope(), CHUNK_CANDIDATES)
    return {match.chunk_id: (match.file_id, match.score) for match in matches}


def _meaning(one: IndexedSet, text: str) -> Side:
    near = one.begin(text, CHUNK_CANDIDATES, None).result().texts
    holders = chunks_of_texts(one.index, [text_id for text_id, _ in near], Scope())
    return {chunk: (file_id, cosine) for text_id, cosine in near for chunk, file_id in holders[text_id]}


def _at(weight: float) -> Ranker:
    return lambda one, text: [file.file_id for file in fuse(_words(one, text), _meaning(one, text), weight)]


def _ours(one: IndexedSet, text: str) -> Sequence[FileId]:
    return [file.file_id for file in rank(one.index, one, text, Scope()).files]


RANKERS: dict[str, Ranker] = {"words": _at(1.0), "meaning": _at(0.0), "half and half": _at(0.5), "ours": _ours}
