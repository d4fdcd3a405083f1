"""A chat model in lines for people: what it is, how it would run here, how fast it was."""

from __future__ import annotations

from app.base.chat import Fit, LoadOptions, TemplateReport
from app.base.model_wording import aptitude_line, parameters, speed_words
from app.base.models import ModelInfo
from app.base.wording import count
from app.cli.output import Output, size

_VERDICTS = {"fits": "fits", "tight": "barely fits", "too_large": "too large for this machine"}
_TOOLS = {
    "verified": "its own syntax, every probe read back",
    "partial": "its own syntax, simple values only",
    "generic": "a general protocol, as it brings no syntax of its own",
}


def describe(model: ModelInfo, output: Output, *, details: bool = False) -> None:
    """Print a model in a few lines. details: with all that was chosen and found out."""
    mark = "→" if model.in_use else " "
    facts = ", ".join(_facts(model))
    output.line(f"{mark} {output.bold(output.name(model.name))}{f'  {output.faint(facts)}' if facts else ''}")
    lines = [_fit(model.fit), speed_words(model.speed), aptitude_line(model), _where(model, output), model.note]
    if details and model.fit is not None:
        lines[1:1] = [_memory(model.fit), model.fit.note]
    if model.template is not None and (details or model.template.tools != "generic"):
        lines.insert(1, _template(model.template, details=details))
    if model.options != LoadOptions():
        lines.append(_options(model.options))
    if model.problem:
        lines.append(f"cannot be used: {model.problem}")
    if model.quarantine:
        lines.append(f"not loaded: {model.quarantine}")
    for line in lines:
        if line:
            output.line(f"    {line}")


def _facts(model: ModelInfo) -> list[str]:
    facts = [model.architecture]
    if model.parameters:
        facts.append(f"{parameters(model.parameters)} parameters")
    facts.append(model.quantisation)
    if model.size_bytes:
        facts.append(size(model.size_bytes))
    if model.licence:
        facts.append(f"licence {model.licence}")
    if model.context:
        facts.append(f"{model.context:,} tokens of context")
    return [fact for fact in facts if fact]


def _fit(fit: Fit | None) -> str:
    if fit is None:
        return ""
    where = f"{fit.gpu_layers} of {fit.layers} layers on {fit.device}" if fit.gpu_layers else "on the processor"
    needs = f"needs {size(fit.total_bytes)}, {size(fit.available_bytes)} free"
    return f"{_VERDICTS[fit.verdict]}: {needs}; context of {fit.context:,} tokens, {where}"


def _memory(fit: Fit) -> str:
    told = "as llama.cpp reports" if fit.confirmed else "estimated"
    return (
        f"memory {told}: weights {size(fit.weights_bytes)}, KV cache {size(fit.cache_bytes)} ({fit.cache}), "
        f"computing {size(fit.compute_bytes)}; {count(fit.threads, 'thread')}"
    )


def _template(report: TemplateReport, *, details: bool) -> str:
    line = f"tools: {report.tools}"
    if details:
        line += f" ({_TOOLS[report.tools]})"
        line += "; reasons before it answers" if report.reasoning else ""
        line += "; no chat template that works, answers are poorer" if report.template == "plain" else ""
        line += f"; not read back: {', '.join(report.failed)}" if report.failed else ""
    return line


def _where(model: ModelInfo, output: Output) -> str:
    place = f"{model.place}: " if model.place and model.place not in model.path else ""
    return output.faint(output.name(f"{place}{model.path}") if place else output.name(model.path))


def _options(options: LoadOptions) -> str:
    parts = [
        f"context {options.context:,}" if options.context else "",
        count(options.threads, "thread") if options.threads else "",
        f"{count(options.gpu_layers, 'layer')} on the GPU" if options.gpu_layers >= 0 else "",
        f"cache {options.cache}" if options.cache else "",
    ]
    return f"tuned by you: {', '.join(part for part in parts if part)}"
