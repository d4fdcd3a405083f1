"""llama_cpp.server, a real OpenAI-compatible server, on loopback for a test."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.live import until

_START_S = 60


@dataclass(frozen=True)
class LlamaServer:
    """A running one. url: up to and with /v1."""

    url: str
    model: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def llama_server(model: Path, folder: Path, *, key: str, context: int, name: str, form: str) -> Iterator[LlamaServer]:
    """Serve a GGUF file. folder: for its log. form: how it renders chats. Skips the test where llama_cpp is absent."""
    pytest.importorskip("llama_cpp", reason="needs llama-cpp-python")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = {
        "model": str(model), "model_alias": name, "host": "127.0.0.1", "port": str(port), "api_key": key,
        "n_ctx": str(context), "chat_format": form, "n_threads": "2",
    }  # fmt: skip
    words = [word for option, value in options.items() for word in (f"--{option}", value)]
    with (folder / "llama_server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "llama_cpp.server", *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        assert until(lambda: process.poll() is not None or _answers(port), _START_S)
        assert process.poll() is None, (folder / "llama_server.log").read_text(errors="replace")[-2000:]
        yield LlamaServer(f"http://127.0.0.1:{port}/v1", name, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/v1/models")
        return connection.getresponse().status == 401
    except OSError:
        return False
    finally:
        connection.close()
