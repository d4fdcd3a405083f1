"""What a person is told of a model whose process died."""

from __future__ import annotations

from app.base.errors import Problem
from app.models.local_model import LocalModel
from app.store.measurements import Deaths


def stalled(model: LocalModel) -> Problem:
    """It hung."""
    return Problem(
        "model.stalled",
        f"{model.name} showed no sign of life any more, so its process was ended.",
        "Try again; if it happens again, tune it to a smaller context, or choose another model.",
    )


def quarantined(model: LocalModel, deaths: Deaths) -> Problem:
    """It died too often in a row."""
    context = max(min(deaths.context or 4096, model.options.context or 4096) // 2, 1024)
    smaller = f"a context of {context:,} tokens" + (" and no layers on the GPU" if deaths.gpu_layers else "")
    return Problem(
        "model.quarantined",
        f"{model.name} ended its process {deaths.count} times in a row, and is not loaded any more.",
        f"Tune it to {smaller}: that, or a new file, gives it another chance. Or choose another model.",
    )
