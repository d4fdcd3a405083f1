"""Measures against values worked out by hand, and test sets that are not what they should be."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.cli.evaluation.beir import documents, ndcg, percentile, read_retrieval_set, recall, reciprocal_rank
from app.cli.evaluation.retrieval import measure
from app.cli.evaluation.scratch import write_corpus

GRADES = {"a": 3, "b": 2, "c": 1}


def test_perfect_ranking_has_ndcg_1() -> None:
    assert ndcg(["a", "b", "c"], GRADES, depth=10) == 1.0


def test_ndcg_gains_are_grades_by_logarithm_of_the_rank() -> None:
    # (2 / log2 2 + 3 / log2 4) / (3 / log2 2 + 2 / log2 3 + 1 / log2 4)
    by_hand = (2.0 + 1.5) / (3.0 + 2.0 / 1.5849625007211562 + 0.5)
    assert ndcg(["b", "x", "a"], GRADES, depth=10) == pytest.approx(by_hand, abs=1e-12)
    assert ndcg(["b", "x", "a"], GRADES, depth=10) == pytest.approx(0.7350, abs=5e-5)


def test_ndcg_looks_only_so_deep() -> None:
    assert ndcg(["x", "y", "a"], GRADES, depth=2) == 0.0
    many = {str(n): 1 for n in range(20)}
    assert ndcg([str(n) for n in range(10)], many, depth=10) == 1.0


def test_recall_counts_against_all_that_answer() -> None:
    assert recall(["a", "x", "c"], GRADES, depth=100) == pytest.approx(2 / 3)
    assert recall(["x", "a"], GRADES, depth=1) == 0.0
    assert recall([], GRADES, depth=100) == 0.0


def test_reciprocal_rank_is_of_the_first_that_answers() -> None:
    assert reciprocal_rank(["x", "c", "a"], GRADES, depth=10) == 0.5
    assert reciprocal_rank(["x", "y", "a"], GRADES, depth=2) == 0.0


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 50) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 95) == 95.0
    assert percentile([7.0], 95) == 7.0


CORPUS = [{"_id": "d1", "title": "Two\nlines", "text": "First."}, {"_id": "d2", "title": "", "text": "# not a heading"}]
QUERIES = [{"_id": query, "text": f"query {query}"} for query in ("q1", "q2", "unjudged")]
QRELS = ["query-id\tcorpus-id\tscore", "q1\td1\t2", "q1\td2\t0", "q2\td2\t1", "q2\td9\t1", "q3\td1\t0"]


def _write(folder: Path, **lines: list[str]) -> Path:
    """A small set in `folder`; lines: of "corpus", "queries" or "qrels", instead of the good ones."""
    good = {
        "corpus": [json.dumps(one) for one in CORPUS],
        "queries": [json.dumps(one) for one in QUERIES],
        "qrels": QRELS,
    }
    (folder / "qrels").mkdir(parents=True)
    for name, text in (good | lines).items():
        path = folder / ("qrels/test.tsv" if name == "qrels" else f"{name}.jsonl")
        path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return folder


def test_only_queries_that_a_document_answers_count(tmp_path: Path) -> None:
    tests = read_retrieval_set(_write(tmp_path / "set"))
    assert tests.queries == {"q1": "query q1", "q2": "query q2"}
    assert tests.relevant == {"q1": {"d1": 2}, "q2": {"d2": 1, "d9": 1}}


def test_documents_become_files_with_names_that_say_nothing(tmp_path: Path) -> None:
    tests = read_retrieval_set(_write(tmp_path / "set"))
    by_path = write_corpus(documents(tests.folder), tmp_path / "out")
    assert by_path == {str(tmp_path / "out/0000/n0000000.md"): "d1", str(tmp_path / "out/0000/n0000001.txt"): "d2"}
    assert (tmp_path / "out/0000/n0000000.md").read_text() == "# Two lines\n\nFirst.\n"
    assert (tmp_path / "out/0000/n0000001.txt").read_text() == "# not a heading\n"


def test_measures_are_means_over_queries(tmp_path: Path) -> None:
    tests = read_retrieval_set(_write(tmp_path / "set"))
    figures = measure(tests, {"q1": ["d2", "d1"], "q2": ["d2"]})
    second = 1 / (1 + 1 / math.log2(3))
    assert figures == {
        "ndcg@10": pytest.approx((1 / math.log2(3) + second) / 2),
        "recall@100": pytest.approx((1 + 0.5) / 2),
        "mrr@10": pytest.approx((0.5 + 1) / 2),
    }


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"queries": ["{}"]}, "queries.jsonl line 1: Object missing required field `_id`"),
        ({"queries": ["no json"]}, "queries.jsonl line 1: "),
        ({"queries": ['{"_id": "q1", "text": "x"}']}, "queries.jsonl has no query “q2”"),
        ({"qrels": ["q1 d1 1"]}, "test.tsv line 1 is not “query-id, document-id, grade”"),
        ({"qrels": ["query-id\tcorpus-id\tscore"]}, "test.tsv names no document that answers a query"),
    ],
)
def test_malformed_set_is_named_with_file_and_line(broken: dict[str, list[str]], said: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read_retrieval_set(_write(tmp_path / "set", **broken))
    assert caught.value.code == "eval.malformed"
    assert said in caught.value.title


def test_folder_that_is_no_set_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read_retrieval_set(tmp_path)
    assert "qrels/test.tsv cannot be read: No such file or directory" in caught.value.title


def test_broken_corpus_is_named_with_its_line(tmp_path: Path) -> None:
    folder = _write(tmp_path / "set", corpus=['{"_id": "d1", "text": "x"}', '{"_id": 5}'])
    with pytest.raises(Problem) as caught:
        list(documents(folder))
    assert "corpus.jsonl line 2: " in caught.value.title


@pytest.mark.parametrize("name", ["scifact", "cranfield", "cosqa", "xquad/de"])
def test_public_sets_are_understood(name: str, yardsticks: Path) -> None:
    tests = read_retrieval_set(yardsticks / "retrieval" / name)
    known = {document.id for document in documents(tests.folder)}
    assert len(tests.queries) > 200
    assert all(known.issuperset(relevant) for relevant in tests.relevant.values())
