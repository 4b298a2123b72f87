"""LangGraph's checkpoints in SQLite, each operation in one trip to a thread.

``AsyncSqliteSaver`` makes a trip for every statement, commit and cursor, some twenty in a round of model and tool,
and the event loop waits for each. Here the synchronous saver does the whole of an operation in a thread of its
own. It also never leaves a transaction open when a turn is cancelled in the middle of a write.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.base import DeltaChannelHistory as History
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

P = ParamSpec("P")
T = TypeVar("T")


class SqliteCheckpoints(SqliteSaver):
    """A saver for use on event loops; make one with `open_checkpoints`."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        super().__init__(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self._thread = thread

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that the config names, or the thread's latest."""
        return await self._in_thread(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Checkpoints, the newest first, read before the first is given."""

        def read() -> list[CheckpointTuple]:
            return [*self.list(config, filter=filter, before=before, limit=limit)]

        for found in await self._in_thread(read):
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint; returns the config that names it."""
        return await self._in_thread(self.put, config, checkpoint, metadata, new_versions)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what one task wrote, all of it or nothing."""
        await self._in_thread(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """Forget a thread's checkpoints."""
        await self._in_thread(self.delete_thread, thread_id)

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, History]:
        """What LangGraph asks for channels that are kept as differences."""
        return await self._in_thread(partial(self.get_delta_channel_history, config=config, channels=channels))

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *args, **kwargs))


@asynccontextmanager
async def open_checkpoints(path: Path, tune: Sequence[str]) -> AsyncGenerator[SqliteCheckpoints]:
    """Open the database at `path`.

    Args:
        path: the file.
        tune: statements that a connection begins with.

    Raises:
        sqlite3.DatabaseError: it is not a database.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "checkpoints") as thread:
        connection = await loop.run_in_executor(thread, partial(sqlite3.connect, path, check_same_thread=False))
        try:
            saver = SqliteCheckpoints(connection, thread)
            await loop.run_in_executor(thread, _prepare, saver, tune)
            yield saver
        finally:
            await loop.run_in_executor(thread, connection.close)


def _prepare(saver: SqliteCheckpoints, tune: Sequence[str]) -> None:
    """All in one thread, cursors too: one that dies in another clears the error of a statement that runs here."""
    for statement in tune:
        saver.conn.execute(statement).close()
    saver.setup()
