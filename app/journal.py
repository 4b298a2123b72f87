"""The call journal in SQLite: one row per call, written before it is sent and again with its result."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from graphs.journal import JournalEntry
from graphs.toolset import ToolResult

if TYPE_CHECKING:
    import aiosqlite

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    thread TEXT NOT NULL,
    call_id TEXT NOT NULL,
    name TEXT NOT NULL,
    arguments TEXT NOT NULL,
    result TEXT,
    started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    finished_at TEXT,
    PRIMARY KEY (thread, call_id)
)
"""


class SqliteJournal:
    """`graphs.journal.Journal` over an autocommitting connection that is opened and closed by the store.

    Each operation is one statement, and so one trip to the connection's thread. Writes are sent as if they had
    rows to fetch, because then the cursor also ends in that thread.
    """

    def __init__(self, connection: "aiosqlite.Connection") -> None:
        self._connection = connection

    async def setup(self) -> None:
        """Create the table if it is missing."""
        await self._connection.execute_fetchall(_SCHEMA)

    async def find(self, thread: str, call_id: str) -> JournalEntry | None:
        """The entry of an earlier attempt, if there was one."""
        query = "SELECT name, arguments, result FROM calls WHERE thread = ? AND call_id = ?"
        rows = list(await self._connection.execute_fetchall(query, (thread, call_id)))
        if not rows:
            return None
        name, arguments, result = rows[0]
        return JournalEntry(
            thread=thread,
            call_id=call_id,
            name=name,
            arguments=json.loads(arguments),
            result=ToolResult(**json.loads(result)) if result else None,
        )

    async def start(self, thread: str, call_id: str, name: str, arguments: dict[str, Any]) -> None:
        """Record that the call is about to be sent."""
        await self._connection.execute_fetchall(
            "INSERT OR REPLACE INTO calls (thread, call_id, name, arguments) VALUES (?, ?, ?, ?)",
            (thread, call_id, name, json.dumps(arguments, ensure_ascii=False)),
        )

    async def finish(self, thread: str, call_id: str, result: ToolResult) -> None:
        """Record the outcome."""
        await self._connection.execute_fetchall(
            "UPDATE calls SET result = ?, finished_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
            " WHERE thread = ? AND call_id = ?",
            (json.dumps(asdict(result), ensure_ascii=False), thread, call_id),
        )
