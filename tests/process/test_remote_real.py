"""The remote worker against a real OpenAI-compatible server: llama_cpp.server, on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import msgspec
import pytest

from app.base.chat import ChatMessage, Endpoint, EndpointModels, Generate, ToolSpec, UseEndpoint
from app.base.errors import Problem
from app.link.outgoing import Outgoing
from app.link.workers import Worker
from tests.support.gguf_models import Shape, write_random_model
from tests.support.llama_server import LlamaServer, llama_server

KEY = "sk-of-the-test-0123456789"
CONTEXT = 2048
LIGHT = ToolSpec(
    name="light",
    description="Switch the light.",
    parameters={"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"]},
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    """A server with a model of random weights that writes for as long as it may."""
    folder = tmp_path_factory.mktemp("served")
    model = write_random_model(folder / "random.gguf", Shape(context=CONTEXT))
    with llama_server(model, folder, key=KEY, context=CONTEXT, name="random", form="chatml-function-calling") as server:
        yield server


def ask(served: LlamaServer, text: str = "Once upon a time", **fields: object) -> Generate:
    endpoint = Endpoint(url=served.url, model=served.model, key=KEY, context=CONTEXT)
    call = Generate(messages=[ChatMessage(role="user", content=text)], max_tokens=24, endpoint=endpoint)
    return msgspec.structs.replace(call, **fields)


def test_an_answer_streams(served: LlamaServer, bare_remote: Worker) -> None:
    texts: list[str] = []
    result = bare_remote.call(
        ask(served),
        on_event=lambda name, body: texts.append(msgspec.json.decode(body)) if name == "text" else None,
        timeout_s=60,
    )
    assert result.reason == "length"
    assert len(texts) > 5
    assert 10 <= result.usage.generated_tokens <= 24
    assert result.usage.first_text_ms < result.usage.total_ms


def test_a_forced_tool_is_called(served: LlamaServer, bare_remote: Worker) -> None:
    result = bare_remote.call(ask(served, tools=(LIGHT,), force="light", max_tokens=100), timeout_s=60)
    assert result.reason == "call"
    (call,) = result.calls
    assert call.name == "light"
    assert isinstance(call.arguments["on"], bool)


def test_stop_is_heard_at_once_and_the_server_is_free_again(served: LlamaServer, bare_remote: Worker) -> None:
    first = threading.Event()
    calls: list[Outgoing] = []
    cancelled_at: list[float] = []

    def cancel() -> None:
        first.wait(30)
        cancelled_at.append(time.monotonic())
        calls[0].cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    result = bare_remote.call(
        ask(served, max_tokens=1800),
        on_event=lambda name, _: first.set() if name == "text" else None,
        on_started=calls.append,
        timeout_s=60,
    )
    took_s = time.monotonic() - cancelled_at[0]
    thread.join()
    assert result.reason == "stop"
    assert took_s < 0.2
    assert bare_remote.call(ask(served, max_tokens=2), timeout_s=20).reason == "length"


def test_its_models_are_listed(served: LlamaServer, bare_remote: Worker) -> None:
    endpoint = Endpoint(url=served.url, model=served.model, key=KEY, context=CONTEXT)
    assert bare_remote.call(EndpointModels(endpoint=endpoint), timeout_s=20) == ["random"]
    loaded = bare_remote.call(UseEndpoint(endpoint=endpoint), timeout_s=20)
    assert (loaded.name, loaded.context) == ("random", CONTEXT)


@pytest.mark.parametrize("key", ["", "sk-of-somebody-else"])
def test_a_wrong_key_is_told(served: LlamaServer, bare_remote: Worker, key: str) -> None:
    endpoint = Endpoint(url=served.url, model=served.model, key=key)
    with pytest.raises(Problem) as raised:
        bare_remote.call(EndpointModels(endpoint=endpoint), timeout_s=20)
    assert raised.value.code == "remote.unauthorized"
    with pytest.raises(Problem) as raised:
        bare_remote.call(ask(served, endpoint=endpoint), timeout_s=20)
    assert raised.value.code == "remote.unauthorized"


def test_a_prompt_longer_than_the_context_is_told(served: LlamaServer, bare_remote: Worker) -> None:
    with pytest.raises(Problem) as raised:
        bare_remote.call(ask(served, "word " * 3000), timeout_s=20)
    assert raised.value.code == "remote.too_long"
