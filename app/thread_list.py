"""The list of threads. LangGraph's tables have none, and scanning checkpoints for one reads everything."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import aiosqlite

_SCHEMA = """
CREATE TABLE IF NOT EXISTS threads (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    model TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""


def new_thread_id() -> str:
    """A short random id."""
    return secrets.token_hex(4)


@dataclass(frozen=True, kw_only=True)
class ThreadSummary:
    """One line of `threads list`; times are UTC in ISO 8601."""

    id: str
    title: str
    model: str
    created_at: str
    updated_at: str


class ThreadList(Protocol):
    """Which threads exist."""

    async def touch(self, thread: str, *, title: str, model: str) -> None:
        """Note that a turn begins; the title is kept from the first one."""
        ...

    async def all(self) -> list[ThreadSummary]:
        """All threads, the latest first."""
        ...

    async def find(self, thread: str) -> ThreadSummary | None:
        """One thread by its id."""
        ...

    async def delete(self, thread: str) -> None:
        """Forget a thread and its journal."""
        ...


class SqliteThreadList:
    """A ThreadList over an autocommitting connection that is opened and closed by the store."""

    def __init__(self, connection: "aiosqlite.Connection") -> None:
        self._connection = connection

    async def setup(self) -> None:
        """Create the table if it is missing."""
        await self._connection.execute_fetchall(_SCHEMA)

    async def touch(self, thread: str, *, title: str, model: str) -> None:
        """Note that a turn begins; the title is kept from the first one."""
        await self._connection.execute_fetchall(
            "INSERT INTO threads (id, title, model) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " model = excluded.model, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
            (thread, title, model),
        )

    async def all(self) -> list[ThreadSummary]:
        """All threads, the latest first."""
        return await self._select("ORDER BY updated_at DESC, id", ())

    async def find(self, thread: str) -> ThreadSummary | None:
        """One thread by its id."""
        return next(iter(await self._select("WHERE id = ?", (thread,))), None)

    async def delete(self, thread: str) -> None:
        """Forget a thread and its journal."""
        for table, key in (("calls", "thread"), ("threads", "id")):
            await self._connection.execute_fetchall(f"DELETE FROM {table} WHERE {key} = ?", (thread,))

    async def _select(self, tail: str, values: tuple[str, ...]) -> list[ThreadSummary]:
        query = f"SELECT id, title, model, created_at, updated_at FROM threads {tail}"
        async with self._connection.execute(query, values) as cursor:
            rows = await cursor.fetchall()
        return [ThreadSummary(id=r[0], title=r[1], model=r[2], created_at=r[3], updated_at=r[4]) for r in rows]
