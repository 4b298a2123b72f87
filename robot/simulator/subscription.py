"""What one client gets of one topic: the throttle and the queue that rosbridge puts between.

The rules are rosbridge's. Without a queue a message that comes too early is dropped. With a queue of n the newest n
wait, the oldest goes first. Several subscriptions of one client to one topic share the lowest rate and length.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from robot.frames import Frame


class Outlet(Protocol):
    """The way to a client."""

    @property
    def congested(self) -> bool:
        """Whether the client reads more slowly than it is written to."""
        ...

    def send(self, frame: Frame) -> None:
        """Put a frame on its way."""
        ...


@dataclass(frozen=True)
class Wish:
    """What a client asked for: seconds between messages, and how many may wait."""

    throttle: float = 0.0
    queue_length: int = 0


class Subscription:
    """One client's subscription to one topic.

    Args:
        outlet: the client.
        clock: seconds, only going forward.
    """

    def __init__(self, outlet: Outlet, clock: Callable[[], float]) -> None:
        self._outlet = outlet
        self._clock = clock
        self._wishes: dict[object, Wish] = {}
        self._waiting: deque[Frame] = deque()
        self._last_sent = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is wished any more."""
        return not self._wishes

    def add(self, identifier: object, wish: Wish) -> None:
        """Add or replace the wish of that id."""
        self._wishes[identifier] = wish
        self._waiting = deque(self._waiting, maxlen=self._queue_length or None)

    def remove(self, identifier: object) -> None:
        """Forget the wish of that id, or all of them for None."""
        if identifier is None:
            self._wishes.clear()
        else:
            self._wishes.pop(identifier, None)
        if self.empty:
            self.close()

    def close(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def offer(self, frame: Frame) -> None:
        """A message of the topic: sent, kept for later or dropped."""
        if self._queue_length:
            self._waiting.append(frame)
            self.pump()
        elif self._remaining() <= 0 and not self._outlet.congested:
            self._send(frame)

    def pump(self) -> None:
        """Send what may be sent now; called again when the client has read."""
        if self._timer is not None:
            return
        while self._waiting and not self._outlet.congested:
            remaining = self._remaining()
            if remaining > 0:
                self._timer = asyncio.get_running_loop().call_later(remaining, self._on_time)
                return
            self._send(self._waiting.popleft())

    @property
    def _queue_length(self) -> int:
        return min((wish.queue_length for wish in self._wishes.values()), default=0)

    def _remaining(self) -> float:
        throttle = min((wish.throttle for wish in self._wishes.values()), default=0.0)
        return self._last_sent + throttle - self._clock()

    def _on_time(self) -> None:
        self._timer = None
        self.pump()

    def _send(self, frame: Frame) -> None:
        self._last_sent = self._clock()
        self._outlet.send(frame)
