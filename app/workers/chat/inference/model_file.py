"""Whether a file is a chat model that we can run, told from its header alone."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from app.base.chat import ModelHead
from app.base.errors import Problem
from app.base.hub import split_of
from app.workers.chat.inference.header import BadHeader, Header, Tensor, read_header
from app.workers.chat.inference.quantisation import quantisation

_GGUF_HINT = "Choose a chat model in GGUF format, for instance an “instruct” model of 0.5 to 8 billion parameters."
_AGAIN_HINT = "Download it again; nothing was changed."
_ARCHITECTURE = re.compile(r"[\w.-]{1,64}", re.ASCII)
_POOLING_NONE = 0
_MOST_LAYERS = 512  # LLAMA_MAX_LAYERS
_UNKNOWN_CONTEXT = 4096
_MOST = 1 << 50  # a header may say anything
_NOT_AUTOREGRESSIVE = {
    "dream": "It writes by diffusion.",
    "llada": "It writes by diffusion.",
    "llada-moe": "It writes by diffusion.",
    "rnd1": "It writes by diffusion.",
    "t5": "It is an encoder with a decoder, made for translation and the like.",
    "wavtokenizer-dec": "It makes sound.",
}


@dataclass(frozen=True)
class ModelFile:
    """A chat model's file. path: of its first part; header: of that part; tensors: of all parts."""

    path: Path
    header: Header
    head: ModelHead
    tensors: tuple[Tensor, ...]

    @property
    def template(self) -> str:
        """The chat template in Jinja's language; "" if the file brings none."""
        return self.header.text("tokenizer.chat_template")


def read_model_file(path: Path) -> ModelFile:
    """The chat model at `path`. Raises Problem model.* in plain words if it is none, or not whole."""
    header = _header(path)
    parts = _parts(path, header)
    _refuse_what_is_no_chat_model(path, header)
    _refuse_what_would_end_the_process(path, header)
    lead = header.text("general.architecture")
    tensors = tuple(tensor for part in parts for tensor in part.tensors)
    head = ModelHead(
        name=_name(path, header),
        architecture=lead,
        context=min(header.number(f"{lead}.context_length"), _MOST) or _UNKNOWN_CONTEXT,
        size_bytes=sum(part.size_bytes for part in parts),
        template=bool(header.text("tokenizer.chat_template")),
        parameters=min(sum(tensor.values for tensor in tensors), _MOST),
        quantisation=quantisation(header, tensors),
        layers=min(header.number(f"{lead}.block_count"), _MOST),
        licence=_line(header.text("general.license"))[:60],
    )
    return ModelFile(path, header, head, tensors)


def _header(path: Path) -> Header:
    try:
        return read_header(path)
    except BadHeader as error:
        raise _bad(path, error) from error
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Problem("model.unreadable", f"{path.name} cannot be read: {reason}.", "Check its permissions.") from error


def _missing(path: Path) -> Problem:
    if not path.parent.exists():  # a drive that is not connected takes its folders with it
        return Problem(
            "model.missing",
            f"There is no folder {path.parent}, where {path.name} lay.",
            "Connect the drive that it is on, or add the model again from where it is now.",
        )
    return Problem("model.missing", f"There is no file {path}.", "Was it moved or renamed? Add it again.")


def _bad(path: Path, error: BadHeader) -> Problem:
    if error.kind == "truncated":
        return Problem("model.truncated", f"{path.name} is incomplete: {error}.", _AGAIN_HINT)
    if error.kind == "corrupt":
        return Problem("model.corrupt", f"{path.name} is damaged: {error}.", _AGAIN_HINT)
    if error.kind == "version":
        return Problem(
            "model.version",
            f"{path.name} is a GGUF file of a kind that llama.cpp does not read: {error}.",
            "Download a newer conversion of the same model.",
        )
    return Problem("model.not_gguf", f"{path.name} is no GGUF file: {error}.", _GGUF_HINT)


