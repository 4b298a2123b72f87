"""One model call: attempts, then the models that may take over, until the first token has arrived.

After the first token nothing is tried again, because a person has already read part of the answer.
Retries live here alone; the models themselves are told not to retry.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelConnectionError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import Runnable

from graphs.chat_models import ModelChoice, TooManyImagesError
from graphs.compaction import fit, shorten
from graphs.events import GraphEvent, ModelFallback, ModelRetry, Notice, Reasoning, Token, Usage
from graphs.history import History
from graphs.reply import Reply
from graphs.request_clock import clocked, outcome_of
from graphs.tool_text import TextGate
from graphs.toolset import ToolSpec

RETRYABLE = (ModelConnectionError, ModelTimeoutError, ModelRateLimitError, ModelAPIError)

_LONGEST_REASON = 200


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """How often one model is asked, and how long is waited in between."""

    most: int = 3
    backoff: float = 0.5
    """Seconds before the second attempt; doubles with each further one."""
    patience: float = 2.5
    """Seconds without a connection after which no further attempt is made."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A finished reply, who gave it, and the history it was asked with."""

    reply: Reply
    choice: ModelChoice
    history: History


class _NothingShown(Exception):  # noqa: N818 - control flow, not an error: the wrapped one is raised in the end
    def __init__(self, error: Exception) -> None:
        first_line = next(iter(str(error).splitlines()), "") or type(error).__name__
        super().__init__(first_line[:_LONGEST_REASON])
        self.error = error


@dataclass
class BoundModels:
    """Models with tools bound, kept because binding costs milliseconds and the tools rarely change."""

    _bound: dict[tuple[int, bool], tuple[BaseChatModel, Sequence[ToolSpec], Runnable[Any, AIMessage]]] = field(
        default_factory=dict[tuple[int, bool], tuple[BaseChatModel, Sequence[ToolSpec], Runnable[Any, AIMessage]]]
    )

    def bind(self, model: BaseChatModel, specs: Sequence[ToolSpec], *, last: bool) -> Runnable[Any, AIMessage]:
        """The model with these tools, told to use none of them in the last request of a turn."""
        if not specs:
            return model
        known = self._bound.get((id(model), last))
        if known is not None and known[0] is model and known[1] is specs:
            return known[2]
        tools = [spec.as_openai() for spec in specs]
        bound = model.bind_tools(tools, tool_choice="none") if last else model.bind_tools(tools)
        self._bound[id(model), last] = (model, specs, bound)
        return bound


@dataclass(frozen=True, kw_only=True)
class ModelCall:
    """Everything that stays the same over the attempts of one model call."""

    choices: Sequence[ModelChoice]
    specs: Sequence[ToolSpec]
    bound: BoundModels
    attempts: Attempts
    emit: Callable[[GraphEvent], None]
    image_limits: dict[str, int] = field(default_factory=dict[str, int])
    """Images in one prompt by model name, as endpoints said when they refused more; kept across calls."""
    last: bool = False
    """Tools stay bound, so that the prefix stays cached, but none may be called."""

    async def ask(self, history: History) -> Answer:
        """The answer of the first model that gives one.

        Raises:
            ModelError: when the last model failed, or one failed after its first token.
            ValueError: when there is no model at all.
        """
        if not self.choices:
            raise ValueError("No chat model is configured.")
        for choice, successor in zip(self.choices, [*self.choices[1:], None], strict=True):
            try:
                return await self._ask_patiently(choice, history)
            except _NothingShown as failure:
                if successor is None:
                    raise failure.error from None
                self.emit(Notice(text=f"{choice.name} failed ({failure}); {successor.name} takes over."))
                reason = outcome_of(failure.error)
                self.emit(ModelFallback(model=choice.name, successor=successor.name, reason=reason))
        raise AssertionError("unreachable: the last model either answers or raises")

    async def _ask_patiently(self, choice: ModelChoice, history: History) -> Answer:
        began = time.monotonic()
        for attempt in range(1, self.attempts.most + 1):
            try:
                return await self._ask_once(choice, history)
            except _NothingShown as failure:
                unreachable = isinstance(failure.error, ModelConnectionError)
                too_late = unreachable and time.monotonic() - began > self.attempts.patience
                if attempt == self.attempts.most or too_late:
                    raise
                self.emit(Notice(text=f"{choice.name} failed ({failure}); asking again."))
                self.emit(ModelRetry(model=choice.name, reason=outcome_of(failure.error)))
                await asyncio.sleep(self.attempts.backoff * 2 ** (attempt - 1))
        raise AssertionError("unreachable: the last attempt either answers or raises")

    async def _ask_once(self, choice: ModelChoice, history: History) -> Answer:
        reply = Reply(TextGate(frozenset(spec.name for spec in self.specs)))
        history = replace(history, images=choice.images.within(self.image_limits.get(choice.name)))
        try:
            shortened = await self._fit(choice, history)
            try:
                await self._stream(choice, shortened.view(), reply)
            except ContextOverflowError as overflow:
                if reply.begun:
                    raise
                shortened = await self._shorten(choice, shortened, overflow)
                await self._stream(choice, shortened.view(), reply)
        except TooManyImagesError as refusal:
            if reply.begun or history.images.most is not None and history.images.most <= refusal.most:
                raise
            self._believe(choice, refusal)
            return await self._ask_once(choice, history)
        except RETRYABLE as error:
            if reply.begun:
                raise
            raise _NothingShown(error) from error
        return Answer(reply=reply, choice=choice, history=shortened)

    def _believe(self, choice: ModelChoice, refusal: TooManyImagesError) -> None:
        """Remember the limit for as long as the program runs: a server that is started anew may have another."""
        self.image_limits[choice.name] = refusal.most
        told = f"takes at most {refusal.most} in one request: older ones are" if refusal.most else "sees none: they are"
        self.emit(Notice(text=f"Images: {choice.name} {told} left out."))

    async def _fit(self, choice: ModelChoice, history: History) -> History:
        measured = choice is self.choices[0]
        shortened = await fit(history, choice, self._tools(), measured=measured)
        self._announce(history, shortened)
        return shortened

    async def _shorten(self, choice: ModelChoice, history: History, overflow: ContextOverflowError) -> History:
        """Shorten what the model refused as too long; with nothing left to shorten, its error goes on."""
        shortened = await shorten(history, choice, self._tools())
        if shortened is history:
            raise overflow
        self._announce(history, shortened)
        return shortened

    def _announce(self, history: History, shortened: History) -> None:
        if shortened.summarised > history.summarised:
            self.emit(Notice(text="The conversation got long: its older part was summarised for the model."))
        elif shortened is not history:
            self.emit(Notice(text="The conversation got long: older tool outputs were cleared for the model."))

    async def _stream(self, choice: ModelChoice, view: Sequence[AnyMessage], reply: Reply) -> None:
        runnable = self.bound.bind(choice.model, self.specs, last=self.last)
        with clocked(choice, reply, self.emit) as clock:
            async for piece in runnable.astream(list(view)):
                text, reasoning = reply.add(piece)
                clock.see(piece, reply)
                self._say(text, reasoning)
        self._say(reply.finish(), "")
        if usage := reply.usage:
            self.emit(
                Usage(
                    input_tokens=usage["input_tokens"],
                    output_tokens=usage["output_tokens"],
                    context_window=choice.context_window,
                )
            )

    def _say(self, text: str, reasoning: str) -> None:
        if reasoning:
            self.emit(Reasoning(text=reasoning))
        if text:
            self.emit(Token(text=text))

    def _tools(self) -> list[dict[str, Any]]:
        return [spec.as_openai() for spec in self.specs]
