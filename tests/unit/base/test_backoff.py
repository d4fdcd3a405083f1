"""How long to rest before another try."""

from __future__ import annotations

import pytest

from app.base.backoff import pause_s


def test_pause_doubles_up_to_its_longest() -> None:
    pauses = [pause_s(failures, first_s=0.1, longest_s=1.0) for failures in range(1, 7)]
    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0])


@pytest.mark.parametrize("failures", [1_024, 1_025, 10**9])
def test_failures_without_end_have_a_pause(failures: int) -> None:
    assert pause_s(failures, first_s=0.1, longest_s=5.0) == 5.0
