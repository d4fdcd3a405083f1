"""Spans as OpenTelemetry has them, and their way to a collector by OTLP over gRPC."""

from __future__ import annotations

import importlib.metadata

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from app.base.errors import Problem
from app.base.worker_calls import SendSpans, Span


def export(call: SendSpans) -> None:
    """Send one trace; headers and certificates are those of the OTEL_EXPORTER_OTLP_* variables.

    Raises Problem spans.unsent, at the latest after the call's time.
    """
    exporter = OTLPSpanExporter(endpoint=call.endpoint, timeout=call.timeout_s)
    try:
        outcome = exporter.export(as_opentelemetry(call.spans))
    finally:
        exporter.shutdown()
    if outcome is not SpanExportResult.SUCCESS:
        raise Problem(
            "spans.unsent",
            f"The collector at {call.endpoint} did not take the trace of an answer.",
            "The answer and its trace are kept here. Start the collector, or correct spans_to in settings.toml.",
        )


def as_opentelemetry(spans: tuple[Span, ...]) -> list[ReadableSpan]:
    """The spans of one trace, with fresh ids."""
    ids = RandomIdGenerator()
    trace = ids.generate_trace_id()
    contexts = [
        SpanContext(trace, ids.generate_span_id(), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        for _ in spans
    ]
    version = importlib.metadata.version("familiar")
    resource = Resource({"service.name": "familiar", "service.version": version})
    scope = InstrumentationScope("familiar", version)
    return [
        ReadableSpan(
            name=span.name,
            context=context,
            parent=contexts[span.parent] if span.parent >= 0 else None,
            resource=resource,
            attributes={**span.attributes, "error.type": span.error} if span.error else dict(span.attributes),
            kind=SpanKind.CLIENT if span.calls_out else SpanKind.INTERNAL,
            status=Status(StatusCode.ERROR, span.error) if span.error else Status(StatusCode.UNSET),
            start_time=span.start_ns,
            end_time=span.end_ns,
            instrumentation_scope=scope,
        )
        for span, context in zip(spans, contexts, strict=True)
    ]
