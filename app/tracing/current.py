"""Which run a piece of code works for, so that requests to models and servers can say whose they are.

Kept in a context variable: it follows a call through LangGraph's tasks and into a connection's own, and nothing in
between has to know of it. Where no run is recorded, everything here is nothing.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from app.tracing.span import Span, Value
from app.tracing.tracing import Tracing


class Recording(Protocol):
    """A run that is recorded, as those see it who work for it."""

    @property
    def tracing(self) -> Tracing:
        """Where spans go."""
        ...

    def begin_chat(self, messages: Sequence[dict[str, Any]]) -> dict[str, str]:
        """A request to a chat model is about to be sent; gives its headers."""
        ...

    def call_span(self, call_id: str, name: str) -> Span:
        """The span of a tool call."""
        ...


current_trace: ContextVar[Recording | None] = ContextVar("current_trace", default=None)
current_call: ContextVar[Span | None] = ContextVar("current_call", default=None)
"""The tool call under way."""


class RequestSpan:
    """A request to an MCP server, while it is under way."""

    def __init__(self, span: Span | None) -> None:
        self._span = span

    @property
    def meta(self) -> dict[str, str] | None:
        """What goes into the request's `_meta`."""
        return self._span.place.as_carrier() if self._span else None

    def answered(self, request_id: str, *, is_error: bool) -> None:
        """The server has answered; `is_error` says that the tool itself reports a failure."""
        if self._span:
            self._span.attributes["jsonrpc.request.id"] = request_id
            if is_error:
                self._span.fail("tool_error")


@contextmanager
def mcp_request(method: str, target: str) -> Generator[RequestSpan]:
    """Record a request that belongs to the call under way, and what it ended with."""
    run, call = current_trace.get(), current_call.get()
    if run is None or call is None:
        yield RequestSpan(None)
        return
    attributes: dict[str, Value] = {
        "mcp.method.name": method,
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": target,
    }
    span = run.tracing.begin(f"{method} {target}", call, attributes, "client")
    try:
        yield RequestSpan(span)
    except BaseException as error:
        span.fail(type(error).__name__, str(error) if run.tracing.content else "")
        raise
    finally:
        run.tracing.end(span)


def chat_headers(messages: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Headers of a request to a chat model that is about to be sent; its messages are in the form of the API."""
    run = current_trace.get()
    return run.begin_chat(messages) if run else {}
