"""Who works on an item: a lock that the database drops when its holder's connection ends.

The queue takes a worker for dead when its heartbeat is late, which a busy machine can cause. The lock tells a slow
worker from a dead one, so that no item is ever worked on twice at the same time.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg import AsyncConnection


class StillRunning(Exception):  # noqa: N818 - no error: the job comes back later
    """Another worker, or this one, is at work on the item."""


class Ownership:
    """Locks of one worker, all held by one connection."""

    def __init__(self, connection: "AsyncConnection") -> None:
        self._connection = connection
        self._held: set[str] = set()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncGenerator[None]:
        """Hold the lock of that name.

        Raises:
            StillRunning: somebody has it.
        """
        if name in self._held:  # the database would give it to the same connection again
            raise StillRunning(name)
        self._held.add(name)
        try:
            cursor = await self._connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,))
            row = await cursor.fetchone()
            if not (row and row[0]):
                raise StillRunning(name)
            try:
                yield
            finally:
                await self._connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (name,))
        finally:
            self._held.discard(name)
