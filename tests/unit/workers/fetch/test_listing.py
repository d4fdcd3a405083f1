"""What of a repository is offered as a chat model."""

from __future__ import annotations

from typing import cast
from unittest import mock

import pytest

from app.base.chat import ListRepository
from app.base.errors import Problem
from app.link.peer import Incoming
from app.workers.fetch.hub import Blob, Hub, Patience, Sibling
from app.workers.fetch.listing import chat_models
from app.workers.fetch.main import FetchWorker
from app.workers.fetch.problems import Refused
from tests.support.fake_hub import FakeHub
from tests.unit.workers.fetch.conftest import PATIENCE, REPOSITORY, gguf

SHA = "ab" * 32


def file(name: str, size: int = 100, sha256: str = SHA) -> Sibling:
    """A file of a listing."""
    return Sibling(rfilename=name, size=size, lfs=Blob(sha256=sha256, size=size))


def names(*files: Sibling) -> list[str]:
    """The models offered."""
    return [model.name for model in chat_models(REPOSITORY, files)]


def test_small_models_come_first_with_quantisation_and_checksum() -> None:
    models = chat_models(REPOSITORY, [file("m-Q8_0.gguf", 900), file("m-UD-Q4_K_XL.gguf", 500)])
    assert [(m.name, m.size_bytes, m.quantisation, m.sha256) for m in models] == [
        ("m-UD-Q4_K_XL.gguf", 500, "UD-Q4_K_XL", (SHA,)),
        ("m-Q8_0.gguf", 900, "Q8_0", (SHA,)),
    ]


def test_parts_of_a_split_model_are_one_in_their_order() -> None:
    parts = [file(f"Q8_0/m-Q8_0-0000{n}-of-00003.gguf", 100 + n, f"{n:064}") for n in (3, 1, 2)]
    [model] = chat_models(REPOSITORY, parts)
    assert model.parts == tuple(f"Q8_0/m-Q8_0-0000{n}-of-00003.gguf" for n in (1, 2, 3))
    assert model.size_bytes == 306
    assert model.sha256 == tuple(f"{n:064}" for n in (1, 2, 3))


def test_split_model_with_a_part_missing_is_not_offered() -> None:
    assert names(file("a.gguf"), file("m-00001-of-00002.gguf")) == ["a.gguf"]


def test_what_is_no_chat_model_is_left_out() -> None:
    others = [
        "mmproj-F16.gguf",
        "m-mmproj-f16.gguf",
        "m.imatrix.gguf",
        "m-lora-f16.gguf",
        "mtp-m.gguf",
        "MTP/m-Q8_0.gguf",
        "README.md",
        "m.bin",
    ]
    assert names(file("m-MTP-Q4_0.gguf"), *map(file, others)) == ["m-MTP-Q4_0.gguf"]


@pytest.mark.parametrize(
    "name",
    ["../m.gguf", "/etc/m.gguf", "a/../../m.gguf", "m\n.gguf", "m\u202efugg.gguf", "a\\m.gguf", "C:m.gguf"],
)
def test_name_that_cannot_be_trusted_is_left_out(name: str) -> None:
    assert names(file(name), file("m.gguf")) == ["m.gguf"]


def test_checksum_that_is_none_is_not_believed() -> None:
    [model] = chat_models(REPOSITORY, [file("m.gguf", sha256="nonsense")])
    assert model.sha256 == ()


def ask(hub: FakeHub, patience: Patience = PATIENCE, repository: str = REPOSITORY) -> list[str]:
    """The models that a site offers."""
    call = ListRepository(repository=repository, endpoint=hub.url)
    return [model.name for model in FetchWorker(patience).files(call, cast("Incoming", None))]


def test_site_is_asked_for_its_list(hub: FakeHub) -> None:
    hub.add(REPOSITORY, "m-Q4_K_M.gguf", gguf(100))
    assert ask(hub) == ["m-Q4_K_M.gguf"]


def test_repository_without_gguf_is_a_problem(hub: FakeHub) -> None:
    hub.add(REPOSITORY, "model.safetensors", b"x")
    with pytest.raises(Problem) as caught:
        ask(hub)
    assert caught.value.code == "download.no_gguf"


@pytest.mark.parametrize(
    ("fault", "code"),
    [("html", "not_hub"), ("gone", "not_found"), ("busy", "rate_limited"), ("broken", "server"), ("none", "network")],
)
def test_site_that_does_not_answer_as_it_should_is_a_problem(hub: FakeHub, fault: str, code: str) -> None:
    hub.add(REPOSITORY, "m-Q4_K_M.gguf", gguf(100))
    repository = REPOSITORY
    if fault == "html":
        hub.faults.html = "site"
    elif fault == "gone":
        repository = "maker/gone"
    elif fault == "none":
        hub.__exit__()
    else:
        hub.faults.site = [(429 if fault == "busy" else 503, {})]
    with pytest.raises(Problem) as caught:
        ask(hub, repository=repository)
    assert caught.value.code == f"download.{code}"


@pytest.mark.parametrize("endless", [b'{"x":' + b"[" * 100_000, b'{"siblings": [{"rfilename": "\xff"}]}'])
def test_list_that_is_nested_without_end_or_no_text_is_a_problem(endless: bytes) -> None:
    with pytest.raises(Refused) as caught, mock.patch("app.workers.fetch.hub.get_session") as session:
        response = session.return_value.stream.return_value.__enter__.return_value
        response.status_code, response.headers = 200, {}
        response.iter_bytes.return_value = [endless]
        Hub("http://127.0.0.1:9", "", PATIENCE).files(REPOSITORY, "main")
    assert caught.value.problem.code == "download.not_hub"


@pytest.mark.parametrize("source", ["http://[::bad", "ftp://127.0.0.1", "\x1b[2J", ""])
def test_source_that_is_no_address_is_a_problem(source: str) -> None:
    with pytest.raises(Refused) as caught:
        Hub(source, "", PATIENCE)
    assert caught.value.problem.code == "download.source"


def test_site_that_sends_us_nowhere_is_a_problem(hub: FakeHub) -> None:
    hub.add(REPOSITORY, "m-Q4_K_M.gguf", gguf(100))
    hub.faults.site = [(302, {"Location": "http://[::bad/x"})]
    with pytest.raises(Refused) as caught:
        Hub(hub.url, "", PATIENCE).locate(REPOSITORY, "m-Q4_K_M.gguf", "main")
    assert caught.value.problem.code == "download.not_hub"
