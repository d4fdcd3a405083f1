"""What is known of a chat model, as window and terminal say it alike."""

from __future__ import annotations

from app.base.models import WORDS_A_TOKEN, ModelInfo, Speed


def parameters(number: int) -> str:
    """ "0.6B", "270M": of how many numbers a model consists; "" if unknown."""
    if number <= 0:
        return ""
    if number < 1_000_000:
        return f"{number / 1000:.0f}K"
    if number < 400_000_000:
        return f"{number / 1_000_000:.0f}M"
    billions = number / 1_000_000_000
    return f"{billions:.1f}".removesuffix(".0") + "B" if billions < 10 else f"{billions:.0f}B"


def speed_words(speed: Speed) -> str:
    """ "reads 140, writes 19 words a second here"; "" if nothing was measured."""
    rates = (("reads", speed.prefill), ("writes", speed.decode))
    parts = [f"{verb} {_rate(tokens * WORDS_A_TOKEN)}" for verb, tokens in rates if tokens > 0]
    return f"{', '.join(parts)} words a second here" if parts else ""


_ASKED = {
    "full": "long instructions, several passages and tools",
    "plain": "short instructions, few passages, no tools",
    "reader": "to word one sentence of your files",
    "quotes": "nothing: the files' own words answer",
}


def aptitude_line(model: ModelInfo) -> str:
    """What a model was measured to be able to do, and what the person chose to be asked of it; "" if neither."""
    says = model.aptitude.says if model.aptitude is not None else ""
    chosen = f"asked of it by your choice: {_ASKED[model.profile]}" if model.set_by_person else ""
    return "; ".join(part for part in (says, chosen) if part)


def trouble(model: ModelInfo) -> str:
    """Why a model cannot be used now, and what to do; "" if it can."""
    return model.problem or model.quarantine


def _rate(words: float) -> str:
    return f"{words:,.0f}" if words >= 10 else f"{words:.1f}"
