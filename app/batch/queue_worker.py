"""A worker: takes items from the queue, runs many at once, and takes back what dead workers left."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from app.batch.item import parse_fields
from app.batch.item_run import ItemRunner
from app.batch.outcome import INTERRUPTED
from app.batch.ownership import Ownership
from app.batch.work_queue import QUEUE, TASK, WorkQueue

HEARTBEAT = 5.0
"""Seconds between two signs of life of a worker."""
STALLED_AFTER = 15
"""Seconds without one after which its items are given to others."""
_MOST_ATTEMPTS = 200
_COMES_BACK_AFTER = 5


class PutBack(Exception):  # noqa: N818 - no error: the job comes back later
    """The worker was stopped before the item's end."""


class QueueWorker:
    """Runs items of any batch in the queue; use `run` once."""

    def __init__(self, queue: WorkQueue, runner: ItemRunner, ownership: Ownership, *, keep_threads: bool) -> None:
        self._queue = queue
        self._runner = runner
        self._ownership = ownership
        self._keep_threads = keep_threads
        self.finished = 0
        self._worker: asyncio.Task[None] | None = None

    async def run(self, concurrency: int) -> None:
        """Work until `stop` is called; then finish what is under way."""
        from procrastinate import RetryStrategy

        retry = RetryStrategy(max_attempts=_MOST_ATTEMPTS, wait=_COMES_BACK_AFTER)
        self._queue.app.task(name=TASK, queue=QUEUE, retry=retry)(self._handle)
        working = self._queue.app.run_worker_async(
            queues=[QUEUE],
            concurrency=concurrency,
            install_signal_handlers=False,
            delete_jobs="successful",
            fetch_job_polling_interval=2.0,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=STALLED_AFTER,
        )
        self._worker = asyncio.create_task(working)
        async with _beside(self._rescue()):
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker

    def stop(self) -> None:
        """Take nothing more; a second time, cut short what is under way and put it back."""
        if self._worker is None or self._worker.cancelling():
            self._runner.cancel()
        else:
            self._worker.cancel()

    async def _handle(self, batch: str, line: int, name: str, fields: dict[str, Any]) -> None:
        async with self._ownership.of(f"{batch}/{name}"):
            if await self._queue.results.answered(batch, [name]):
                return
            item = parse_fields(fields, line)
            outcome = await self._runner.run(item, batch, fresh=False)
            if outcome.exit_code == INTERRUPTED:
                raise PutBack(name)
            record = outcome.as_record()
            await self._queue.results.keep(batch, name, answered=outcome.answered, record=record)
            self.finished += 1
            if not self._keep_threads:
                await self._runner.forget(outcome)

    async def _rescue(self) -> None:
        """Give the items of dead workers to the living, over and over."""
        jobs, metrics = self._queue.app.job_manager, self._runner.runtime.metrics
        while True:
            for job in await jobs.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED_AFTER):
                await jobs.retry_job(job)
            if metrics:
                metrics.note_waiting(await self._queue.waiting())
            await asyncio.sleep(HEARTBEAT)


@asynccontextmanager
async def open_ownership(url: str) -> AsyncGenerator[Ownership]:
    """Locks on a connection of their own: one of a pool may be closed when it is idle."""
    from psycopg import AsyncConnection

    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        yield Ownership(connection)


@asynccontextmanager
async def _beside(work: Any) -> AsyncGenerator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
