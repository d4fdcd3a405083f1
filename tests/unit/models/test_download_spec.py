"""What a person writes to name a model."""

from __future__ import annotations

import pytest

from app.base.chat import HubFile
from app.base.errors import Problem
from app.base.models import CatalogueEntry
from app.base.problem_data import OfferedFile, OfferedFiles
from app.models.download_spec import Wanted, choose, understand

ENTRY = CatalogueEntry(
    name="Tiny-1B", task="chat", licence="MIT", languages=("English",), parameters=10**9, size_bytes=6 * 10**8,
    quantisation="Q4_K_M", repository="maker/tiny-GGUF", file="tiny-Q4_K_M.gguf",
)  # fmt: skip


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("maker/model-GGUF", Wanted("maker/model-GGUF")),
        (" maker/model-GGUF:Q8_0 ", Wanted("maker/model-GGUF", "Q8_0")),
        ("https://huggingface.co/maker/model-GGUF", Wanted("maker/model-GGUF")),
        ("https://huggingface.co/maker/model-GGUF/tree/main", Wanted("maker/model-GGUF")),
        ("huggingface.co/maker/model-GGUF/", Wanted("maker/model-GGUF")),
        ("hf.co/maker/model-GGUF:Q4_K_M", Wanted("maker/model-GGUF", "Q4_K_M")),
        ("https://huggingface.co/m/x/resolve/main/a%20b.gguf?download=true", Wanted("m/x", "a b.gguf")),
        ("https://huggingface.co/m/x/blob/v2/Q8/a.gguf", Wanted("m/x", "Q8/a.gguf", "v2")),
        ("https://mirror.example/m/x/blob/main/a.gguf", Wanted("m/x", "a.gguf")),
    ],
)
def test_repository_or_address_is_understood(what: str, wanted: Wanted) -> None:
    assert understand(what, {"mirror.example"}, [ENTRY]) == wanted


def test_name_of_the_catalogue_is_understood_in_any_case() -> None:
    assert understand("tiny-1b", (), [ENTRY]) is ENTRY


@pytest.mark.parametrize(
    "what",
    [
        "", "tiny", "a/b/c", "../../etc/passwd", "https://evil.example/m/x", "file:///etc/passwd", "http://[::1",
        "m/x/..",
        "https://huggingface.co/m/x/resolve/main/../../../etc/passwd", "https://huggingface.co/datasets/m/x",
        "https://user@evil.example@huggingface.co.evil.example/m/x", "m/x:../y",
    ],
)  # fmt: skip
def test_anything_else_is_refused(what: str) -> None:
    with pytest.raises(Problem) as caught:
        understand(what, (), [ENTRY])
    assert caught.value.code == "download.unknown"


def test_near_name_is_suggested() -> None:
    with pytest.raises(Problem) as caught:
        understand("Tiny1B", (), [ENTRY])
    assert "Did you mean Tiny-1B?" in caught.value.hint


def model(name: str, quantisation: str, size: int = 10**9) -> HubFile:
    """A file of a repository."""
    return HubFile(name=name, size_bytes=size, parts=(name,), quantisation=quantisation)


FILES = [
    model("m-Q4_K_M.gguf", "Q4_K_M"),
    model("sub/m-Q8_0.gguf", "Q8_0", 900 * 10**9),
    model("m-old-Q8_0.gguf", "Q8_0"),
]


@pytest.mark.parametrize(
    ("wish", "name"),
    [("q4_k_m", "m-Q4_K_M.gguf"), ("m-q8_0.gguf", "sub/m-Q8_0.gguf"), ("m-old-Q8_0.gguf", "m-old-Q8_0.gguf")],
)
def test_file_is_chosen_by_name_or_quantisation(wish: str, name: str) -> None:
    assert choose("m/x", FILES, wish).name == name


def test_only_file_needs_no_choice() -> None:
    assert choose("m/x", FILES[:1], "").name == "m-Q4_K_M.gguf"


@pytest.mark.parametrize("wish", ["", "Q8_0", "Q2_K"])
def test_choice_is_left_to_the_person_with_sizes_and_what_fits(wish: str) -> None:
    with pytest.raises(Problem) as caught:
        choose("m/x", FILES, wish)
    assert caught.value.code == "download.choose"
    assert "Q4_K_M  1.0 GB, fits here" in caught.value.hint
    assert "sub/m-Q8_0.gguf  900.0 GB, too large for this machine" in caught.value.hint


def test_files_to_choose_from_are_data_named_as_they_can_be_asked_for() -> None:
    files = [model("a/m-Q4_K_M.gguf", "Q4_K_M"), model("b/m-Q4_K_M.gguf", "Q4_K_M"), model("m-Q8_0.gguf", "Q8_0")]
    with pytest.raises(Problem) as caught:
        choose("maker/m-GGUF", files * 5, "")
    assert isinstance(caught.value.data, OfferedFiles)
    assert len(caught.value.data.files) == 15, "the words name a dozen, the data have all"
    with pytest.raises(Problem) as caught:
        choose("maker/m-GGUF", files, "")
    assert caught.value.data == OfferedFiles(
        files=tuple(
            OfferedFile(name=name, size_bytes=10**9, verdict="fits")
            for name in ("a/m-Q4_K_M.gguf", "b/m-Q4_K_M.gguf", "Q8_0")
        )
    )
