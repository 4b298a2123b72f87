"""Measures one request to a chat model, and tells of it however it ends.

The first piece of a stream is an empty one that carries the role; the clock waits for content, thinking or a call.
"""

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelConnectionError,
    ModelError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import UsageMetadata

from graphs.chat_models import ModelChoice
from graphs.current_request import current_request
from graphs.events import GraphEvent, ModelOutcome, ModelRequest
from graphs.reply import Reply

_ids = count(1)

_OUTCOMES: tuple[tuple[type[BaseException], ModelOutcome], ...] = (
    (ContextOverflowError, "too_long"),
    (ModelTimeoutError, "timeout"),
    (ModelConnectionError, "unreachable"),
    (ModelRateLimitError, "rate_limit"),
    (ModelAPIError, "server_error"),
    (ModelError, "refused"),
    (asyncio.CancelledError, "cancelled"),
    (GeneratorExit, "cancelled"),
)


def outcome_of(error: BaseException) -> ModelOutcome:
    """The kind of a failure."""
    for kind, outcome in _OUTCOMES:
        if isinstance(error, kind):
            return outcome
    return "error"


class RequestClock:
    """Runs from the request to its end."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.first_token: float | None = None

    @property
    def seconds(self) -> float:
        """Since the request was made."""
        return time.monotonic() - self._began

    def see(self, piece: AIMessage, reply: Reply) -> None:
        """A piece has arrived; a whole answer has no first token."""
        if self.first_token is None and isinstance(piece, AIMessageChunk) and reply.begun:
            self.first_token = self.seconds


@contextmanager
def clocked(choice: ModelChoice, reply: Reply, emit: Callable[[GraphEvent], None]) -> Generator[RequestClock]:
    """Tell of the request when the context is left, also by an exception."""
    clock, outcome, request_id = RequestClock(), "ok", str(next(_ids))
    current_request.set(request_id)
    try:
        yield clock
    except BaseException as error:
        outcome = outcome_of(error)
        raise
    finally:
        current_request.set("")
        usage = reply.usage or UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)
        emit(
            ModelRequest(
                model=choice.name,
                endpoint=choice.endpoint,
                outcome=outcome,
                seconds=clock.seconds,
                first_token=clock.first_token,
                input_tokens=usage["input_tokens"],
                output_tokens=usage["output_tokens"],
                cached_tokens=usage.get("input_token_details", {}).get("cache_read") or 0,
                finish_reason=reply.finish_reason,
                request_id=request_id,
            )
        )
