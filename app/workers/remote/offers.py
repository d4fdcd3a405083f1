"""What a server offers: its models, and how many tokens of context each has, where it tells."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

from app.base.chat import Endpoint, Loaded
from app.base.errors import Problem
from app.workers.remote.connection import Server
from app.workers.remote.failures import BROKEN, bad_answer, failure_of, no_model, not_an_api, silent
from app.workers.remote.patience import Patience

_PATIENCE_S = 8.0  # a person waits for the list
_LOOK_S = 5.0
_MODELS = 2000
_NAME_CHARS = 500
_LARGEST = 1 << 24
# Names of a model's context in lists of models: vLLM, OpenRouter, Groq, Mistral (max_context_length: LM Studio's too).
_CONTEXT_KEYS = ("max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length")
_OLLAMA_CONTEXT = 4096  # its default on machines with little video memory (docs/context-length.mdx of Ollama)


async def models(server: Server) -> list[str]:
    """The names of the models, as the server gives them. Raises Problem remote.*."""
    return list(await _list(server))


async def look(server: Server) -> Loaded:
    """Whether the endpoint's model can be used, and how. Raises Problem remote.*."""
    endpoint = server.endpoint
    began = time.perf_counter()
    offered = await _list(server)
    if endpoint.model not in offered:
        raise no_model(server.host, endpoint.model)
    took_ms = (time.perf_counter() - began) * 1000
    context = _context_in(offered[endpoint.model]) or await _context_elsewhere(server, endpoint)
    return Loaded(
        name=endpoint.model,
        context=context or endpoint.context,
        backend=server.host,
        load_ms=took_ms,
        note=server.address.warning,
    )


async def _list(server: Server) -> dict[str, dict[str, Any]]:
    """What the server says of each model, by name."""
    patience = Patience(_PATIENCE_S)
    while True:
        try:
            async with asyncio.timeout(server.endpoint.silence_s):
                answer = await server.get("/models")
            break
        except TimeoutError as error:
            raise silent(server.host) from error
        except BROKEN as error:
            failure = failure_of(error, server.host, [server.endpoint.key])
            pause_s = patience.pause_s(failure)
            if pause_s is None:
                raise failure.problem from error
            await asyncio.sleep(pause_s)
    if isinstance(answer, str):
        raise not_an_api(server.host, "text")
    entries = answer.get("data") if isinstance(answer, dict) else answer
    if not isinstance(entries, list):
        raise bad_answer(server.host, "without a list of models")
    named = [entry for entry in entries[:_MODELS] if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    return {entry["id"]: entry for entry in named if 0 < len(entry["id"]) <= _NAME_CHARS and entry["id"].isprintable()}


async def _context_elsewhere(server: Server, endpoint: Endpoint) -> int:
    """The context as the server's own pages beside the API tell it: llama-server, LM Studio, Ollama. 0 if none does."""
    parts = urlsplit(server.address.url)
    root = f"{parts.scheme}://{parts.netloc}"
    try:
        async with asyncio.timeout(_LOOK_S):
            props = await _page(server, f"{root}/props")
            context = _size(_inside(props, "default_generation_settings", "n_ctx"))
            if not context:
                context = _listed_context(await _page(server, f"{root}/api/v0/models"), endpoint.model)
            return context or await _ollama_context(server, root, endpoint.model)
    except TimeoutError:
        return 0


def _listed_context(page: object, model: str) -> int:
    """LM Studio's list, where a loaded model has its true context."""
    entries = _inside(page, "data")
    known = [entry for entry in entries if _inside(entry, "id") == model] if isinstance(entries, list) else []
    return _context_in(known[0]) if known else 0


async def _ollama_context(server: Server, root: str, model: str) -> int:
    """That of a loaded model; for one that is not loaded, the default, since Ollama cuts longer prompts in silence."""
    running = _inside(await _page(server, f"{root}/api/ps"), "models")
    if not isinstance(running, list):
        return 0
    for entry in running:
        if isinstance(entry, dict) and model in (entry.get("name"), entry.get("model")):
            return _context_in(entry) or _OLLAMA_CONTEXT
    return _OLLAMA_CONTEXT


async def _page(server: Server, url: str) -> object:
    """The JSON there; None if there is none."""
    try:
        return await server.get(url)
    except (*BROKEN, Problem):
        return None


def _context_in(entry: object) -> int:
    """What a description of a model says of its context; 0 if nothing. llama-server tells it under “meta”."""
    found = (_size(_inside(entry, key)) for key in _CONTEXT_KEYS)
    return next((size for size in found if size), 0) or _size(_inside(entry, "meta", "n_ctx"))


def _inside(value: object, *path: str) -> object:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _size(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST else 0
