"""A set of ids comes out as it went in, and what is no set is refused."""

from __future__ import annotations

import base64
import random
import zlib

import pytest

from app.base.id_set import map_ids, pack_ids, unpack_ids


@pytest.mark.parametrize("count", [0, 1, 500, 100_000])
def test_set_comes_out_as_it_went_in(count: int) -> None:
    ids = random.Random(count).sample(range(200_000), count)
    text = pack_ids(map_ids(ids))
    assert {ident for ident, held in enumerate(unpack_ids(text)) if held} == set(ids)
    assert len(text) < 60_000


@pytest.mark.parametrize(
    "text", ["", "?", "AAAA", base64.b64encode(zlib.compress(bytes(99_999)))[:20].decode(), "e" * 1000]
)
def test_what_is_no_set_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack_ids(text)
