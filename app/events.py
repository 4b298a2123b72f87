"""What a session tells its door: the graph's events, and those that only a session can know."""

from dataclasses import dataclass, field
from typing import Any

from graphs.events import (
    GraphEvent,
    ModelFallback,
    ModelRequest,
    ModelRetry,
    Notice,
    Reasoning,
    Token,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from graphs.interrupts import HITLRequest

__all__ = [
    "ApprovalNeeded",
    "Event",
    "Failed",
    "Final",
    "ModelFallback",
    "ModelRequest",
    "ModelRetry",
    "Notice",
    "PendingRequest",
    "Reasoning",
    "Token",
    "ToolFinished",
    "ToolProgress",
    "ToolStarted",
    "Usage",
]


@dataclass(frozen=True, kw_only=True)
class PendingRequest:
    """One interrupt that waits for an answer."""

    interrupt_id: str
    request: HITLRequest


@dataclass(frozen=True, kw_only=True)
class ApprovalNeeded:
    """The turn stands still until every request is answered."""

    requests: list[PendingRequest]


@dataclass(frozen=True, kw_only=True)
class Final:
    """The turn is over with an answer."""

    answer: str
    stopped_by: str
    steps: int
    seconds: float
    usage: dict[str, int] = field(default_factory=dict[str, int])
    details: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The turn is over without an answer."""

    message: str
    hint: str
    exit_code: int
    shown: str
    """Text that was already streamed."""
    trace: str = ""
    """Where it happened, for ``--debug``."""


Event = GraphEvent | ApprovalNeeded | Final | Failed
