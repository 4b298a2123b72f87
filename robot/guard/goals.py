"""Goals that were forwarded and have not ended, so that a stop can cancel them.

A goal outlives the connection that sent it, in rosbridge as here. A cancelled goal is kept for a while: its cancel
may have been lost with the connection, and is then sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass

FORGET_S = 10.0
"""How long a cancelled goal without a result is remembered."""
MOST = 64
"""Goals at once; more are refused."""


@dataclass
class Goal:
    """One running action."""

    action: str
    identifier: str
    client: int
    cancelled_at: float | None = None


class Goals:
    """All of them, by id."""

    def __init__(self, cancel: Callable[[Goal], None]) -> None:
        self._cancel = cancel
        self._goals: dict[str, Goal] = {}

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._goals

    @property
    def running(self) -> list[Goal]:
        """Goals that nobody cancelled yet."""
        return [goal for goal in self._goals.values() if goal.cancelled_at is None]

    @property
    def full(self) -> bool:
        """Whether no more are taken."""
        return len(self._goals) >= MOST

    def sent(self, action: str, identifier: str, client: int) -> None:
        """A goal is about to be forwarded."""
        self._goals[identifier] = Goal(action, identifier, client)

    def ended(self, identifier: str) -> None:
        """Its result came."""
        self._goals.pop(identifier, None)

    def of(self, client: int) -> bool:
        """Whether this client waits for a result."""
        return any(goal.client == client for goal in self._goals.values())

    def cancel(self, now: float, *, client: int | None = None) -> int:
        """Cancel all, or those of one client, again if need be; the number of those that ran."""
        ran = 0
        for goal in self._goals.values():
            if client is None or goal.client == client:
                ran += goal.cancelled_at is None
                goal.cancelled_at = now
                self._cancel(goal)
        return ran

    def cancel_again(self) -> None:
        """The road to the robot was cut: repeat what may have been lost."""
        for goal in self._goals.values():
            if goal.cancelled_at is not None:
                self._cancel(goal)

    def forget(self, now: float) -> None:
        """Drop what was cancelled long ago."""
        old = [g.identifier for g in self._goals.values() if g.cancelled_at and now - g.cancelled_at > FORGET_S]
        for identifier in old:
            del self._goals[identifier]
