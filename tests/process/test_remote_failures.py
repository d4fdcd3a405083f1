"""Servers that take less, fail, fall silent or lie: told in plain words, and never with the key or the question."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from app.base.chat import ChatMessage, EndpointModels, Generate, Loaded, ToolCall, UseEndpoint
from app.base.errors import Problem
from app.link.workers import Worker
from tests.support.fake_openai import (
    JSON,
    FakeOpenAI,
    Reply,
    calls,
    delta,
    error,
    event,
    fake_openai,
    listed,
    streamed,
    told,
    write_certificate,
)
from tests.support.remote_worker import KEY, QUESTION, SEARCH, Remote


def _in(seconds: float) -> threading.Event:
    """An event that is set so long after now."""
    passed = threading.Event()
    timer = threading.Timer(seconds, passed.set)
    timer.daemon = True
    timer.start()
    return passed


# ---- servers that take less ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "gone", "instead"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens",
         "max_completion_tokens"),
        ("extra_forbidden: seed", "seed", ""),
        ("Unsupported value: 'temperature' does not support 0.3", "temperature", ""),
        ("unknown field stream_options", "stream_options", ""),
        ("registry/one does not support tools", "tools", ""),
        ('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', "tools", ""),
    ],
)  # fmt: skip
def test_what_a_server_does_not_take_is_left_out_and_remembered(
    remote: Remote, server: FakeOpenAI, refusal: str, gone: str, instead: str
) -> None:
    server.replies = [error(400, refusal), told("Yes.")]
    assert remote.ask(server.url, tools=(SEARCH,)).joined("text") == "Yes."
    first, second = server.chats
    assert gone in first.body
    assert gone not in second.body
    assert not instead or instead in second.body
    remote.ask(server.url, tools=(SEARCH,))
    assert len(server.chats) == 3


def test_a_server_without_tools_is_told_the_conversation_in_plain_words(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [error(400, "this model does not support tools"), told("Yes.")]
    messages = [
        ChatMessage(role="user", content=QUESTION),
        ChatMessage(role="assistant", content="", calls=(ToolCall(id="a", name="search", arguments={}),)),
        ChatMessage(role="tool", content="found", call_id="a", name="search"),
    ]
    remote.ask(server.url, tools=(SEARCH,), messages=messages)
    told_plainly = server.chats[1].body["messages"]
    assert [message["role"] for message in told_plainly] == ["user", "assistant", "user"]
    assert "found" in told_plainly[2]["content"]


# ---- failures -----------------------------------------------------------------------------------------------------

PAGE = Reply(parts=[b"<!DOCTYPE html><html><body>Welcome to the router</body></html>"], type="text/html")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (PAGE, "remote.html"),
        (Reply(parts=[b"\n<html>"], type=""), "remote.html"),
        (Reply(parts=[b"<html>Not Found</html>"], type="text/html", status=404), "remote.html"),
        (Reply(parts=[b'{"detail": "Not Found"}'], status=404), "remote.html"),
        (error(401, f"Incorrect API key provided: {KEY}"), "remote.unauthorized"),
        (Reply(parts=[b'{"detail": "Invalid API key"}'], status=401), "remote.unauthorized"),
        (error(403, f"Not for you, who asked: {QUESTION}"), "remote.forbidden"),
        (error(402, "No credit left"), "remote.forbidden"),
        (error(404, "The model `one` does not exist", "model_not_found"), "remote.no_model"),
        (error(404, "model 'one' not found"), "remote.no_model"),
        (error(400, "This model's maximum context length is 64 tokens.", "context_length_exceeded"), "remote.too_long"),
        (error(400, "the request exceeds the available context size (64 tokens)"), "remote.too_long"),
        (error(413, "Payload too large"), "remote.too_long"),
        (error(400, "Something is wrong"), "remote.refused"),
        (error(429, "You exceeded your current quota", "insufficient_quota"), "remote.rate_limited"),
        (error(429, "Come back tomorrow", retry_after="86400"), "remote.rate_limited"),
        (error(501, "Not here"), "remote.server"),
        (Reply(parts=[b"{not json"], status=400), "remote.refused"),
        (Reply(parts=[b'{"choices": []}']), "remote.bad_answer"),
        (streamed(), "remote.bad_answer"),
        (streamed(b"data: {not json\n\n"), "remote.bad_answer"),
        (streamed(b"data: " + b"[" * 100_000 + b"\n\n"), "remote.bad_answer"),
        (streamed(b"data: \xff\xfe\n\n"), "remote.bad_answer"),
        (streamed(event({"choices": "many"})), "remote.bad_answer"),
        (streamed(event(["no", "object"])), "remote.bad_answer"),
        (streamed(event({"error": {"message": "overloaded", "code": 501}})), "remote.server"),
        (streamed(event({"error": "the context size is exceeded"})), "remote.too_long"),
        (Reply(parts=[b"\x1f\x8b"], headers=(("Content-Encoding", "gzip"),)), "remote.bad_answer"),
        (Reply(status=307, headers=(("Location", "http://elsewhere.example/v1"),)), "remote.moved"),
    ],
)  # fmt: skip
def test_a_failure_is_told_in_plain_words_at_once(remote: Remote, server: FakeOpenAI, reply: Reply, code: str) -> None:
    server.replies = [reply]
    began = time.monotonic()
    problem = remote.problem(server.url)
    assert problem.code == code
    assert server.host in problem.title
    assert problem.hint
    assert len(server.chats) == 1
    assert time.monotonic() - began < 3


def test_a_servers_own_words_are_quoted_if_they_repeat_nothing(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [error(400, "Bad \x1b[31mvalue\n in the\u202e request")]
    assert "“Bad [31mvalue in the request”" in remote.problem(server.url).title.replace("  ", " ")
    server.replies = [error(400, f"Bad request: {QUESTION}")]
    assert "It says" not in remote.problem(server.url).title
    server.replies = [error(400, "Bad key: k-ey")]
    short = remote.endpoint(server.url, key="k-ey")
    assert "k-ey" not in remote.problem(server.url, endpoint=short).title


def test_the_key_does_not_follow_a_redirect(remote: Remote, server: FakeOpenAI) -> None:
    with fake_openai() as other:
        other.replies = [told("Stolen.")]
        server.replies = [Reply(status=308, headers=(("Location", f"{other.url}/chat/completions"),))]
        problem = remote.problem(server.url)
        assert problem.code == "remote.moved"
        assert other.host in problem.title
        assert other.asked == []


def test_a_busy_server_is_asked_again_when_it_said(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [error(429, "Slow down.", retry_after="1"), error(503, "Loading model"), told("Now.")]
    began = time.monotonic()
    assert remote.ask(server.url).joined("text") == "Now."
    assert len(server.chats) == 3
    assert time.monotonic() - began > 1


def test_a_server_that_keeps_failing_is_given_up(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [error(500, "Internal error")]
    assert remote.problem(server.url).code == "remote.server"
    assert len(server.chats) == 4


def test_a_connection_that_breaks_before_any_text_is_tried_again(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [streamed(cut=True), told("Now.")]
    assert remote.ask(server.url).joined("text") == "Now."


@pytest.mark.parametrize(
    "broken",
    [
        streamed(delta(content="It "), cut=True),
        streamed(delta(content="It ")),
        streamed(delta(content="It "), b"data: {oops\n\n"),
        streamed(delta(content="It "), b"data: " + b"x" * (2 << 20)),
        streamed(delta(content="It "), event({"error": {"message": "CUDA out of memory"}})),
    ],
)
def test_nothing_is_asked_again_once_text_has_come(remote: Remote, server: FakeOpenAI, broken: Reply) -> None:
    server.replies = [broken, told("It renews.")]
    events: list[str] = []
    call = Generate(messages=[ChatMessage(role="user", content=QUESTION)], endpoint=remote.endpoint(server.url))
    with pytest.raises(Problem) as raised:
        remote.worker.call(call, on_event=lambda name, _: events.append(name), timeout_s=30)
    assert raised.value.code in ("remote.bad_answer", "remote.server")
    assert events.count("text") == 1
    assert len(server.chats) == 1


@pytest.mark.parametrize("parts", [(), (b": still thinking\n\n",), (delta(content="It "),)])
def test_a_server_that_falls_silent_is_given_up(remote: Remote, server: FakeOpenAI, parts: tuple[bytes, ...]) -> None:
    server.replies = [streamed(*parts, threading.Event())]
    impatient = remote.endpoint(server.url, silence_s=0.3)
    assert remote.problem(server.url, endpoint=impatient).code == "remote.timeout"
    assert len(server.chats) == 1


def test_an_error_that_trickles_in_is_given_up(remote: Remote, server: FakeOpenAI) -> None:
    parts = [part for step in range(1, 60) for part in (_in(0.05 * step), b" ")]
    server.replies = [Reply(parts=parts, status=400)]
    began = time.monotonic()
    impatient = remote.endpoint(server.url, silence_s=0.1)
    assert remote.problem(server.url, endpoint=impatient).code == "remote.timeout"
    assert time.monotonic() - began < 2.5


def test_a_stream_that_goes_on_after_its_end_is_left(remote: Remote, server: FakeOpenAI) -> None:
    chatter = [part for step in range(1, 12) for part in (_in(0.5 * step), b"data: {}\n\n")]
    server.replies = [streamed(delta(content="Yes."), delta("stop"), *chatter)]
    began = time.monotonic()
    assert remote.ask(server.url).joined("text") == "Yes."
    assert time.monotonic() - began < 4


def test_a_stream_of_nothing_is_refused(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [streamed(delta(content="It "), *[b"data: {}\n\n" * 1000] * 50)]
    assert remote.problem(server.url).code == "remote.bad_answer"


def test_names_that_are_no_text_are_replaced(remote: Remote, server: FakeOpenAI) -> None:
    known = {"index": 0, "id": "a\ud800", "function": {"name": "search", "arguments": '{"query": "x"}'}}
    unknown = {"index": 1, "id": "b", "function": {"name": "se\ud800", "arguments": "{}"}}
    server.replies = [streamed(calls(known, unknown), delta("tool_calls"))]
    result = remote.ask(server.url, tools=(SEARCH,)).result
    assert [(call.id, call.name) for call in result.calls] == [("call_1", "search")]
    (reason,) = result.refused
    assert "no such tool" in reason


@pytest.mark.parametrize("number", [10**30, -5])
def test_counts_that_cannot_be_true_are_estimated(remote: Remote, server: FakeOpenAI, number: int) -> None:
    counts = {"prompt_tokens": number, "completion_tokens": number, "prompt_tokens_details": {"cached_tokens": number}}
    server.replies = [streamed(delta(content="Yes."), delta("stop"), event({"choices": [], "usage": counts}))]
    usage = remote.ask(server.url).result.usage
    assert 0 < usage.prompt_tokens < 1000
    assert (usage.reused_tokens, usage.generated_tokens) == (0, 1)


def test_a_slow_first_word_is_waited_for(remote: Remote, server: FakeOpenAI) -> None:
    soon = threading.Event()
    server.replies = [streamed(soon, *told("Here.").parts)]
    timer = threading.Timer(0.5, soon.set)
    timer.start()
    said = remote.ask(server.url)
    timer.join()
    assert said.joined("text") == "Here."
    assert said.result.usage.prefill_ms > 400


def test_nothing_there_is_said_at_once(remote: Remote) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    problem = remote.problem(f"http://127.0.0.1:{port}/v1")
    assert problem.code == "remote.unreachable"
    assert f"127.0.0.1:{port}" in problem.title


def test_a_server_without_encryption_at_an_https_address_is_named_so(remote: Remote, server: FakeOpenAI) -> None:
    assert remote.problem(server.url.replace("http:", "https:")).code == "remote.tls"


def test_a_certificate_that_nobody_trusts_is_named_so(remote: Remote, tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path / "server.pem")
    with fake_openai(certificate) as server:
        problem = remote.problem(server.url)
        assert problem.code == "remote.tls"
        assert "not trusted" in problem.title
        assert server.asked == []
        worker = Worker("remote", environment={"SSL_CERT_FILE": str(certificate)})
        server.replies = [told("Yes.")]
        try:
            assert Remote(worker).ask(server.url).joined("text") == "Yes."
        finally:
            worker.stop()


@pytest.mark.parametrize("key", ["two words", "schlüssel", "line\nbreak"])
def test_what_cannot_be_a_key_is_never_sent_nor_repeated(remote: Remote, server: FakeOpenAI, key: str) -> None:
    problem = remote.problem(server.url, endpoint=remote.endpoint(server.url, key=key))
    assert problem.code == "remote.unauthorized"
    assert key not in problem.title + problem.hint
    assert server.asked == []


# ---- what a server offers -----------------------------------------------------------------------------------------


def look(remote: Remote, url: str, **fields: Any) -> Loaded:
    return remote.worker.call(UseEndpoint(endpoint=remote.endpoint(url, **fields)), timeout_s=30)


def test_models_are_listed_and_a_missing_one_is_named(remote: Remote, server: FakeOpenAI) -> None:
    server.pages["/v1/models"] = listed("one", "two", {"id": 7}, {"id": "bad\nname"})
    assert remote.worker.call(EndpointModels(endpoint=remote.endpoint(server.url)), timeout_s=30) == ["one", "two"]
    with pytest.raises(Problem) as raised:
        look(remote, server.url, model="three")
    assert raised.value.code == "remote.no_model"
    assert "three" in raised.value.title


def test_a_server_far_away_is_asked_through_the_proxy_and_its_lack_of_encryption_noted(server: FakeOpenAI) -> None:
    worker = Worker("remote", environment={"HTTP_PROXY": f"http://{server.host}", "NO_PROXY": ""})
    server.pages["http://llm.example.org/v1/models"] = listed({"id": "one", "max_model_len": 9000})
    server.replies = [told("Yes.")]
    far = Remote(worker)
    try:
        loaded = look(far, "http://llm.example.org/v1")
        assert far.ask("http://llm.example.org/v1").joined("text") == "Yes."
    finally:
        worker.stop()
    assert (loaded.context, loaded.backend) == (9000, "llm.example.org")
    assert "not encrypted" in loaded.note


JSON_PAGES: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "vLLM": ({"max_model_len": 32768}, {}, 32768),
    "llama-server": ({"meta": {"n_ctx_train": 131072}}, {"/props": {"default_generation_settings": {"n_ctx": 6000}}},
                     6000),
    "LM Studio": ({}, {"/props": {"error": "Unexpected endpoint"}, "/api/v0/models": {"data": [
        {"id": "two", "max_context_length": 1}, {"id": "one", "loaded_context_length": 9000,
                                                 "max_context_length": 99999}]}}, 9000),
    "Ollama, loaded": ({}, {"/api/ps": {"models": [{"name": "one", "context_length": 16384}]}}, 16384),
    "Ollama, not loaded": ({}, {"/api/ps": {"models": []}}, 4096),
    "one that tells nothing": ({}, {}, 5000),
    "one that tells nonsense": ({"max_model_len": -5, "context_length": "many"}, {"/props": []}, 5000),
}  # fmt: skip


@pytest.mark.parametrize("kind", JSON_PAGES)
def test_the_context_is_what_the_server_tells(remote: Remote, server: FakeOpenAI, kind: str) -> None:
    model, pages, context = JSON_PAGES[kind]
    server.pages["/v1/models"] = listed({"id": "one", **model})
    for path, page in pages.items():
        server.pages[path] = Reply(parts=[json.dumps(page).encode()], type=JSON)
    loaded = look(remote, server.url, context=5000)
    assert (loaded.context, loaded.backend, loaded.note) == (context, server.host, "")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (PAGE, "remote.html"),
        (Reply(parts=[b"hello"], type="text/plain"), "remote.html"),
        (Reply(parts=[b'{"models": 3}']), "remote.bad_answer"),
        (error(401, "no"), "remote.unauthorized"),
        (Reply(parts=[b"[" * (2 << 20)]), "remote.bad_answer"),
    ],
)
def test_what_is_no_list_of_models_is_told(remote: Remote, server: FakeOpenAI, reply: Reply, code: str) -> None:
    server.pages["/v1/models"] = reply
    with pytest.raises(Problem) as raised:
        look(remote, server.url)
    assert raised.value.code == code


# ---- logs ---------------------------------------------------------------------------------------------------------


def test_nothing_of_what_is_sent_is_logged(server: FakeOpenAI, tmp_path: Path) -> None:
    said = tmp_path / "stderr"
    loud = (
        f"import logging, sys; sys.stderr = open({str(said)!r}, 'w'); logging.basicConfig(level=logging.DEBUG); "
        "from app.workers.remote.main import main; sys.exit(main())"
    )
    worker = Worker("remote", [sys.executable, "-P", "-c", loud])
    server.replies = [error(401, f"bad key {KEY}")]
    try:
        Remote(worker).problem(server.url)
    finally:
        worker.stop()
    text = said.read_text()
    assert text
    assert KEY not in text
    assert QUESTION not in text
