"""What the graph needs of chat models: which one a run means, and which take over when it fails.

Errors are told apart by ``langchain_core.exceptions``: a model raises ``ContextOverflowError`` when
the prompt is too long, and ModelConnectionError, ModelTimeoutError, ModelRateLimitError or
ModelAPIError for what is worth another attempt, and `TooManyImagesError` when an endpoint takes fewer
images. Models do not retry by themselves.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage

from graphs.images import ImageRoom

CountTokens = Callable[[Sequence[AnyMessage], Sequence[dict[str, Any]]], Awaitable[int | None]]
"""Exact prompt tokens of messages and tool schemas, asked of the endpoint; None when it cannot tell just now."""


class TooManyImagesError(ModelInvalidRequestError):
    """The endpoint refused a prompt for its images."""

    def __init__(self, message: str, most: int) -> None:
        super().__init__(message)
        self.most = most
        """Images in one prompt that it takes; 0 when the model cannot see."""


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """One served model."""

    name: str
    """Served model name."""
    model: BaseChatModel
    endpoint: str = ""
    """Where it is served, in a word that tells endpoints apart and holds no secret."""
    context_window: int | None = None
    """Tokens of prompt and answer together (`max_model_len`); None when the endpoint does not say."""
    count_tokens: CountTokens | None = None
    images: ImageRoom = field(default_factory=ImageRoom)


class ChatModels(Protocol):
    """The chat models a process may use."""

    async def choose(self, name: str) -> Sequence[ModelChoice]:
        """The model called `name` (the default for an empty name), then those that may take over, in order."""
        ...