def _refuse_what_is_no_chat_model(path: Path, header: Header) -> None:
    kind, lead = header.text("general.type"), header.text("general.architecture")
    if kind == "adapter" or header.text("adapter.type"):
        raise Problem(
            "model.adapter",
            f"{path.name} is a LoRA adapter: a change to another model, no model by itself.",
            "Choose the model that it was made for, or one into which it was merged.",
        )
    if kind == "mmproj" or lead == "clip":
        raise Problem(
            "model.projector",
            f"{path.name} is the picture-reading part (mmproj) of a model.",
            "Choose the model's main file, which lies beside it.",
        )
    if not _ARCHITECTURE.fullmatch(lead):
        raise Problem("model.corrupt", f"{path.name} does not say which kind of model it is.", _AGAIN_HINT)
    if "bert" in lead or lead.endswith(("-embedding", "-embed")) or lead == "t5encoder" or _pools(header, lead):
        raise Problem(
            "model.embedder",
            f"{path.name} is an embedding or ranking model ({lead}): it compares texts and cannot write.",
            f"Familiar brings its own embedding model. {_GGUF_HINT}",
        )
    if lead in _NOT_AUTOREGRESSIVE:
        raise Problem("model.not_chat", f"{path.name} ({lead}) cannot chat. {_NOT_AUTOREGRESSIVE[lead]}", _GGUF_HINT)
    if kind in ("vocab", "imatrix") or not header.tensors:
        raise Problem("model.no_weights", f"{path.name} holds no weights, only data about a model.", _GGUF_HINT)
    words = header.text("tokenizer.ggml.model")
    if words in ("", "none", "no_vocab") or not header.length("tokenizer.ggml.tokens"):
        raise Problem("model.no_vocabulary", f"{path.name} has no vocabulary: it is no language model.", _GGUF_HINT)


def _refuse_what_would_end_the_process(path: Path, header: Header) -> None:
    """Raise Problem model.corrupt for numbers over which llama.cpp aborts instead of refusing the file."""
    lead = header.text("general.architecture")
    layers = header.metadata.get(f"{lead}.block_count", 1)
    if not isinstance(layers, int) or not 1 <= layers <= _MOST_LAYERS:
        raise Problem("model.corrupt", f"{path.name} is damaged: it says that it has {layers} layers.", _AGAIN_HINT)
    for key, value in header.metadata.items():
        if key.endswith("epsilon") and isinstance(value, float) and not 0 <= value < math.inf:
            raise Problem("model.corrupt", f"{path.name} is damaged: {key} is {value}.", _AGAIN_HINT)


def _pools(header: Header, lead: str) -> bool:
    return header.number(f"{lead}.pooling_type") > _POOLING_NONE


def _parts(path: Path, header: Header) -> list[Header]:
    count = header.number("split.count")
    if count <= 1:
        return [header]
    split = split_of(path.name)
    if split is None or split.of != count:
        raise Problem(
            "model.part_missing",
            f"{path.name} is one of {count} parts of a model, but its name does not say which.",
            f"Give the parts their original names, ending in -00001-of-{count:05}.gguf and so on.",
        )
    names = [f"{split.stem}-{part:05}-of-{count:05}{path.suffix}" for part in range(1, count + 1)]
    if split.number != 1:
        raise Problem("model.not_first_part", f"{path.name} is a later part of a model.", f"Choose {names[0]}.")
    missing = [name for name in names if not (path.parent / name).is_file()]
    if missing:
        raise Problem(
            "model.part_missing",
            f"{path.name} is one of {count} parts of a model, and {missing[0]} is missing.",
            "Put all parts into one folder.",
        )
    return [header, *(_header(path.parent / name) for name in names[1:])]


def _name(path: Path, header: Header) -> str:
    return _line(header.text("general.name"))[:120] or path.stem


def _line(text: str) -> str:
    """A text of the file's as one line that can be shown."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
