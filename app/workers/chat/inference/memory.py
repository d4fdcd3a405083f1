"""What memory a model takes, told from its header alone and to within a few per cent.

Weights and KV cache follow from the header exactly. Compute memory is what llama.cpp's graph has in hand at its widest
point; the formula here was read off what llama.cpp 0.3.36 reports for random models of five architectures and three
sizes (`python -m tests.bench fit` compares them again), and a dry load replaces it where it matters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.base.chat import CacheType
from app.workers.chat.inference.model_file import ModelFile
from app.workers.chat.inference.session import SLICE_TOKENS

_MOST_BLOCKS, _MOST_BYTES = 4096, 1 << 60  # a header may say anything
_WINDOW_PATTERNS = {"gemma2": 2, "gpt-oss": 2, "cohere2": 4, "llama4": 4, "exaone4": 4, "gemma3n": 5, "gemma3": 6}
"""Every how many layers one has no window, where llama.cpp knows it from the architecture."""
_BLOCK = re.compile(r"blk\.(\d+)\.")
_VALUE_BYTES: dict[CacheType, float] = {"f16": 2.0, "q8_0": 34 / 32}
_CELLS = 256  # llama.cpp rounds a context up to this
_REPACKED = {2, 12, 20}  # Q4_0, Q4_K, IQ4_NL: rearranged in memory on x86 (ggml-cpu/repack.cpp), the rest stays mapped


@dataclass(frozen=True)
class Memory:
    """Bytes that a model takes."""

    weights: int
    cache: int
    compute: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.compute


class Anatomy:
    """What each part of a model takes. Layers are counted from 0; the output layer comes after the last."""

    def __init__(self, file: ModelFile) -> None:
        self._header, self._lead = file.header, file.head.architecture
        self.blocks = min(file.head.layers, _MOST_BLOCKS)
        self._vocabulary = self._header.length("tokenizer.ggml.tokens")
        self._width = self._number("embedding_length")
        self._values = tuple(self._layer_values(layer) for layer in range(self.blocks))
        self._states = tuple(self._layer_state(layer) for layer in range(self.blocks))
        self._weigh(file)

    @property
    def layers(self) -> int:
        """Layers as llama.cpp counts them, with the output's."""
        return self.blocks + 1

    @property
    def may_quantise(self) -> bool:
        """Whether the KV cache can be kept at 8 bits: in blocks of 32 values of one head."""
        return all(width % 32 == 0 for width in self._head_widths()) and any(self._values)

    @property
    def weights_bytes(self) -> int:
        """All weights on the processor; an output that shares the vocabulary's matrix is a copy if it is rearranged."""
        copied = self._output == 0 and self._embedding_kind in _REPACKED
        return sum(self._block_bytes) + self._input + (self._input if copied else self._output) + self._rest

    def memory(self, context: int, cache: CacheType) -> Memory:
        """All memory, on the processor alone, for a context of so many tokens."""
        parts = (self.weights_bytes, self.cache_bytes(context, cache), self.compute_bytes(context))
        return Memory(*(min(part, _MOST_BYTES) for part in parts))

    def cache_bytes(self, context: int, cache: CacheType, last: int | None = None) -> int:
        """The KV cache and the states of layers that have one; of the last so many layers alone, if given."""
        first = 0 if last is None else max(self.blocks - last, 0)
        cells = -(-context // _CELLS) * _CELLS
        return int(sum(self._values[first:]) * cells * _VALUE_BYTES[cache]) + sum(self._states[first:])

    def device_weights_bytes(self, gpu_layers: int) -> int:
        """Weights on a device that holds the last so many layers: the output's, then blocks from the end.

        Source: llama.cpp's load_tensors, `i_gpu_start = n_layer + 1 - n_gpu_layers`.
        """
        if gpu_layers <= 0:
            return 0
        blocks = min(gpu_layers - 1, self.blocks)
        return (self._output or self._input) + sum(self._block_bytes[self.blocks - blocks :])

    def compute_bytes(self, context: int) -> int:
        """What computing takes beside weights and cache: masks, the widest layer's values, the logits of one token."""
        slice_tokens = min(SLICE_TOKENS, context)
        cells = -(-context // _CELLS) * _CELLS
        masks = (2 if self._mixes_windows() else 1 if any(self._values) else 0) * cells * slice_tokens * 2
        return masks + slice_tokens * 4 * self._widest() + self._vocabulary * 4

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _number(self, key: str) -> int:
        return self._header.number(f"{self._lead}.{key}")

    def _numbers(self, key: str) -> list[int]:
        return self._header.numbers(f"{self._lead}.{key}")

    def _weigh(self, file: ModelFile) -> None:
        blocks = [0] * self.blocks
        self._input = self._output = self._rest = 0
        self._embedding_kind = -1
        for tensor in file.tensors:
            match = _BLOCK.match(tensor.name)
            if match is not None and int(match[1]) < self.blocks:
                blocks[int(match[1])] += tensor.size_bytes
            elif tensor.name == "token_embd.weight":
                self._input += tensor.size_bytes
                self._embedding_kind = tensor.kind
            elif tensor.name == "output.weight":
                self._output += tensor.size_bytes
            else:
                self._rest += tensor.size_bytes
        self._block_bytes = tuple(blocks)

    def _head_widths(self) -> tuple[int, int]:
        heads = self._number("attention.head_count")
        width = self._width // heads if heads else 0
        return self._number("attention.key_length") or width, self._number("attention.value_length") or width

    def _layer_values(self, layer: int) -> int:
        """Values that a layer keeps of each token."""
        if self._recurrent(layer) or layer >= self.blocks - self._number("attention.shared_kv_layers"):
            return 0
        if low_rank := self._number("attention.kv_lora_rank"):  # one latent vector, without values of their own
            return low_rank + self._number("rope.dimension_count")
        kv_heads = self._numbers("attention.head_count_kv") or self._numbers("attention.head_count")
        of_layer = kv_heads[layer] if layer < len(kv_heads) else kv_heads[-1] if kv_heads else 0
        return of_layer * sum(self._head_widths())

    def _recurrent(self, layer: int) -> bool:
        every = self._number("full_attention_interval")
        if every > 1:
            return (layer + 1) % every != 0
        kv_heads = self._numbers("attention.head_count_kv")
        return len(kv_heads) > layer and kv_heads[layer] == 0

    def _layer_state(self, layer: int) -> int:
        """Bytes of a layer's recurrent state; it does not grow with the context."""
        if short := self._number("shortconv.l_cache"):
            return (short - 1) * self._width * 4 if self._recurrent(layer) else 0
        inner = self._number("ssm.inner_size")
        if not inner or (self._number("attention.head_count_kv") and not self._recurrent(layer)):
            return 0
        state = self._number("ssm.state_size")
        kernel = max(self._number("ssm.conv_kernel") - 1, 0)
        return 4 * (kernel * (inner + 2 * self._number("ssm.group_count") * state) + inner * state)

    def _mixes_windows(self) -> bool:
        """Whether there are windowed layers and whole ones: each sort has a mask of its own."""
        if not self._number("attention.sliding_window"):
            return False
        pattern = self._numbers("attention.sliding_window_pattern")
        if len(pattern) > 1:
            return len(set(pattern)) > 1
        return self.blocks >= (pattern[0] if pattern else _WINDOW_PATTERNS.get(self._lead, 2))

    def _widest(self) -> int:
        """Values of one token that the graph has in hand at its widest point."""
        heads = self._number("attention.head_count")
        key, value = self._head_widths()
        forward = self._number("feed_forward_length")
        experts = self._number("expert_used_count") * self._number("expert_feed_forward_length")
        inner = self._number("ssm.inner_size")
        # three of a feed-forward part (gate, up, their product), where a small one takes the place of what is done with
        widest = max(forward, experts)
        short = self._number("shortconv.l_cache") > 0
        feed = 3 * widest if short or widest > 2 * self._width else 2 * widest
        carried = 3 if short else 4
        attention = 3 * self._width + heads * (2 * key + value)
        return max(carried * self._width + feed, attention, 2 * self._width + 5 * inner)
