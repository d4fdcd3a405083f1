"""One file from a site that cuts off, corrupts, throttles and lies: whole and proven, or not there."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.base.errors import Cancelled, Problem
from app.workers.fetch.hub import Patience
from tests.support.fake_hub import FakeHub
from tests.support.small_disk import small_disk
from tests.unit.workers.fetch.conftest import FILE, REPOSITORY, Caller, Fetch, gguf

DATA = gguf(3 << 20)
OTHER = gguf(3 << 20, seed=1)


@pytest.fixture
def sha256(hub: FakeHub) -> str:
    """The site has the file; its checksum."""
    return hub.add(REPOSITORY, FILE, DATA)


def problem_of(fetch: Fetch, **more: object) -> Problem:
    """What a fetching that must fail says."""
    with pytest.raises(Problem) as caught:
        fetch(**more)
    return caught.value


def left(tmp_path: Path) -> int:
    """Bytes of unfinished files."""
    return sum(path.stat().st_size for path in (tmp_path / "partial").glob("*.part"))


def test_file_arrives_whole_and_leaves_nothing_behind(
    fetch: Fetch, sha256: str, hub: FakeHub, caller: Caller, tmp_path: Path
) -> None:
    path = fetch(sha256=sha256, size_bytes=len(DATA))
    assert path.read_bytes() == DATA
    assert [p.name for p in (tmp_path / "partial").iterdir() if p.name != ".lock"] == []
    assert hub.sent == len(DATA)
    assert (caller.heard[-1].done_bytes, caller.heard[-1].total_bytes) == (len(DATA), len(DATA))


@pytest.mark.usefixtures("sha256")
def test_site_tells_checksum_and_size_if_the_caller_does_not_know_them(fetch: Fetch) -> None:
    assert fetch().read_bytes() == DATA


@pytest.mark.usefixtures("sha256")
@pytest.mark.parametrize("no_redirect", [False, True])
def test_without_any_checksum_the_size_decides(fetch: Fetch, hub: FakeHub, no_redirect: bool) -> None:
    hub.faults.no_checksum = True
    hub.faults.no_redirect = no_redirect
    hub.faults.cuts = [1 << 20, 1 << 20]
    assert fetch().read_bytes() == DATA


def test_connection_that_is_cut_is_taken_up_where_it_broke(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    hub.faults.cuts = [100_000, 200_000, 0, 300_000]
    assert fetch(sha256=sha256).read_bytes() == DATA
    starts = [one.headers.get("range", "") for one in hub.requests("files")]
    assert starts[0] == ""
    assert starts[-1] == "bytes=600000-"
    assert hub.sent == len(DATA)


def test_connection_that_is_always_cut_is_given_up_and_what_came_is_kept(
    fetch: Fetch, sha256: str, hub: FakeHub, tmp_path: Path
) -> None:
    hub.faults.cuts = [100_000] + [0] * 20
    assert problem_of(fetch, sha256=sha256).code == "download.network"
    assert left(tmp_path) == 100_000
    assert not (tmp_path / "models" / FILE).exists()
    hub.faults.cuts = []
    assert fetch(sha256=sha256).read_bytes() == DATA
    assert hub.sent == len(DATA)


def test_server_that_stalls_is_asked_again(fetch: Fetch, sha256: str, hub: FakeHub, caller: Caller) -> None:
    hub.faults.stall_after = 1 << 20
    caller.on_progress = lambda progress: setattr(hub.faults, "stall_after", -1 if progress.done_bytes else 1 << 20)
    assert fetch(sha256=sha256).read_bytes() == DATA


def test_wrong_checksum_deletes_what_came(fetch: Fetch, sha256: str, hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.corrupt_at = 2_000_000
    assert problem_of(fetch, sha256=sha256).code == "download.corrupt"
    assert left(tmp_path) == 0
    assert not (tmp_path / "models" / FILE).exists()


def test_wrong_checksum_is_mended_by_another_source(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    hub.faults.corrupt_at = 2_000_000
    with FakeHub() as good:
        good.add(REPOSITORY, FILE, DATA)
        assert fetch(sha256=sha256, sources=[hub.url, good.url]).read_bytes() == DATA
        assert good.sent == len(DATA)


def test_second_source_goes_on_where_the_first_one_broke(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    hub.faults.cuts = [1 << 20] + [0] * 20
    with FakeHub() as good:
        good.add(REPOSITORY, FILE, DATA)
        assert fetch(sha256=sha256, sources=[hub.url, good.url]).read_bytes() == DATA
        assert (hub.sent, good.sent) == (1 << 20, len(DATA) - (1 << 20))


def test_source_with_another_file_of_that_name_is_passed_over(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    with FakeHub() as stale:
        stale.add(REPOSITORY, FILE, OTHER)
        assert fetch(sha256=sha256, sources=[stale.url, hub.url]).read_bytes() == DATA
        assert problem_of(fetch, sha256="0" * 64, target=str(Path("/nonexistent/x"))).code == "download.changed"


@pytest.mark.usefixtures("sha256")
def test_file_that_was_replaced_meanwhile_is_fetched_anew(fetch: Fetch, hub: FakeHub) -> None:
    hub.faults.cuts = [1 << 20] + [0] * 20
    problem_of(fetch)
    hub.faults.cuts = []
    hub.add(REPOSITORY, FILE, OTHER)
    assert fetch().read_bytes() == OTHER


def test_server_that_ignores_ranges_costs_no_progress(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    hub.faults.no_ranges = True
    hub.faults.cuts = [1 << 20, 2 << 20]
    assert fetch(sha256=sha256).read_bytes() == DATA


@pytest.mark.parametrize("told", [1, 1 << 20, 4 << 20, 1 << 50])
def test_lie_about_the_size_does_not_matter_where_the_checksum_is_known(
    fetch: Fetch, sha256: str, hub: FakeHub, told: int
) -> None:
    hub.faults.told_size = told
    assert fetch(sha256=sha256, size_bytes=len(DATA)).read_bytes() == DATA


@pytest.mark.parametrize("more", [-1_000_000, 1_000_000])
def test_wrong_content_length_is_overcome(fetch: Fetch, sha256: str, hub: FakeHub, more: int) -> None:
    hub.faults.told_lengths = [more, more // 2]
    assert fetch(sha256=sha256, size_bytes=len(DATA)).read_bytes() == DATA


@pytest.mark.usefixtures("sha256")
def test_size_that_is_a_lie_without_checksum_ends_in_a_problem(fetch: Fetch, hub: FakeHub, tmp_path: Path) -> None:
    hub.faults.no_checksum = True
    hub.faults.told_size = 4 << 20
    assert problem_of(fetch).code in ("download.network", "download.changed")
    assert not (tmp_path / "models" / FILE).exists()


@pytest.mark.parametrize("where", ["site", "files"])
def test_web_page_is_refused(fetch: Fetch, sha256: str, hub: FakeHub, where: str, tmp_path: Path) -> None:
    hub.faults.html = where  # type: ignore[assignment]
    assert problem_of(fetch, sha256=sha256).code == "download.not_hub"
    assert left(tmp_path) == 0


def test_file_that_is_no_gguf_is_refused_at_its_first_bytes(fetch: Fetch, hub: FakeHub, tmp_path: Path) -> None:
    digest = hub.add(REPOSITORY, FILE, b"PK\3\4" + bytes(64 << 20))
    hub.faults.rate = 10 << 20
    assert problem_of(fetch, sha256=digest).code == "download.not_gguf"
    assert hub.sent < 32 << 20
    assert left(tmp_path) == 0


@pytest.mark.usefixtures("sha256")
@pytest.mark.parametrize(("given", "code", "said"), [("", "gated", "token"), ("hf_mine", "gated", "accept its terms")])
def test_gated_repository_is_explained(fetch: Fetch, hub: FakeHub, given: str, code: str, said: str) -> None:
    hub.faults.gated = True
    problem = problem_of(fetch, tokens={hub.url: given})
    assert problem.code == f"download.{code}"
    assert said in problem.hint


@pytest.mark.usefixtures("sha256")
def test_wrong_token_is_explained(fetch: Fetch, hub: FakeHub) -> None:
    hub.faults.token = "hf_right"
    problem = problem_of(fetch, tokens={hub.url: "hf_wrong"})
    assert problem.code == "download.token"
    assert "hf_wrong" not in problem.title + problem.hint


@pytest.mark.usefixtures("sha256")
def test_token_goes_to_the_site_and_not_to_where_it_sends_us(fetch: Fetch, hub: FakeHub) -> None:
    hub.faults.token = "hf_right"
    assert fetch(tokens={hub.url: "hf_right", "https://huggingface.co": "hf_other"}).read_bytes() == DATA
    assert [one.headers.get("authorization") for one in hub.requests("site", "HEAD")] == ["Bearer hf_right"]
    assert [one.headers.get("authorization") for one in hub.requests("files")] == [None]


@pytest.mark.usefixtures("sha256")
def test_a_mirror_receives_no_token_of_another_site(fetch: Fetch, hub: FakeHub) -> None:
    others = {
        "https://huggingface.co": "hf_mine",
        "http://127.0.0.1": "of another port",
        f"{hub.url}x": "of a name",
    }
    assert fetch(tokens=others).read_bytes() == DATA
    assert {one.headers.get("authorization") for one in hub.seen} == {None}


@pytest.mark.usefixtures("sha256")
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"repository": "maker/other"}, "not_found"),
        ({"file": "other.gguf"}, "not_found"),
        ({"revision": "v9"}, "not_found"),
        ({"sources": ["ftp://127.0.0.1/"]}, "source"),
        ({"sources": ["http://127.0.0.1:9"]}, "network"),
    ],
)
def test_what_is_not_there_is_named(fetch: Fetch, more: dict[str, object], code: str) -> None:
    assert problem_of(fetch, **more).code == f"download.{code}"


def test_pause_that_the_server_asks_for_is_obeyed(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    hub.faults.site = [(429, {"Retry-After": "1"})]
    began = time.monotonic()
    assert fetch(sha256=sha256).read_bytes() == DATA
    assert time.monotonic() - began >= 1


def test_longer_pause_than_anyone_waits_is_a_problem(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    hub.faults.site = [(429, {"Retry-After": "3600"})]
    assert problem_of(fetch, sha256=sha256).code == "download.rate_limited"


def test_trouble_of_the_server_passes(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    hub.faults.site = [(503, {}), (500, {})]
    hub.faults.files = [(502, {})]
    assert fetch(sha256=sha256).read_bytes() == DATA


def test_trouble_of_the_server_that_lasts_is_a_problem(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    hub.faults.site = [(503, {})] * 20
    assert problem_of(fetch, sha256=sha256).code == "download.server"


def test_cancelling_stops_at_once_and_keeps_what_came(
    fetch: Fetch, sha256: str, hub: FakeHub, caller: Caller, tmp_path: Path
) -> None:
    hub.faults.stall_after = 1 << 20
    patience = Patience(silence_s=60, spare_bytes=1 << 20)
    cancelled: list[float] = []

    def cancel(_: object) -> None:
        if left(tmp_path) and not cancelled:
            cancelled.append(time.monotonic())
            caller.cancel()

    caller.on_progress = cancel
    with pytest.raises(Cancelled):
        fetch(patience, sha256=sha256)
    assert time.monotonic() - cancelled[0] < 1
    assert left(tmp_path) > 0
    assert not (tmp_path / "models" / FILE).exists()


def test_limit_of_the_rate_holds(fetch: Fetch, sha256: str) -> None:
    began = time.monotonic()
    fetch(sha256=sha256, limit_bytes_s=6 << 20)
    assert time.monotonic() - began >= 0.45


def test_file_that_is_there_is_not_fetched_again(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    fetch(sha256=sha256)
    assert fetch(sha256=sha256).read_bytes() == DATA
    assert hub.sent == len(DATA)


def test_another_file_of_that_name_is_left_alone(fetch: Fetch, sha256: str, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / FILE).write_bytes(b"mine")
    assert problem_of(fetch, sha256=sha256).code == "download.exists"
    assert (tmp_path / "models" / FILE).read_bytes() == b"mine"


def test_full_disk_is_noticed_before_anything_is_fetched(fetch: Fetch, sha256: str, hub: FakeHub) -> None:
    problem = problem_of(fetch, patience=Patience(spare_bytes=1 << 60), sha256=sha256)
    assert problem.code == "download.no_space"
    assert "more must be free" in problem.title
    assert hub.sent == 0


def test_disk_that_fills_up_meanwhile_keeps_what_came(
    fetch: Fetch, hub: FakeHub, caller: Caller, tmp_path: Path
) -> None:
    data = gguf(24 << 20)
    digest = hub.add(REPOSITORY, FILE, data)
    with small_disk(tmp_path / "disk", 32) as disk:
        filler = disk / "filler"

        def fill(_: object) -> None:
            if not filler.exists() and left_in(disk):
                filler.write_bytes(bytes(20 << 20))

        def left_in(folder: Path) -> int:
            return sum(path.stat().st_size for path in (folder / "partial").glob("*.part"))

        caller.on_progress = fill
        wish = {"partial": str(disk / "partial"), "target": str(disk / FILE), "sha256": digest}
        assert problem_of(fetch, **wish).code == "download.no_space"
        kept = left_in(disk)
        assert 0 < kept < len(data)
        filler.unlink()
        caller.on_progress = lambda _: None
        sent = hub.sent
        assert fetch(**wish).read_bytes() == data
        assert hub.sent - sent == len(data) - kept


def test_bytes_that_a_loss_of_power_may_have_spoilt_are_fetched_again(
    fetch: Fetch, sha256: str, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub.faults.cuts = [1 << 20] + [0] * 20
    problem_of(fetch, sha256=sha256)
    hub.faults.cuts = []
    part = next((tmp_path / "partial").glob("*.part"))
    with part.open("ab") as file:
        file.write(bytes(500_000))  # a file system that keeps a length, but not what was written
    monkeypatch.setattr("psutil.boot_time", time.time)
    assert fetch(sha256=sha256).read_bytes() == DATA


@pytest.mark.usefixtures("sha256")
def test_offline_mode_of_the_person_is_kept(fetch: Fetch, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert problem_of(fetch).code == "download.offline"
    assert hub.seen == []


def test_server_whose_certificate_nobody_vouches_for_is_refused(fetch: Fetch, tmp_path: Path) -> None:
    with untrusted_server(tmp_path) as address:
        assert problem_of(fetch, sources=[address]).code == "download.tls"


@pytest.mark.usefixtures("sha256")
def test_plain_server_under_a_secure_address_cannot_be_reached(fetch: Fetch, hub: FakeHub) -> None:
    assert problem_of(fetch, sources=[hub.url.replace("http:", "https:")]).code == "download.network"


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def untrusted_server(folder: Path) -> Iterator[str]:
    """An HTTPS server on loopback with a certificate of its own making."""
    x509 = pytest.importorskip("cryptography.x509")
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
    hazmat = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    secret = key.private_bytes(hazmat.Encoding.PEM, hazmat.PrivateFormat.PKCS8, hazmat.NoEncryption())
    pem.write_bytes(secret + certificate.public_bytes(hazmat.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = _Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"https://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
