"""What llama.cpp is compiled for: found by looking, said in sentences, never in the way of a first start."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest
from familiar_setup import backends, chat_build, commands, environment, system
from familiar_setup.backends import Machine, Plan
from familiar_setup.checkout import Checkout, SetupFailed
from familiar_setup.environment import Stamp

from app.base import system_packages
from app.base.system_packages import Probes

VULKANINFO = """
GPU0:
	deviceType         = PHYSICAL_DEVICE_TYPE_CPU
	deviceName         = llvmpipe (LLVM 15.0.6, 256 bits)
GPU1:
	deviceType         = PHYSICAL_DEVICE_TYPE_DISCRETE_GPU
	deviceName         = AMD Radeon RX 7900 XTX (RADV NAVI31)
"""
HAS_ALL = Probes(loads=lambda _: True, has_header=lambda _: True)


class Tools:
    """A folder of commands that say what a test wants, alone on PATH."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        folder.mkdir()
        monkeypatch.setenv("PATH", str(folder))
        for name in ("CUDA_HOME", "CUDA_PATH", "CUDACXX"):
            monkeypatch.delenv(name, raising=False)

    def add(self, name: str, says: str = "", code: int = 0) -> None:
        said = self._folder / f"{name}.txt"
        said.write_text(says)
        tool = self._folder / name
        tool.write_text(f"#!/bin/sh\n/bin/cat {said}\nexit {code}\n")
        tool.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    return Tools(tmp_path / "tools", monkeypatch)


def machine(tmp_path: Path, probes: Probes | None = None, **fields: object) -> Machine:
    """A machine of Debian without a GPU; commands are those on PATH."""
    nothing = Probes(loads=lambda _: False, has_header=lambda _: False)
    usual = {
        "probes": probes or nothing, "platform": "linux", "family": lambda: "debian",
        "exists": lambda _: False, "has_cuda_driver": lambda: False, "render_nodes": tmp_path / "drm",
    }  # fmt: skip
    return Machine(**{**usual, **fields})  # type: ignore[arg-type]


def render_node(tmp_path: Path, vendor: str) -> None:
    device = tmp_path / "drm" / "renderD128" / "device"
    device.mkdir(parents=True)
    (device / "vendor").write_text(f"{vendor}\n")


@pytest.mark.usefixtures("tools")
def test_without_a_gpu_it_is_the_processor_without_a_word(tmp_path: Path) -> None:
    assert backends.choose("auto", machine(tmp_path)) == Plan("cpu")
    assert backends.choose("cpu", machine(tmp_path)) == Plan("cpu")


def test_an_nvidia_gpu_with_its_toolkit_is_used(tmp_path: Path, tools: Tools) -> None:
    tools.add("nvidia-smi", "NVIDIA H200\nNVIDIA H200\n")
    tools.add("nvcc")
    for wish in ("auto", "cuda"):
        plan = backends.choose(wish, machine(tmp_path))
        assert plan == Plan("cuda", ("-DGGML_CUDA=on", "-DCMAKE_CUDA_ARCHITECTURES=native"), "NVIDIA H200")
        assert plan.text == "Found: NVIDIA H200. llama.cpp is compiled for CUDA."


def test_a_toolkit_beside_the_path_is_named_to_cmake(tmp_path: Path, tools: Tools) -> None:
    tools.add("nvidia-smi", "NVIDIA H200\n")
    nvcc = "/usr/local/cuda/bin/nvcc"
    plan = backends.choose("auto", machine(tmp_path, exists=lambda path: path == nvcc))
    assert f"-DCMAKE_CUDA_COMPILER={nvcc}" in plan.options


