"""What a Problem carries for programs reaches them over the link as it was raised."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn, get_args

import pytest

from app.base.calls import GetStatus
from app.base.errors import Problem
from app.base.problem_data import OfferedFile, OfferedFiles, OfferedModels, ProblemData
from app.link.peer import Incoming, Peer

EXAMPLES: list[ProblemData | None] = [
    None,
    OfferedFiles(files=(OfferedFile(name="Q4_K_M", size_bytes=1, verdict="tight"),)),
    OfferedModels(names=("one", "two")),
]


def test_there_is_an_example_of_each_kind() -> None:
    assert {type(example) for example in EXAMPLES if example is not None} == set(get_args(ProblemData))


@pytest.mark.parametrize("data", EXAMPLES)
def test_data_arrive_as_they_were_raised(data: ProblemData | None) -> None:
    def refuse(_call: GetStatus, _incoming: Incoming) -> NoReturn:
        raise Problem("some.choice", "Choose one.", "There are several.", data)

    ours, theirs = multiprocessing.Pipe()
    with ThreadPoolExecutor(1) as executor:
        engine = Peer(ours, role="engine", handlers={GetStatus: refuse}, executor=executor)
        client = Peer(theirs, role="cli")
        with pytest.raises(Problem) as caught:
            client.call(GetStatus(), timeout_s=30)
        client.close()
        engine.close()
    problem = caught.value
    assert (problem.code, problem.title, problem.hint) == ("some.choice", "Choose one.", "There are several.")
    assert problem.data == data
