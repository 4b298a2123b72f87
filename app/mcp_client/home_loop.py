"""Lets callers of other event loops use what belongs to the hub's.

LangGraph's server can give every run a loop of its own; the sessions live in the loop that opened them.
"""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from graphs.toolset import OnProgress

T = TypeVar("T")


class HomeLoop:
    """The loop this was made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    async def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine at home and wait for it here; a cancellation here cancels it there."""
        if asyncio.get_running_loop() is self._loop:
            return await make()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(make(), self._loop))

    def bring_back(self, on_progress: OnProgress | None) -> OnProgress | None:
        """``on_progress`` as called from home: in the loop and with the context variables of the caller."""
        if on_progress is None:
            return None
        here, context = asyncio.get_running_loop(), contextvars.copy_context()

        def call(progress: float, total: float | None, message: str | None) -> None:
            if here is self._loop:
                context.run(on_progress, progress, total, message)
            else:
                here.call_soon_threadsafe(on_progress, progress, total, message, context=context)

        return call
