"""Counts what sessions, servers and batches tell."""

import time
from typing import TYPE_CHECKING, Literal

from app.events import (
    ApprovalNeeded,
    Event,
    Failed,
    Final,
    ModelFallback,
    ModelRequest,
    ModelRetry,
    ToolFinished,
    ToolStarted,
)
from app.mcp_client.status import ServerStatus, State
from app.metrics.families import Bounded, Families

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

GRAPH = "agent"
"""The one graph there is, named as in langgraph.json."""
_UNKNOWN = "unknown"
_STATUS = {4: "endpoint_down", 124: "timeout", 130: "interrupted"}
"""By exit code; every other failure is `failed`."""


class AgentMetrics:
    """The counts of this process."""

    def __init__(self, registry: "CollectorRegistry") -> None:
        self.families = Families(registry)
        self.model_label, self.tool_label = Bounded(), Bounded()
        self._states: dict[str, State] = {}
        self._were_up: set[str] = set()

    def begin_run(self) -> "RunCount":
        """Count a run from now on."""
        return RunCount(self)

    def note_server(self, status: ServerStatus) -> None:
        """A server's state, told again whenever it or its tools change."""
        before, up = self._states.get(status.name), status.state == "ready"
        self._states[status.name] = status.state
        self.families.session_up.labels(status.name).set(up)
        if up and before != "ready":
            if status.name in self._were_up:
                self.families.reconnects.labels(status.name).inc()
            self._were_up.add(status.name)

    def note_fallback(self, model: str, successor: str, reason: str) -> None:
        """Another model answers."""
        self.families.fallbacks.labels(self.model_label(model), self.model_label(successor), reason).inc()

    def note_retry(self, of: Literal["request", "item"]) -> None:
        """A request to a model, or an item of a batch, is tried again."""
        self.families.retries.labels(of).inc()

    def note_waiting(self, items: int) -> None:
        """Items of a batch that nobody has begun."""
        self.families.queue_depth.set(items)


class RunCount:
    """One run: give it every event, then end it."""

    def __init__(self, metrics: AgentMetrics) -> None:
        self._metrics = metrics
        self._families = metrics.families
        self._began = time.monotonic()
        self._model = _UNKNOWN
        self._answers = 0
        self._status = "interrupted"
        self._families.active.inc()

    def add(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, ModelRequest):
            self._request(event)
        elif isinstance(event, ModelRetry):
            self._metrics.note_retry("request")
        elif isinstance(event, ModelFallback):
            self._metrics.note_fallback(event.model, event.successor, event.reason)
        elif isinstance(event, ToolStarted):
            if event.repaired:
                self._families.faults.labels(self._model, "leak").inc()
        elif isinstance(event, ToolFinished):
            self._call(event)
        else:
            self._note_end(event)

    def end(self) -> None:
        """The run is over; without a last event it was interrupted."""
        families = self._families
        families.active.dec()
        families.runs.labels(self._status, GRAPH).inc()
        families.run_seconds.observe(time.monotonic() - self._began)
        families.steps.observe(self._answers)

    def _request(self, event: ModelRequest) -> None:
        families, self._model = self._families, self._metrics.model_label(event.model)
        families.request_seconds.labels(self._model, event.endpoint, event.outcome).observe(event.seconds)
        if event.first_token is not None:
            families.first_token.labels(self._model, event.endpoint).observe(event.first_token)
        families.tokens.labels(self._model, "input").inc(event.input_tokens)
        families.tokens.labels(self._model, "output").inc(event.output_tokens)
        self._answers += event.outcome == "ok"

    def _call(self, event: ToolFinished) -> None:
        """A tool that no server has counts as `unknown`, whatever the model called it."""
        server = event.server or _UNKNOWN
        tool = self._metrics.tool_label(event.name) if event.server else _UNKNOWN
        self._families.calls.labels(server, tool, event.outcome).inc()
        if event.seconds:
            self._families.call_seconds.labels(server, tool).observe(event.seconds)
        if event.fault:
            self._families.faults.labels(self._model, event.fault).inc()

    def _note_end(self, event: Event) -> None:
        if isinstance(event, ApprovalNeeded):
            self._families.approvals.inc()
            self._status = "waiting"
        elif isinstance(event, Final):
            self._status = event.stopped_by
        elif isinstance(event, Failed):
            self._status = _STATUS.get(event.exit_code, "failed")
