"""What the graph says while it runs, sent through LangGraph's custom stream.

Text comes from here rather than from LangGraph's message stream because the model node holds text
back that begins like a tool call.
"""

from dataclasses import dataclass
from typing import Any, Literal

ToolOutcome = Literal["ok", "tool_error", "timeout", "server_down", "invalid_args", "denied"]
CallFault = Literal["", "json", "schema", "unknown_tool", "cut_off"]
"""What was wrong with a call as the model wrote it."""
ModelOutcome = Literal[
    "ok", "unreachable", "timeout", "rate_limit", "server_error", "too_long", "refused", "cancelled", "error"
]


@dataclass(frozen=True, kw_only=True)
class Token:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Reasoning:
    """A piece of the model's thinking; never part of the answer."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ToolStarted:
    """A call was allowed and is about to be sent, or was refused (then ToolFinished follows at once)."""

    call_id: str
    server: str
    name: str
    arguments: dict[str, Any]
    repaired: bool = False


@dataclass(frozen=True, kw_only=True)
class ToolProgress:
    """A server reported progress on a call."""

    call_id: str
    progress: float
    total: float | None = None
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class ToolFinished:
    """The one result of a call, also for calls that were never sent."""

    call_id: str
    server: str
    name: str
    status: Literal["success", "error"]
    seconds: float
    size: int
    result: str
    images: tuple[str, ...] = ()
    """Paths of the files of its images."""
    outcome: ToolOutcome = "ok"
    """`status` in more kinds, for counting."""
    fault: CallFault = ""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one model call, and the window they count against."""

    input_tokens: int
    output_tokens: int
    context_window: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """One request to a chat model is over. Told for counting; a person is shown nothing of it."""

    model: str
    endpoint: str
    """As `ModelChoice.endpoint` has it."""
    outcome: ModelOutcome
    seconds: float
    first_token: float | None = None
    """Seconds to the first piece with content, thinking or a call; None for whole answers and where none came."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Of the input, those that the server says it had kept from before."""
    finish_reason: str = ""
    """As the server says it; empty where it does not."""
    request_id: str = ""
    """What `graphs.current_request` was while it ran."""


@dataclass(frozen=True, kw_only=True)
class ModelRetry:
    """A request failed, and the same model is asked again."""

    model: str
    reason: ModelOutcome


@dataclass(frozen=True, kw_only=True)
class ModelFallback:
    """A model failed, and another takes over."""

    model: str
    successor: str
    reason: ModelOutcome


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something a person should know that is not an error: a fallback, a retry, a compaction."""

    text: str


GraphEvent = (
    Token
    | Reasoning
    | ToolStarted
    | ToolProgress
    | ToolFinished
    | Usage
    | ModelRequest
    | ModelRetry
    | ModelFallback
    | Notice
)
