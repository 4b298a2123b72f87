"""Threads on disk: LangGraph's checkpoints, the call journal and the list of threads.

One SQLite file in WAL mode with mode 0600. `synchronous=NORMAL` survives the death of the process at
any moment; a power cut may cost the last few writes, which was chosen over an fsync in every step.
Checkpoint values are read back as messages and JSON only: anything else in the file is refused.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ConfigurationError
from app.journal import SqliteJournal
from app.thread_list import SqliteThreadList, ThreadList
from graphs.journal import Journal

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

_TUNE = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA busy_timeout=10000")


@dataclass(frozen=True)
class Store:
    """Everything that outlives the process."""

    checkpointer: "BaseCheckpointSaver[str]"
    journal: Journal
    threads: ThreadList

    async def delete_thread(self, thread: str) -> None:
        """Forget a thread with its checkpoints and journal."""
        await self.checkpointer.adelete_thread(thread)
        await self.threads.delete(thread)


@asynccontextmanager
async def open_sqlite_store(path: Path) -> AsyncGenerator[Store, None]:
    """Open (and create) the database at `path`.

    Raises:
        ConfigurationError: the file cannot be opened, or is not a database.
    """
    import aiosqlite

    from app.checkpoints import open_checkpoints

    await asyncio.to_thread(_create_private, path)
    async with AsyncExitStack() as stack:
        try:
            saver = await stack.enter_async_context(open_checkpoints(path, _TUNE))
            records = await stack.enter_async_context(aiosqlite.connect(path, isolation_level=None))
            for statement in _TUNE:
                await records.execute(statement)
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"{path} cannot be used as thread database: {error}.",
                hint="Move the file away, or set STORAGE__HOME to another folder.",
            ) from error
        journal, threads = SqliteJournal(records), SqliteThreadList(records)
        await journal.setup()
        await threads.setup()
        yield Store(checkpointer=saver, journal=journal, threads=threads)


def _create_private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror}.", hint="Set STORAGE__HOME to a folder of yours."
        ) from error
