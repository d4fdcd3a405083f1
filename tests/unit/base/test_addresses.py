"""Addresses of servers: as typed, as kept, and which ones a person is warned of."""

from __future__ import annotations

import pytest

from app.base.addresses import server_address
from app.base.errors import Problem


@pytest.mark.parametrize(
    ("typed", "url", "host"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        (" http://LocalHost:11434/ ", "http://localhost:11434/v1", "localhost:11434"),
        ("https://api.example.org/v1/", "https://api.example.org/v1", "api.example.org"),
        ("https://example.org/openai/v1/chat/completions", "https://example.org/openai/v1", "example.org"),
        ("http://[::1]:8000/v1/models", "http://[::1]:8000/v1", "[::1]:8000"),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example/v1", "xn--bcher-kva.example"),
    ],
)
def test_an_address_is_kept_up_to_its_api(typed: str, url: str, host: str) -> None:
    address = server_address(typed)
    assert (address.url, address.host) == (url, host)


@pytest.mark.parametrize(
    "typed",
    [
        "", "example.org", "localhost:8080", "ftp://example.org", "file:///etc/passwd", "http://", "http:///v1",
        "http://me:secret@example.org", "http://@example.org", "http://example.org/v1?key=secret",
        "http://example.org/v1#x", "http://example.org:port", "http://example.org:99999", "http://exa mple.org",
        "http://example.org/\nv1", "http://[::1", "http://" + "a" * 3000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Problem) as raised:
        server_address(typed)
    assert raised.value.code == "remote.address"
    assert "secret" not in raised.value.title + raised.value.hint


@pytest.mark.parametrize(
    ("typed", "loopback", "exposed"),
    [
        ("http://127.0.0.5/v1", True, False),
        ("http://localhost/v1", True, False),
        ("http://[::1]/v1", True, False),
        ("http://192.168.1.5/v1", False, False),
        ("http://gpu-box:8000/v1", False, False),
        ("http://gpu.local/v1", False, False),
        ("http://8.8.8.8/v1", False, True),
        ("http://llm.example.org/v1", False, True),
        ("http://127.0.0.1.example.org/v1", False, True),
        ("https://llm.example.org/v1", False, False),
    ],
)
def test_what_others_can_read_on_its_way_is_warned_of(typed: str, loopback: bool, exposed: bool) -> None:
    address = server_address(typed)
    assert (address.loopback, address.exposed, bool(address.warning)) == (loopback, exposed, exposed)
