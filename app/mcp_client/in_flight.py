"""The calls that a server is working on, and the questions it asks meanwhile.

A question (for a person's input, for a completion) names no call, so it belongs to all calls in flight: their
clocks stand still until it is answered, what was answered is noted with each of them, and when the last of them
has gone, cancelled or timed out, nobody needs the answer any more and the question is withdrawn.
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class Flight:
    """One call in flight."""

    def __init__(self, clock: asyncio.Timeout) -> None:
        self._clock = clock
        self._left: float | None = None
        self.alone = True
        """Whether no other call was in flight at the same time."""
        self.notes: list[str] = []
        """What the model should read together with the result."""

    def pause(self) -> None:
        """Stop the clock."""
        due = self._clock.when()
        if due is not None:
            self._left = due - asyncio.get_running_loop().time()
            self._clock.reschedule(None)

    def resume(self) -> None:
        """Let the clock run on."""
        if self._left is not None:
            self._clock.reschedule(asyncio.get_running_loop().time() + self._left)
            self._left = None


class InFlight:
    """All calls and questions of one connection."""

    def __init__(self) -> None:
        self._flights: set[Flight] = set()
        self._questions: set[asyncio.Future[Any]] = set()

    @asynccontextmanager
    async def call(self, seconds: float | None) -> AsyncGenerator[Flight]:
        """A call that may take ``seconds``, not counting questions.

        Raises:
            TimeoutError: The time is over.
        """
        async with asyncio.timeout(seconds) as clock:
            flight = Flight(clock)
            self._flights.add(flight)
            if len(self._flights) > 1:
                for each in self._flights:
                    each.alone = False
            if self._questions:
                flight.pause()
            try:
                yield flight
            finally:
                self._flights.discard(flight)
                if not self._flights:
                    for question in self._questions:
                        question.cancel()

    def note(self, text: str) -> None:
        """Tell every call in flight."""
        for flight in self._flights:
            flight.notes.append(text)

    async def ask(self, question: Coroutine[Any, Any, T]) -> T | None:
        """Wait for the answer with all clocks stopped; None when the question was withdrawn."""
        task = asyncio.ensure_future(question)
        self._questions.add(task)
        for flight in self._flights:
            flight.pause()
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            self._questions.discard(task)
            if not self._questions:
                for flight in self._flights:
                    flight.resume()
        return None if task.cancelled() else task.result()
