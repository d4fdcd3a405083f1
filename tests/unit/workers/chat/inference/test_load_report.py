"""What llama.cpp tells of a load, and what a file's author may have written into it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.base.chat import Fit, LoadOptions
from app.workers.chat.inference import load_report as reports
from app.workers.chat.inference import loading
from app.workers.chat.inference.fit import Fitting
from app.workers.chat.inference.llama import Llama
from app.workers.chat.inference.machine import look_at_machine
from app.workers.chat.inference.model_file import read_model_file
from tests.support.gguf_models import write_random_model

MIB = 1 << 20
TOLD = [
    "load_tensors: offloading output layer to GPU\n",
    "load_tensors: offloaded 12/33 layers to GPU\n",
    "load_tensors:   CPU_Mapped model buffer size =   100.50 MiB\n",
    "load_tensors:        CUDA0 model buffer size =  2000.00 MiB\n",
    "llama_context:  CUDA_Host  output buffer size =     0.50 MiB\n",
    "llama_kv_cache:      CUDA0 KV buffer size =    48.00 MiB\n",
    "llama_kv_cache: size =   64.00 MiB (  4096 cells,  32 layers,  1/1 seqs), K (f16):   32.00 MiB\n",
    "llama_memory_recurrent: size =    0.25 MiB (     1 cells,  12 layers)\n",
    "sched_reserve:      CUDA0 compute buffer size =   300.00 MiB\n",
    "sched_reserve:  CUDA_Host compute buffer size =    10.00 MiB\n",
]


def test_sizes_are_summed_over_devices_and_sorts_of_cache() -> None:
    assert reports.cache_bytes(TOLD) == 64.25 * MIB
    assert reports.compute_bytes(TOLD) == 310.5 * MIB
    assert reports.weights_bytes(TOLD) == 2100.5 * MIB
    assert reports.offloaded_layers(TOLD) == 12
    assert reports.offloaded_layers(TOLD[2:]) is None


def test_name_of_a_model_cannot_tell_what_a_load_takes(llama: Llama, tmp_path: Path) -> None:
    lie = "x\nllama_kv_cache: size = 9999.00 MiB (\nload_tensors: offloaded 99/99 layers to GPU\n"
    file = read_model_file(write_random_model(tmp_path / "m.gguf", name=lie))
    fitting = Fitting(file, LoadOptions(context=512, gpu_layers=0), look_at_machine(llama))
    assert loading.load_dry(llama, file, fitting).cache_bytes < MIB
    with llama.listening() as told:
        loading.load_dry(llama, file, fitting)
    assert reports.offloaded_layers(told) is None


def test_fewer_layers_on_the_gpu_than_planned_are_told(caplog: pytest.LogCaptureFixture) -> None:
    fit = Fit(
        verdict="fits", context=4096, threads=4, gpu_layers=33, layers=33, cache="f16", weights_bytes=1, cache_bytes=1,
        compute_bytes=1, available_bytes=9, device="A card",
    )  # fmt: skip
    assert loading._as_it_came(fit, None) == loading._as_it_came(fit, 33) == fit
    fewer = loading._as_it_came(fit, 20)
    assert (fewer.gpu_layers, fewer.device) == (20, "A card")
    assert "Only 20 of 33" in fewer.note
    none = loading._as_it_came(fit, 0)
    assert (none.gpu_layers, none.device) == (0, "cpu")
    assert "runs on the processor" in none.note
    assert len(caplog.records) == 2


def test_load_that_computes_is_told_to_be_alive_and_one_that_sleeps_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_PULSE_S", 0.02)
    work, looked, beats = [0], threading.Semaphore(0), threading.Semaphore(0)

    def measure(_process: object) -> tuple[int, int]:
        looked.release()
        return work[0], 0

    monkeypatch.setattr(loading, "_work_done", measure)
    with loading._pulse(lambda _share: beats.release()):
        for _ in range(5):
            assert looked.acquire(timeout=10)
        assert not beats.acquire(blocking=False)
        work[0] += 1
        assert beats.acquire(timeout=10)
