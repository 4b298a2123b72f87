"""The metrics of the agent: names, labels, buckets. Dashboards and alerts ask for what is written here.

Labels are bounded: servers come from mcp.json, tools from the lists of connected servers, models from those that
answered; the rest are words of this program. No label holds a text, an argument or an id. What the model server did,
vLLM tells itself.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

OTHER = "other"
MOST_VALUES = 200
"""Values of one label that are told apart; more can only come from a server that renames its tools all the time."""

_REQUEST = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
_FIRST_TOKEN = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_TOOL = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300)
_RUN = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
_STEPS = (1, 2, 3, 5, 8, 13, 25, 50, 100)


class Bounded:
    """Lets the first `MOST_VALUES` values of a label pass, and calls all others `other`."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        """The value to count under."""
        if value not in self._known:
            if len(self._known) >= MOST_VALUES:
                return OTHER
            self._known.add(value)
        return value


class Families:
    """All metrics of one process, in one registry."""

    def __init__(self, registry: "CollectorRegistry") -> None:
        from prometheus_client import Counter, Gauge, Histogram

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(name, told, labels, registry=registry)

        def gauge(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(name, told, labels, registry=registry)

        def histogram(name: str, told: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, told, labels, buckets=buckets, registry=registry)

        self.runs = counter("agent_runs", "Runs by how they ended.", "status", "graph")
        self.run_seconds = histogram("agent_run_seconds", "Time of a run.", _RUN)
        self.steps = histogram("agent_steps_per_run", "Model calls of a run.", _STEPS)
        self.active = gauge("agent_run_active", "Runs under way.")
        self.request_seconds = histogram(
            "agent_model_call_seconds", "Requests to models, each attempt.", _REQUEST, "model", "endpoint", "outcome"
        )
        self.first_token = histogram(
            "agent_model_ttft_seconds", "To the first piece with content.", _FIRST_TOKEN, "model", "endpoint"
        )
        self.tokens = counter("agent_tokens", "Tokens, as endpoints count them.", "model", "direction")
        self.calls = counter("agent_tool_calls", "Tool calls by how they ended.", "server", "tool", "outcome")
        self.call_seconds = histogram("agent_tool_seconds", "Tool calls that were sent.", _TOOL, "server", "tool")
        self.faults = counter("agent_invalid_tool_calls", "Calls that models wrote wrongly.", "model", "kind")
        self.session_up = gauge("agent_mcp_session_up", "Whether a server is connected.", "server")
        self.reconnects = counter("agent_mcp_reconnects", "Servers connected again.", "server")
        self.fallbacks = counter("agent_fallbacks", "Models that took over.", "from", "to", "reason")
        self.retries = counter("agent_retries", "Attempts after the first.", "of")
        self.approvals = counter("agent_approvals", "Questions put to a person.")
        self.queue_depth = gauge("agent_queue_depth", "Items of a batch that wait to be begun.")
