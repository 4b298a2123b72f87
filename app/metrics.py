"""What the agent did, for Prometheus: turns, tool calls, tokens.

Nothing is counted or served unless `METRICS__PORT` is set. Labels are bounded: servers come from mcp.json, endings and
states from this program; tool names, threads and texts are no labels. What the model server did, vLLM tells itself.
"""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.errors import ConfigurationError
from app.events import ApprovalNeeded, Event, Failed, Final, ToolFinished, Usage
from app.settings import MetricsSettings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120)


class AgentMetrics:
    """Counts what a session tells."""

    def __init__(self, registry: "CollectorRegistry") -> None:
        from prometheus_client import Counter, Histogram

        self._turns = Counter("switchyard_turns", "Turns by how they ended.", ["ended_by"], registry=registry)
        self._calls = Histogram(
            "switchyard_tool_call_seconds",
            "Tool calls by server and outcome.",
            ["server", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._tokens = Counter(
            "switchyard_tokens", "Tokens read and written by the model.", ["kind"], registry=registry
        )
        self._requests = Counter("switchyard_model_requests", "Answered model requests.", registry=registry)
        self._questions = Counter("switchyard_approvals", "Questions put to a person.", registry=registry)

    def add(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, ToolFinished):
            self._calls.labels(event.server or "none", event.status).observe(event.seconds)
        elif isinstance(event, Usage):
            self._requests.inc()
            self._tokens.labels("input").inc(event.input_tokens)
            self._tokens.labels("output").inc(event.output_tokens)
        elif isinstance(event, ApprovalNeeded):
            self._questions.inc()
        elif isinstance(event, Final):
            self._turns.labels(event.stopped_by).inc()
        elif isinstance(event, Failed):
            self._turns.labels(f"exit_{event.exit_code}").inc()


@contextmanager
def served_metrics(settings: MetricsSettings) -> Generator[AgentMetrics | None]:
    """Serve `/metrics` while the context is open; None where no port is set.

    Raises:
        ConfigurationError: the port cannot be used.
    """
    if settings.port is None:
        yield None
        return
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    try:
        server, thread = start_http_server(settings.port, settings.host, registry)
    except OSError as error:
        taken = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise ConfigurationError(
            f"METRICS__PORT: port {settings.port} of {settings.host} {taken}.", hint="Choose another, or unset it."
        ) from error
    try:
        yield AgentMetrics(registry)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
