"""Results of a queued batch, in the database of the queue, until the command that asked for them has written them down.

A queue delivers at least once. The primary key makes that exactly one answer: the first one kept stays.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

_TABLE = """
CREATE TABLE IF NOT EXISTS switchyard_batch_results (
    batch TEXT NOT NULL,
    item TEXT NOT NULL,
    answered BOOLEAN NOT NULL,
    record TEXT NOT NULL,
    collected BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (batch, item)
)
"""
_KEEP = """
INSERT INTO switchyard_batch_results (batch, item, answered, record) VALUES (%s, %s, %s, %s)
ON CONFLICT (batch, item) DO UPDATE SET answered = excluded.answered, record = excluded.record, collected = false
WHERE NOT switchyard_batch_results.answered
"""
_GIVEN_UP = """
DELETE FROM procrastinate_jobs
WHERE queueing_lock LIKE %s AND status IN ('failed', 'cancelled', 'aborted') RETURNING queueing_lock
"""


@dataclass(frozen=True)
class KeptResult:
    """A row: what a worker made of an item."""

    item: str
    answered: bool
    record: dict[str, Any]


class QueueResults:
    """The table, over a pool that is opened and closed by the queue."""

    def __init__(self, pool: "AsyncConnectionPool") -> None:
        self._pool = pool

    async def setup(self) -> None:
        """Create the table if it is missing."""
        await self._execute(_TABLE)

    async def keep(self, batch: str, item: str, *, answered: bool, record: dict[str, Any]) -> None:
        """Keep a result; a failure gives way to any later result, an answer to none."""
        text = json.dumps(record, ensure_ascii=False).replace("\\u0000", "")
        await self._execute(_KEEP, (batch, item, answered, text))

    async def answered(self, batch: str, items: list[str]) -> list[str]:
        """Those of the items that need nothing more."""
        query = "SELECT item FROM switchyard_batch_results WHERE batch = %s AND item = ANY(%s) AND answered"
        return [item for (item,) in await self._execute(query, (batch, items))]

    async def uncollected(self, batch: str, most: int) -> list[KeptResult]:
        """Results that were not marked as collected yet."""
        query = (
            "SELECT item, answered, record FROM switchyard_batch_results"
            " WHERE batch = %s AND NOT collected ORDER BY item LIMIT %s"
        )
        rows = await self._execute(query, (batch, most))
        return [KeptResult(item, answered, json.loads(record)) for item, answered, record in rows]

    async def mark_collected(self, batch: str, items: list[str]) -> None:
        """Note that these are in the file."""
        query = "UPDATE switchyard_batch_results SET collected = true WHERE batch = %s AND item = ANY(%s)"
        await self._execute(query, (batch, items))

    async def forget_failures(self, batch: str) -> None:
        """Before a batch tries again what failed."""
        await self._execute("DELETE FROM switchyard_batch_results WHERE batch = %s AND NOT answered", (batch,))

    async def forget(self, batch: str) -> None:
        """After a batch is over; its answers are in its file."""
        await self._execute("DELETE FROM switchyard_batch_results WHERE batch = %s", (batch,))

    async def given_up(self, batch: str) -> list[str]:
        """Names of jobs that the queue itself ended without a result; they are told once."""
        return [name for (name,) in await self._execute(_GIVEN_UP, (f"{batch}/%",))]

    async def _execute(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement.encode(), values or None)
            return await cursor.fetchall() if cursor.description else []
