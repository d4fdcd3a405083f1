"""The remote worker as the engine meets it: a process that asks servers on loopback, well-behaved ones and others."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.chat import (
    ChatMessage,
    CountTokens,
    Endpoint,
    EndpointModels,
    Generate,
    Generated,
    Loaded,
    ToolCall,
    ToolSpec,
    UseEndpoint,
)
from app.base.errors import Problem
from app.link.peer import Outgoing
from app.link.workers import Worker
from tests.support.fake_openai import (
    DONE,
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

KEY = "sk-very-secret-key-0123456789"
QUESTION = "When does the lease on the flat in Linden Court renew?"
THEIRS = {
    **{f"OPENAI_{name}": "theirs" for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL")},
    "OPENAI_CUSTOM_HEADERS": "X-Theirs: theirs",
    "OPENAI_LOG": "debug",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}
SEARCH = ToolSpec(
    name="search",
    description="Find passages.",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer", "minimum": 1}},
        "required": ["query"],
        "additionalProperties": False,
    },
)
TODAY = ToolSpec(name="today", description="The date.", parameters={"type": "object", "properties": {}})


@dataclass
class Said:
    """What came of a Generate."""

    result: Generated
    events: list[tuple[str, Any]] = field(default_factory=list)

    def joined(self, name: str) -> str:
        return "".join(body for event, body in self.events if event == name)


class Remote:
    """A remote worker."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def endpoint(self, url: str, **fields: Any) -> Endpoint:
        return msgspec.structs.replace(Endpoint(url=url, model="one", key=KEY, silence_s=10, connect_s=2), **fields)

    def ask(
        self,
        url: str,
        *,
        tools: tuple[ToolSpec, ...] = (),
        started: Callable[[Outgoing], None] | None = None,
        endpoint: Endpoint | None = None,
        **fields: Any,
    ) -> Said:
        events: list[tuple[str, Any]] = []
        call = Generate(
            messages=[ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content=QUESTION)],
            tools=tools,
            max_tokens=200,
            seed=7,
            endpoint=endpoint or self.endpoint(url),
        )
        result = self.worker.call(
            msgspec.structs.replace(call, **fields),
            on_event=lambda name, body: events.append((name, msgspec.json.decode(body))),
            on_started=started,
            timeout_s=40,
        )
        return Said(result, events)

    def problem(self, url: str, **fields: Any) -> Problem:
        with pytest.raises(Problem) as raised:
            self.ask(url, **fields)
        problem = raised.value
        for text in (problem.title, problem.hint):
            assert KEY not in text
            assert QUESTION not in text
        assert problem.title
        return problem


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    """One worker for all, among variables that are meant for other programs."""
    worker = Worker("remote", environment=THEIRS)
    worker.peer()
    yield Remote(worker)
    worker.stop()


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with fake_openai() as fake:
        yield fake


# ---- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_streams_with_its_counts(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [told("It renews on 1 March.")]
    said = remote.ask(server.url)
    assert [name for name, _ in said.events][:2] == ["prefill", "prefill"]
    assert said.joined("text") == "ItrenewsonMarch.".replace("on", "on1")
    assert said.result.reason == "end"
    usage = said.result.usage
    assert (usage.prompt_tokens, usage.reused_tokens, usage.generated_tokens) == (40, 8, 7)
    assert 0 < usage.prefill_ms <= usage.first_text_ms <= usage.total_ms
    (stretch,) = said.result.slices
    assert (stretch.position, stretch.tokens) == (8, 32)