@pytest.mark.parametrize(
    ("family", "command"),
    [
        ("debian", "sudo apt-get install -y nvidia-cuda-toolkit"),
        ("fedora", "sudo dnf install -y cuda-toolkit"),
        ("arch", "sudo pacman -S --needed cuda"),
    ],
)
def test_a_gpu_without_its_toolkit_is_said_with_the_command(
    tmp_path: Path, tools: Tools, family: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    tools.add("nvidia-smi", "NVIDIA RTX 4070\n")
    plan = backends.choose("auto", machine(tmp_path, family=lambda: family))
    assert (plan.backend, plan.options) == ("cpu", ())
    lines = plan.text.splitlines()
    assert lines[0] == (
        "Found: NVIDIA RTX 4070. The CUDA toolkit (nvcc) is missing, so llama.cpp is compiled for the processor."
    )
    assert f"    {command}" in lines
    assert lines[-1] == "and then: python3 packaging/bootstrap.py run --backend cuda"


def test_a_driver_that_fails_is_no_gpu(tmp_path: Path, tools: Tools) -> None:
    tools.add("nvidia-smi", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 9)
    tools.add("nvcc")
    assert backends.choose("auto", machine(tmp_path)) == Plan("cpu")
    plan = backends.choose("cuda", machine(tmp_path))
    assert plan.backend == "cpu"
    assert plan.text.startswith("No NVIDIA GPU with a working driver was found")


def test_a_driver_library_is_enough_where_nvidia_smi_is_not(tmp_path: Path, tools: Tools) -> None:
    tools.add("nvcc")
    assert backends.choose("auto", machine(tmp_path, has_cuda_driver=lambda: True)).backend == "cuda"


def test_a_gpu_with_vulkan_is_used_and_a_processor_that_plays_one_is_not(tmp_path: Path, tools: Tools) -> None:
    tools.add("glslc")
    tools.add("vulkaninfo", VULKANINFO)
    for wish in ("auto", "vulkan"):
        plan = backends.choose(wish, machine(tmp_path, HAS_ALL))
        assert plan == Plan("vulkan", ("-DGGML_VULKAN=on",), "AMD Radeon RX 7900 XTX (RADV NAVI31)")
    tools.add("vulkaninfo", VULKANINFO.split("GPU1")[0])
    assert backends.choose("auto", machine(tmp_path, HAS_ALL)) == Plan("cpu")


def test_a_gpu_is_seen_by_its_render_node(tmp_path: Path, tools: Tools) -> None:
    tools.add("glslc")
    render_node(tmp_path, "0x1002")
    assert backends.choose("auto", machine(tmp_path, HAS_ALL)).found == "a GPU of AMD"


def test_a_virtual_machines_screen_is_no_gpu(tmp_path: Path, tools: Tools) -> None:
    tools.add("glslc")
    render_node(tmp_path, "0x1af4")
    assert backends.choose("auto", machine(tmp_path, HAS_ALL)) == Plan("cpu")


@pytest.mark.usefixtures("tools")
def test_what_vulkan_lacks_is_named_with_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    render_node(tmp_path, "0x8086")
    plan = backends.choose("vulkan", machine(tmp_path, Probes(loads=lambda _: True, has_header=lambda _: False)))
    assert plan.backend == "cpu"
    assert "For Vulkan vulkan/vulkan.h, spirv/unified1/spirv.hpp, glslc is missing" in plan.text
    assert "sudo apt-get install -y libvulkan-dev spirv-headers glslc" in plan.text


def test_vulkan_serves_an_nvidia_gpu_without_cuda(tmp_path: Path, tools: Tools) -> None:
    tools.add("nvidia-smi", "NVIDIA H200\n")
    tools.add("glslc")
    tools.add("vulkaninfo", VULKANINFO)
    assert backends.choose("auto", machine(tmp_path, HAS_ALL)).backend == "vulkan"


@pytest.mark.usefixtures("tools")
def test_a_mac_has_metal_and_nothing_else_has(tmp_path: Path) -> None:
    mac = machine(tmp_path, platform="darwin")
    assert backends.choose("auto", mac).options == ("-DGGML_METAL=on",)
    assert backends.choose("cpu", mac).options == ("-DGGML_METAL=off",)
    assert backends.choose("metal", machine(tmp_path)).text.startswith("Metal is there only on a Mac, so")


@pytest.mark.usefixtures("tools")
def test_windows_is_told_of_winget(tmp_path: Path) -> None:
    plan = backends.choose("cuda", machine(tmp_path, platform="win32", has_cuda_driver=lambda: True))
    assert "winget install --exact --id Nvidia.CUDA" in plan.text


def test_a_command_that_fails_says_nothing(tools: Tools) -> None:
    tools.add("broken", "text", 1)
    assert backends.output_of(["broken"]) == ""
    assert backends.output_of(["no-such-command"]) == ""


def test_headers_are_found_where_compilers_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "include" / "vulkan").mkdir(parents=True)
    (tmp_path / "include" / "vulkan" / "vulkan.h").touch()
    monkeypatch.delenv("CPATH", raising=False)
    monkeypatch.setattr(system_packages, "HEADER_FOLDERS", ())
    assert not system_packages.has_header("vulkan/vulkan.h")
    monkeypatch.setenv("VULKAN_SDK", str(tmp_path))
    assert system_packages.has_header("vulkan/vulkan.h")


