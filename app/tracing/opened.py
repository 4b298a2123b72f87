"""Opens what settings and environment ask for: a trace file, a collector, both, or nothing at all.

A collector is named by OpenTelemetry's own variables, which are often set for a whole machine: what is wrong there is
a warning, and the run goes on. A trace file is asked for by name, so one that cannot be written is an error.
"""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING

from app.console import warn
from app.settings import TracingSettings
from app.tracing.span import read_place
from app.tracing.trace_file import TraceFile
from app.tracing.tracing import SpanSink, Tracing, take_all

if TYPE_CHECKING:
    from app.tracing.otlp import Collector

AGENT = "switchyard"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_CARRIER = ("traceparent", "tracestate", "baggage")


@contextmanager
def open_tracing(settings: TracingSettings) -> Generator[Tracing | None]:
    """Record spans while the context is open; None where nobody wants them.

    Leaving waits for a collector at most `settings.flush` seconds, and says on stderr when spans were lost.

    Raises:
        ConfigurationError: the trace file cannot be written.
    """
    file = TraceFile(settings.file) if settings.file else None
    collector = _open_collector(os.environ)
    sinks: list[SpanSink] = [sink for sink in (file, collector) if sink]
    if not sinks:
        yield None
        return
    try:
        yield Tracing(
            sinks=sinks,
            content=settings.content,
            caller=read_place({name: os.environ.get(name.upper(), "") for name in _CARRIER}),
            sampler=collector.wants if collector else take_all,
        )
    finally:
        for problem in (file.close() if file else "", collector.close(settings.flush) if collector else ""):
            if problem:
                warn(problem)


def import_exporter() -> None:
    """Import what sending needs, where it is needed, for callers that have time for it."""
    if collector_address(os.environ):
        with suppress(ImportError):  # told when it is opened
            import_module("app.tracing.otlp")


def collector_address(environment: Mapping[str, str]) -> str:
    """Where the environment sends spans; empty for nowhere."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return ""
    exporters = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"
    if "otlp" not in exporters.split(","):
        return ""
    return next((environment[name] for name in _ENDPOINTS if environment.get(name)), "")


def _open_collector(environment: Mapping[str, str]) -> "Collector | None":
    address = collector_address(environment)
    if not address:
        return None
    try:
        from app.tracing.otlp import Collector

        return Collector(AGENT, address)
    except ImportError:
        warn(f'no spans are sent to {address}: that needs an extra (pip install "{AGENT}[otel]").')
    except Exception as error:  # noqa: BLE001  # whatever the SDK dislikes about its variables must not end a run
        warn(f"no spans are sent to {address}: {error}.")
    return None