def test_the_request_says_what_is_needed_and_nothing_of_this_machine(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [told("Yes.")]
    remote.ask(server.url, tools=(SEARCH,))
    (asked,) = server.chats
    assert set(asked.headers) == {
        "host", "accept", "accept-encoding", "user-agent", "authorization", "content-type", "content-length",
    }  # fmt: skip
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["user-agent"] == "Familiar"
    assert asked.body["model"] == "one"
    assert asked.body["stream"] is True
    assert asked.body["max_tokens"] == 200
    assert [message["role"] for message in asked.body["messages"]] == ["system", "user"]
    assert asked.body["tools"][0]["function"]["parameters"] == SEARCH.parameters


def test_a_server_that_needs_no_key_gets_none(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [told("Yes.")]
    remote.ask(server.url, endpoint=remote.endpoint(server.url, key=""))
    assert "authorization" not in server.chats[0].headers


def test_another_programs_account_and_proxy_are_not_used(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [told("Yes.")]
    remote.ask(server.url, endpoint=remote.endpoint(server.url, key=""))
    assert "theirs" not in str(server.chats[0].headers)


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_comes_apart_from_the_answer(remote: Remote, server: FakeOpenAI, name: str) -> None:
    server.replies = [
        streamed(delta(**{name: "Let me "}), delta(**{name: "see."}), delta("stop", content="Yes."), DONE)
    ]
    said = remote.ask(server.url)
    assert said.joined("reasoning") == "Let me see."
    assert said.joined("text") == "Yes."


def test_reasoning_in_the_text_comes_apart_from_the_answer(remote: Remote, server: FakeOpenAI) -> None:
    pieces = ["\n<th", "ink>Let me", " see.</thi", "nk>\n\n", "Ye", "s. </think>"]
    server.replies = [streamed(*(delta(content=piece) for piece in pieces), delta("stop"), DONE)]
    said = remote.ask(server.url)
    assert said.joined("reasoning") == "Let me see."
    assert said.joined("text") == "Yes. </think>"


def test_counts_are_estimated_where_the_server_gives_none(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [streamed(delta(content="Yes"), delta(content="."), delta("stop"), DONE)]
    usage = remote.ask(server.url).result.usage
    assert 15 < usage.prompt_tokens < 60
    assert usage.generated_tokens == 2


def test_texts_are_counted_by_an_estimate(remote: Remote) -> None:
    counts = remote.worker.call(CountTokens(texts=["", "Hello there, how are you?", "你好世界"]), timeout_s=10)
    assert counts[0] == 0
    assert 5 <= counts[1] <= 10
    assert 4 <= counts[2] <= 8


def test_a_server_that_forgets_its_limit_is_cut_off(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [streamed(*[delta(content="x" * 1000)] * 100, delta("stop"), DONE)]
    said = remote.ask(server.url, max_tokens=10)
    assert said.result.reason == "length"
    assert len(said.joined("text")) < 5000


def test_a_whole_stream_without_a_reason_for_its_end_is_an_answer(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [streamed(delta(content="Yes."), DONE)]
    assert remote.ask(server.url).result.reason == "end"


# ---- stopping -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begun", [True, False])
def test_stop_closes_the_connection_at_once(remote: Remote, server: FakeOpenAI, begun: bool) -> None:
    never = threading.Event()
    server.replies = [streamed(*([delta(content="It ")] if begun else []), never)]
    cancelled_at: list[float] = []
    outgoing: list[Outgoing] = []

    def cancel() -> None:
        while not server.chats:
            threading.Event().wait(0.005)
        threading.Event().wait(0.1)
        cancelled_at.append(time.monotonic())
        outgoing[0].cancel()

    canceller = threading.Thread(target=cancel)

    def started(call: Outgoing) -> None:
        outgoing.append(call)
        canceller.start()

    said = remote.ask(server.url, started=started)
    took_s = time.monotonic() - cancelled_at[0]
    canceller.join()
    assert said.result.reason == "stop"
    assert said.joined("text") == ("It " if begun else "")
    assert took_s < 0.2
    assert server.chats[0].gone.wait(2)


def test_stop_ends_a_pause_between_tries(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [error(429, "Slow down.", retry_after="20")]
    cancelled_at: list[float] = []

    def started(call: Outgoing) -> None:
        def cancel() -> None:
            while not server.chats:
                threading.Event().wait(0.005)
            threading.Event().wait(0.1)
            cancelled_at.append(time.monotonic())
            call.cancel()

        threading.Thread(target=cancel).start()

    assert remote.ask(server.url, started=started).result.reason == "stop"
    assert time.monotonic() - cancelled_at[0] < 0.2


def test_two_answers_are_written_at_once(remote: Remote, server: FakeOpenAI) -> None:
    go_on = threading.Event()
    server.replies = [streamed(delta(content="slow"), go_on, delta("stop"), DONE), told("quick")]
    slow: list[Said] = []
    thread = threading.Thread(target=lambda: slow.append(remote.ask(server.url)))
    thread.start()
    while not server.chats:
        threading.Event().wait(0.005)
    assert remote.ask(server.url).joined("text") == "quick"
    go_on.set()
    thread.join(20)
    assert slow[0].joined("text") == "slow"


# ---- tools --------------------------------------------------------------------------------------------------------


def fragment(arguments: str, name: str | None = None, **fields: Any) -> dict[str, Any]:
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {"type": "function", "function": function, **fields}


SHAPES: dict[str, list[bytes]] = {
    "fragments of arguments": [
        calls(fragment("", "search", index=0, id="a")),
        calls(fragment('{"que', index=0)),
        calls(fragment('ry": "lease"}', index=0)),
        calls(fragment("", "today", index=1, id="b")),
        calls(fragment("{}", index=1)),
    ],
    "fragments of both in turn": [
        calls(fragment("", "search", index=0, id="a"), fragment("", "today", index=1, id="b")),
        calls(fragment('{"query":', index=0), fragment("{", index=1)),
        calls(fragment(' "lease"}', index=0), fragment("}", index=1)),
    ],
    "whole calls in one delta": [
        calls(
            fragment('{"query": "lease"}', "search", index=0, id="a"), fragment("{}", "today", index=1, id="b")
        )
    ],
    "whole calls without an index": [
        calls(fragment('{"query": "lease"}', "search", id="a")), calls(fragment("", "today", id="b")),
    ],
    "fragments without an index": [
        calls(fragment("", "search", id="a")), calls(fragment('{"query": "le')), calls(fragment('ase"}')),
        calls(fragment("", "today", id="b")),
    ],
    "every call numbered 0": [
        calls(fragment('{"query": "lease"}', "search", index=0, id="a")),
        calls(fragment("{}", "today", index=0, id="b")),
    ],
    "the name with every fragment": [
        calls(fragment('{"query":', "search", index=0, id="a")),
        calls(fragment(' "lease"}', "search", index=0, id="a")),
        calls(fragment("", "today", index=1, id="b")),
    ],
    "an object for arguments": [
        calls({"index": 0, "id": "a", "function": {"name": "search", "arguments": {"query": "lease"}}}),
        calls({"index": 1, "id": "b", "function": {"name": "today", "arguments": {}}}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_tool_calls_are_put_together(remote: Remote, server: FakeOpenAI, shape: str) -> None:
    server.replies = [streamed(delta(role="assistant", content=None), *SHAPES[shape], delta("tool_calls"), DONE)]
    said = remote.ask(server.url, tools=(SEARCH, TODAY))
    assert said.result.reason == "call"
    assert said.result.refused == ()
    assert said.result.calls == (
        ToolCall(id="a", name="search", arguments={"query": "lease"}),
        ToolCall(id="b", name="today", arguments={}),
    )


def test_a_call_that_was_cut_off_is_not_made(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [streamed(calls(fragment('{"query": "lease"}', "search", index=0, id="a")), delta("length"), DONE)]
    result = remote.ask(server.url, tools=(SEARCH,)).result
    assert (result.reason, result.calls, result.cut_call) == ("length", (), "search")


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("erase", "{}", "no such tool"),
        ("search", '{"query": "a"', "not valid JSON"),
        ("search", '["a"]', "one JSON object"),
        ("search", "{}", "'query' is a required property"),
        ("search", '{"query": "a", "limit": 0}', "limit"),
        ("search", "[" * 20_000, "not valid JSON"),
        ("search", '{"query": "' + "x" * 70_000 + '"}', "too long"),
    ],
)  # fmt: skip
def test_a_call_that_is_not_right_is_refused_with_its_reason(
    remote: Remote, server: FakeOpenAI, name: str, arguments: str, reason: str
) -> None:
    server.replies = [streamed(calls(fragment(arguments, name, index=0, id="a")), delta("tool_calls"), DONE)]
    result = remote.ask(server.url, tools=(SEARCH,), max_tokens=4000).result
    assert result.calls == ()
    (refused,) = result.refused
    assert refused.startswith(name)
    assert reason in refused
    assert len(refused) < 500


def test_no_more_than_eight_calls_are_looked_at(remote: Remote, server: FakeOpenAI) -> None:
    many = [calls(fragment("{}", "today", index=at, id=f"c{at}")) for at in range(20)]
    server.replies = [streamed(*many, delta("tool_calls"), DONE)]
    result = remote.ask(server.url, tools=(TODAY,)).result
    assert len(result.calls) == 8
    assert len(result.refused) == 1


def test_one_tool_can_be_forced(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [streamed(calls(fragment("{}", "today", index=0)), delta("stop"), DONE)]
    result = remote.ask(server.url, tools=(SEARCH, TODAY), force="today").result
    assert server.chats[0].body["tool_choice"] == {"type": "function", "function": {"name": "today"}}
    assert [call.name for call in result.calls] == ["today"]
    assert result.calls[0].id


def test_earlier_calls_and_their_results_are_told(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [told("Yes.")]
    call = ToolCall(id="a", name="search", arguments={"query": "é"})
    messages = [
        ChatMessage(role="user", content=QUESTION),
        ChatMessage(role="assistant", content="", calls=(call,)),
        ChatMessage(role="tool", content="found", call_id="a", name="search"),
    ]
    remote.ask(server.url, tools=(SEARCH,), messages=messages)
    _, made, result = server.chats[0].body["messages"]
    assert made["tool_calls"][0]["id"] == result["tool_call_id"] == "a"
    assert json.loads(made["tool_calls"][0]["function"]["arguments"]) == {"query": "é"}
    assert made["content"] is None


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
