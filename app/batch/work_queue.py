"""The queue that several machines share: procrastinate's tables in a PostgreSQL database. Behind the extra ``queue``.

Decided against brokers of their own (Redis, RabbitMQ) and against Ray: several machines already need the database for
the threads, so that another worker can go on with an item whose worker died.
"""

import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.batch.item import BatchItem
from app.batch.queue_results import QueueResults
from app.errors import ConfigurationError

if TYPE_CHECKING:
    from procrastinate import App
    from psycopg_pool import AsyncConnectionPool

QUEUE = "switchyard-batch"
TASK = "switchyard.batch_item"
CONNECT_SECONDS = 5


@dataclass(frozen=True)
class WorkQueue:
    """The open queue."""

    app: "App"
    pool: "AsyncConnectionPool"
    results: QueueResults

    async def put(self, batch: str, items: Iterable[BatchItem]) -> int:
        """Add the items that are not waiting, at work or answered already; returns how many that were."""
        from procrastinate.jobs import Job

        named = {f"{batch}/{item.id}": item for item in items}
        for known in await self._under_way(list(named)):
            del named[known]
        # Asked after the jobs: a worker keeps the answer before it ends the job.
        for answered in await self.results.answered(batch, [item.id for item in named.values()]):
            del named[f"{batch}/{answered}"]
        jobs = [
            Job(
                queue=QUEUE,
                lock=item.thread_in(batch),
                queueing_lock=name,
                task_name=TASK,
                task_kwargs={"batch": batch, "line": item.line, "name": item.id, "fields": item.fields},
            )
            for name, item in named.items()
        ]
        if jobs:
            await self.app.job_manager.batch_defer_jobs_async(jobs)
        return len(jobs)

    async def waiting(self) -> int:
        """Items of all batches that no worker has begun."""
        query = b"SELECT count(*) FROM procrastinate_jobs WHERE queue_name = %s AND status = 'todo'"
        async with self.pool.connection() as connection:
            row: Any = await (await connection.execute(query, (QUEUE,))).fetchone()
        return int(row[0])

    async def _under_way(self, names: list[str]) -> list[str]:
        query = (
            b"SELECT queueing_lock FROM procrastinate_jobs"
            b" WHERE queueing_lock = ANY(%s) AND status IN ('todo', 'doing')"
        )
        async with self.pool.connection() as connection:
            return [name for (name,) in await (await connection.execute(query, (names,))).fetchall()]


@asynccontextmanager
async def open_queue(url: str) -> AsyncGenerator[WorkQueue]:
    """Open the database and create what is missing.

    Raises:
        ConfigurationError: the extra is not installed, or the database cannot be reached.
    """
    try:
        from procrastinate import App, PsycopgConnector
        from psycopg_pool import AsyncConnectionPool
    except ImportError as error:
        raise ConfigurationError(
            "--queue needs the extra `queue`.", hint="uv sync --extra queue, or install switchyard[queue]."
        ) from error
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what goes wrong with an item is in its result
    await _try_to_connect(url)
    app = App(connector=PsycopgConnector())
    pool: AsyncConnectionPool = AsyncConnectionPool(
        url, min_size=1, max_size=8, open=False, check=AsyncConnectionPool.check_connection
    )
    async with pool, app.open_async(pool):
        results = QueueResults(pool)
        await _create_tables(pool, app, results)
        yield WorkQueue(app, pool, results)


async def _create_tables(pool: "AsyncConnectionPool", app: "App", results: QueueResults) -> None:
    """One process at a time: several workers may be started at once."""
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('switchyard-batch-tables'))")
        found: Any = await (await connection.execute("SELECT to_regclass('procrastinate_jobs')")).fetchone()
        if found[0] is None:
            await app.schema_manager.apply_schema_async()
        await results.setup()


async def _try_to_connect(url: str) -> None:
    """Fail with one sentence, without the password: a pool would go on trying."""
    from psycopg import AsyncConnection, OperationalError, ProgrammingError

    try:
        connection = await AsyncConnection.connect(url, connect_timeout=CONNECT_SECONDS)
    except ProgrammingError as error:
        raise ConfigurationError(
            "--queue is not a connection string.", hint="For example postgresql://user:password@host/database."
        ) from error
    except OperationalError as error:
        raise ConfigurationError(
            f"the PostgreSQL database of --queue cannot be reached: {str(error).splitlines()[0]}.",
            hint="Check that it runs and that user, password and database name are right; psql takes the same string.",
        ) from error
    await connection.close()
