"""The remote worker as the engine meets it: a process that asks servers on loopback and hands on what they say."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from app.base.chat import ChatMessage, CountTokens, ToolCall
from app.link.outgoing import Outgoing
from tests.support.fake_openai import (
    DONE,
    FakeOpenAI,
    calls,
    delta,
    error,
    streamed,
    told,
)
from tests.support.remote_worker import KEY, QUESTION, SEARCH, TODAY, Remote
from tests.support.said import Said

# ---- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_streams_with_its_counts(remote: Remote, server: FakeOpenAI) -> None:
    server.replies = [told("It renews on 1 March.")]
    said = remote.ask(server.url)
    assert [name for name, _ in said.events][:2] == ["prefill", "prefill"]
    assert said.joined("text") == "It renews on 1 March."
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
