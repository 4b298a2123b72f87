"""Threads in PostgreSQL, for those who run several processes or already keep a database.

Same promises as the SQLite store, and the same tests. Behind the extra ``postgres``.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.errors import ConfigurationError
from app.store import Store
from app.thread_list import ThreadSummary
from graphs.journal import JournalEntry
from graphs.toolset import ToolResult

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from psycopg.rows import DictRow
    from psycopg_pool import AsyncConnectionPool

    Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

CONNECT_SECONDS = 5
TABLES_SECONDS = 60
ASK_AGAIN_SECONDS = 0.05
_TABLES_LOCK = "hashtext('switchyard-tables')"

_CALLS = """
CREATE TABLE IF NOT EXISTS switchyard_calls (
    thread TEXT NOT NULL,
    call_id TEXT NOT NULL,
    name TEXT NOT NULL,
    arguments TEXT NOT NULL,
    result TEXT,
    started_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    finished_at TIMESTAMPTZ,
    PRIMARY KEY (thread, call_id)
)
"""
_THREADS = """
CREATE TABLE IF NOT EXISTS switchyard_threads (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    model TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
)
"""
_ISO = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'


@asynccontextmanager
async def open_postgres_store(connection_string: str) -> AsyncGenerator[Store, None]:
    """Open the database and create what is missing.

    Raises:
        ConfigurationError: the extra is not installed, the database cannot be reached, or another
            program creates its tables for too long.
    """
    try:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
        from psycopg.rows import dict_row
        from psycopg_pool import AsyncConnectionPool
    except ImportError as error:
        raise ConfigurationError(
            "STORAGE__POSTGRES needs the extra `postgres`.",
            hint="uv sync --extra postgres, or install switchyard[postgres].",
        ) from error

    await _try_to_connect(connection_string)
    options: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: Pool = AsyncConnectionPool(connection_string, min_size=1, max_size=8, open=False, kwargs=options)
    async with pool:
        saver = AsyncPostgresSaver(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        async with _alone(pool):
            await saver.setup()
            for table in (_CALLS, _THREADS):
                await _execute(pool, table)
        yield Store(checkpointer=saver, journal=PostgresJournal(pool), threads=PostgresThreadList(pool))


async def _try_to_connect(connection_string: str) -> None:
    """Fail with one sentence: a pool would go on trying, and log every attempt."""
    from psycopg import AsyncConnection, OperationalError, ProgrammingError

    try:
        connection = await AsyncConnection.connect(connection_string, connect_timeout=CONNECT_SECONDS)
    except ProgrammingError as error:  # its text may quote the password
        raise ConfigurationError(
            "STORAGE__POSTGRES is not a connection string.",
            hint="For example postgresql://user:password@host/database.",
        ) from error
    except OperationalError as error:
        raise ConfigurationError(
            f"the PostgreSQL database of STORAGE__POSTGRES cannot be reached: {str(error).splitlines()[0]}.",
            hint="Check that it runs and that user, password and database name are right; psql takes the same string.",
        ) from error
    await connection.close()


@asynccontextmanager
async def _alone(pool: "Pool") -> AsyncGenerator[None, None]:
    """One process at a time creates tables: several may be started at once on an empty database.

    It asks again and again rather than waiting in the database: an index that is built concurrently
    waits for every query that runs, also for one that waits for this lock.

    Raises:
        ConfigurationError: another process is not done within `TABLES_SECONDS`.
    """
    async with pool.connection() as connection:
        gives_up = time.monotonic() + TABLES_SECONDS
        while True:
            got = await (await connection.execute(f"SELECT pg_try_advisory_lock({_TABLES_LOCK}) AS got")).fetchone()
            if got and got["got"]:
                break
            if time.monotonic() > gives_up:
                raise ConfigurationError(
                    f"another program has been creating the tables of STORAGE__POSTGRES for {TABLES_SECONDS} seconds.",
                    hint="Try again when it is done, or end it: it holds an advisory lock (pg_locks shows by whom).",
                )
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        try:
            yield
        finally:
            await connection.execute(f"SELECT pg_advisory_unlock({_TABLES_LOCK})")


class PostgresJournal:
    """`graphs.journal.Journal` over a pool that is opened and closed by the store."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool

    async def find(self, thread: str, call_id: str) -> JournalEntry | None:
        """The entry of an earlier attempt, if there was one."""
        query = "SELECT name, arguments, result FROM switchyard_calls WHERE thread = %s AND call_id = %s"
        rows = await _execute(self._pool, query, (thread, call_id))
        if not rows:
            return None
        return JournalEntry(
            thread=thread,
            call_id=call_id,
            name=rows[0]["name"],
            arguments=json.loads(rows[0]["arguments"]),
            result=ToolResult(**json.loads(rows[0]["result"])) if rows[0]["result"] else None,
        )

    async def start(self, thread: str, call_id: str, name: str, arguments: dict[str, Any]) -> None:
        """Record that the call is about to be sent."""
        await _execute(
            self._pool,
            "INSERT INTO switchyard_calls (thread, call_id, name, arguments) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (thread, call_id) DO UPDATE SET name = excluded.name, arguments = excluded.arguments,"
            " result = NULL, started_at = excluded.started_at, finished_at = NULL",
            (thread, call_id, name, json.dumps(arguments, ensure_ascii=False)),
        )

    async def finish(self, thread: str, call_id: str, result: ToolResult) -> None:
        """Record the outcome."""
        await _execute(
            self._pool,
            "UPDATE switchyard_calls SET result = %s, finished_at = clock_timestamp()"
            " WHERE thread = %s AND call_id = %s",
            (json.dumps(asdict(result), ensure_ascii=False), thread, call_id),
        )


class PostgresThreadList:
    """A ThreadList over a pool that is opened and closed by the store."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool

    async def touch(self, thread: str, *, title: str, model: str) -> None:
        """Note that a turn begins; the title is kept from the first one."""
        await _execute(
            self._pool,
            "INSERT INTO switchyard_threads (id, title, model) VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE SET"
            " model = excluded.model, updated_at = clock_timestamp()",
            (thread, title, model),
        )

    async def all(self) -> list[ThreadSummary]:
        """All threads, the latest first."""
        return await self._select("ORDER BY switchyard_threads.updated_at DESC, id", ())

    async def find(self, thread: str) -> ThreadSummary | None:
        """One thread by its id."""
        return next(iter(await self._select("WHERE id = %s", (thread,))), None)

    async def delete(self, thread: str) -> None:
        """Forget a thread and its journal."""
        await _execute(self._pool, "DELETE FROM switchyard_threads WHERE id = %s", (thread,))
        await _execute(self._pool, "DELETE FROM switchyard_calls WHERE thread = %s", (thread,))

    async def _select(self, tail: str, values: tuple[str, ...]) -> list[ThreadSummary]:
        times = ", ".join(f"to_char({at} AT TIME ZONE 'UTC', '{_ISO}') AS {at}" for at in ("created_at", "updated_at"))
        rows = await _execute(self._pool, f"SELECT id, title, model, {times} FROM switchyard_threads {tail}", values)
        return [ThreadSummary(**row) for row in rows]


async def _execute(pool: "Pool", statement: str, values: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement.encode(), values or None)
        return await cursor.fetchall() if cursor.description else []