# ---- building -----------------------------------------------------------------------------------------------------

CUDA = Plan("cuda", ("-DGGML_CUDA=on",), "NVIDIA H200")


class Pips:
    """Stands in for pip: keeps what it was asked, fails for what it is told to."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.asked: list[tuple[list[str], str]] = []
        self.fails_for = "nothing"
        self.says = "error: no CUDA here"

    def __call__(
        self, _checkout: Checkout, arguments: list[str], log: Path, _heard: object, more: dict[str, str]
    ) -> None:
        needed = shlex.join(chat_build.NEEDED_PARTS)
        assert needed in more["CMAKE_ARGS"]
        options = " ".join(more["CMAKE_ARGS"].replace(needed, "").split())
        self.asked.append((arguments, options))
        log.write_text(self.says)
        if self.fails_for in options:
            raise SetupFailed(self.says)

    @property
    def options(self) -> list[str]:
        return [options for _, options in self.asked]


@pytest.fixture
def pips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pips:
    """A checkout whose pip only pretends, on a machine with an NVIDIA GPU."""
    checkout = Checkout(tmp_path)
    checkout.scripts.mkdir(parents=True)
    checkout.python.symlink_to("/bin/true")
    checkout.pyproject.write_text("[project]\n")
    (tmp_path / "packaging").mkdir()
    for part in ("chat", "build"):
        checkout.locked(part).write_text("thing==1\n")
    pips = Pips(checkout)
    monkeypatch.setattr(environment, "pip", pips)
    monkeypatch.setattr(system, "ensure", lambda _: [])
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    monkeypatch.setattr(backends, "choose", lambda wish, _=None: Plan("cpu") if wish == "cpu" else CUDA)
    return pips


def test_a_build_for_a_gpu_never_shares_wheels_with_another(pips: Pips) -> None:
    chat_build.build(pips.checkout, "cuda")
    (arguments, options) = pips.asked[0]
    assert options == "-DGGML_CUDA=on"
    assert {"--no-cache-dir", "--force-reinstall"} <= set(arguments)
    assert chat_build.compiled_for(pips.checkout) == "cuda"
    assert chat_build.read_state(pips.checkout).text == "ready"


def test_the_first_build_for_the_processor_is_as_before(pips: Pips) -> None:
    chat_build.build(pips.checkout)
    (arguments, options) = pips.asked[0]
    assert options == ""
    assert "--no-cache-dir" not in arguments
    assert chat_build.compiled_for(pips.checkout) == "cpu"


def test_what_a_person_set_for_cmake_is_kept(pips: Pips, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_NATIVE=off")
    chat_build.build(pips.checkout, "cuda")
    assert pips.options == ["-DGGML_NATIVE=off -DGGML_CUDA=on"]


def test_a_gpu_build_that_fails_falls_back_with_a_sentence(pips: Pips) -> None:
    pips.fails_for = "CUDA"
    chat_build.build(pips.checkout, "cuda")
    assert pips.options == ["-DGGML_CUDA=on", ""]
    assert chat_build.compiled_for(pips.checkout) == "cpu"
    state = chat_build.read_state(pips.checkout)
    assert state.state == "done"
    kept = pips.checkout.chat_log.with_name("familiar-setup-cuda.log")
    assert state.text == (
        "Compiling for CUDA failed, so llama.cpp is compiled for the processor. "
        f"error: no CUDA here All that was said is in {kept}"
    )
    assert kept.read_text() == "error: no CUDA here"
    assert not chat_build.is_wanted(pips.checkout)


def test_a_gpu_build_that_fails_keeps_what_was_there(pips: Pips) -> None:
    chat_build.build(pips.checkout)
    pips.fails_for = "CUDA"
    chat_build.build(pips.checkout, "cuda")
    assert pips.options == ["", "-DGGML_CUDA=on"]
    assert chat_build.compiled_for(pips.checkout) == "cpu"


def test_without_a_network_no_second_build_is_tried(pips: Pips) -> None:
    pips.fails_for, pips.says = "CUDA", "NameResolutionError"
    with pytest.raises(SetupFailed):
        chat_build.build(pips.checkout, "cuda")
    assert len(pips.asked) == 1
    assert chat_build.is_wanted(pips.checkout)


def test_going_back_to_the_processor_builds_anew(pips: Pips) -> None:
    chat_build.build(pips.checkout, "cuda")
    chat_build.build(pips.checkout, "cpu")
    arguments, options = pips.asked[1]
    assert options == ""
    assert "--force-reinstall" in arguments
    assert chat_build.compiled_for(pips.checkout) == "cpu"


def test_a_choice_is_remembered_and_the_same_one_builds_nothing(pips: Pips) -> None:
    chat_build.build(pips.checkout, "cuda")
    chat_build.build(pips.checkout, "cuda")
    chat_build.build(pips.checkout)
    assert len(pips.asked) == 1
    assert chat_build.wish(pips.checkout) == "cuda"


def test_an_older_stamp_counts_as_built_for_the_processor(pips: Pips) -> None:
    stamp = Stamp(pips.checkout)
    stamp.put("chat", stamp.fingerprint("chat"))
    assert chat_build.compiled_for(pips.checkout) == "cpu"
    chat_build.build(pips.checkout)
    assert pips.asked == []


@pytest.mark.parametrize(
    ("installed", "backend", "again", "started"),
    [
        ("", "", False, [False]),
        ("cpu", "", False, []),
        ("cpu", "cuda", False, [True]),
        ("cuda", "cuda", False, []),
        ("cuda", "cpu", False, [True]),
        ("cuda", "", True, [True]),
        ("", "cuda", False, [False]),
    ],
)
def test_run_starts_a_build_only_for_what_is_not_there(
    pips: Pips, monkeypatch: pytest.MonkeyPatch, installed: str, backend: str, again: bool, started: list[bool]
) -> None:
    stamp = Stamp(pips.checkout)
    if installed:
        stamp.put("chat", stamp.fingerprint("chat"))
        stamp.put("chat_backend", installed)
    builds: list[bool] = []
    monkeypatch.setattr(chat_build, "start", lambda _, again: builds.append(again))
    commands._see_to_chat(pips.checkout, again=again, backend=backend)
    assert builds == started


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ([], commands.SetupOptions([])),
        (["ask", "--backend", "x"], commands.SetupOptions(["ask", "--backend", "x"])),
        (["--backend", "cuda", "ask", "x"], commands.SetupOptions(["ask", "x"], backend="cuda")),
        (
            ["--backend=vulkan", "--retry-chat", "-k", "x"],
            commands.SetupOptions(["-k", "x"], again=True, backend="vulkan"),
        ),
        (["--backend"], None),
        (["--backend", "opencl"], None),
        (["--help"], None),
        (["--retry-chat", "-h"], None),
    ],
)
def test_options_of_the_set_up_stand_before_the_words(words: list[str], wish: commands.SetupOptions | None) -> None:
    assert commands.SetupOptions.of(words) == wish
