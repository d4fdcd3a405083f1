"""What llama.cpp can run on here, as lines of `familiar doctor`."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.errors import Problem
from app.base.index_values import Check
from app.workers.chat.inference.llama import Device, Llama
from app.workers.chat.inference.machine import default_threads, unused_gpu


def describe_backends(llama: Llama) -> list[Check]:
    """Version, processor and GPUs, one line each."""
    devices = llama.devices()
    lines = [
        Check(
            name="llama.cpp",
            level="ok",
            text=f"llama-cpp-python {llama.version} with llama.cpp {llama.build}",
        ),
        Check(name="processor", level="ok", text=_processor(llama, devices)),
    ]
    gpus = [device for device in devices if device.is_gpu]
    lines += [Check(name="GPU", level="ok", text=_device(gpu)) for gpu in gpus]
    if not llama.offloads:
        lines.append(_processor_alone(unused_gpu()))
    elif not gpus:
        lines.append(
            Check(
                name="GPU",
                level="warning",
                text="This build of llama.cpp could use a GPU, but finds none.",
                hint="Check the GPU's driver. Answers are computed on the processor meanwhile.",
            )
        )
    return lines


def describe_absence(problem: Problem) -> list[Check]:
    """The line that says why there is no llama.cpp."""
    return [Check(name="llama.cpp", level="warning", text=problem.title, hint=problem.hint)]


def _processor_alone(maker: str) -> Check:
    text = "This build of llama.cpp computes on the processor alone"
    if not maker:
        return Check(name="GPU", level="note", text=f"{text}.")
    return Check(
        name="GPU",
        level="warning",
        text=f"{text}, though there is a GPU by {maker}.",
        hint="Build it for the GPU: python3 packaging/bootstrap.py run --backend auto",
    )


def _processor(llama: Llama, devices: Sequence[Device]) -> str:
    name = next((device.description for device in devices if device.kind == "cpu"), "unknown")
    used = " ".join(part.split("=")[0].strip() for part in llama.features.split(":")[-1].split("|") if "= 1" in part)
    return f"{name}, {default_threads()} threads; {used}"


def _device(device: Device) -> str:
    free, total = device.free_bytes / 1e9, device.total_bytes / 1e9
    return f"{device.description or device.name} ({device.name}), {free:.1f} GB free of {total:.1f} GB"
