"""Spans to a collector, by OpenTelemetry's own exporter: the only module that imports it.

The SDK's processor queues them and sends from a thread of its own, so a slow collector costs a run nothing, and at the
end no more than the flush limit. Everything about where and how (`OTEL_EXPORTER_OTLP_*`, `OTEL_BSP_*`,
`OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`) is read by the SDK itself.
"""

import logging
import re
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from app.tracing.span import Span

_KINDS = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT}
_LONGEST_REASON = 200


class Collector:
    """Sends spans to where the environment says."""

    def __init__(self, agent: str, place: str) -> None:
        self._place = place
        self._log = logging.getLogger("opentelemetry")
        self._complaints = _Complaints()
        self._log.addHandler(self._complaints)
        self._log.propagate = False
        ours = {"service.name": agent, "service.version": version("switchyard")}
        self._resource = Resource.create({**ours, **OTELResourceDetector().detect().attributes})
        self._scope = InstrumentationScope(agent, version("switchyard"))
        self._sampler = TracerProvider(resource=self._resource, shutdown_on_exit=False).sampler
        self._exporter = _Counted()
        self._processor = BatchSpanProcessor(self._exporter)

    def wants(self, trace_id: int) -> bool:
        """Whether the sampler of the environment takes a trace that begins here."""
        return self._sampler.should_sample(None, trace_id, "").decision is Decision.RECORD_AND_SAMPLE

    def write(self, span: Span) -> None:
        """Queue a span."""
        if span.place.sampled:
            self._processor.on_end(self._readable(span))

    def close(self, limit: float) -> str:
        """Send what is left, for so many seconds at most.

        Returns:
            Why spans were lost, as a sentence; empty if none were, as far as is known.
        """
        self._complaints.on_first = self._exporter.give_up
        ending = threading.Thread(target=self._processor.shutdown, daemon=True)
        ending.start()
        ending.join(limit)
        if ending.is_alive():  # a request without an answer, whose thread goes on complaining: nobody shall hear it
            self._exporter.give_up()
            return f"spans could not be sent to {self._place}: no answer within {limit:g} s."
        self._log.removeHandler(self._complaints)
        self._log.propagate = True
        if self._exporter.lost:
            return f"{self._exporter.lost} spans could not be sent to {self._place}: {self._complaints.reason}."
        return ""

    def _readable(self, span: Span) -> ReadableSpan:
        place = span.place
        flags = TraceFlags(TraceFlags.SAMPLED)
        parent = None
        if span.parent_id is not None:
            parent = SpanContext(place.trace_id, span.parent_id, is_remote=False, trace_flags=flags)
        return ReadableSpan(
            name=span.name,
            context=SpanContext(place.trace_id, place.span_id, is_remote=False, trace_flags=flags),
            parent=parent,
            resource=self._resource,
            attributes=dict(span.attributes),
            kind=_KINDS[span.kind],
            status=Status(StatusCode.ERROR, span.error) if span.error else Status(),
            start_time=span.started,
            end_time=span.ended,
            instrumentation_scope=self._scope,
        )


class _Counted(SpanExporter):
    """Counts what was lost; a request that is tried again with success loses nothing."""

    def __init__(self) -> None:
        self._exporter = OTLPSpanExporter()
        self._over = False
        self.lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans."""
        result = SpanExportResult.FAILURE if self._over else self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            self.lost += len(spans)
        return result

    def give_up(self) -> None:
        """Do not try again."""
        if not self._over:
            self._over = True
            self._exporter.shutdown()

    def shutdown(self) -> None:
        """Close the connections."""
        self.give_up()


class _Complaints(logging.Handler):
    """Keeps what the SDK logs away from the terminal, for one sentence at the end.

    While the end is waited for, the first complaint ends the attempts, which would else go on for ten seconds.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.reason = "the collector did not take them"
        self.on_first: Callable[[], None] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Note a complaint."""
        told = record.getMessage()
        if answered := re.search(r"code: (\d+)", told):
            self.reason = f"it answered {answered[1]}"
        elif "refused" in told:
            self.reason = "the connection was refused"
        elif "shutdown" not in told.lower():
            self.reason = " ".join(told.split())[:_LONGEST_REASON].rstrip(".")
        if self.on_first:
            self.on_first()
