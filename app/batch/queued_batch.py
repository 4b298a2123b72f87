"""A batch that workers run: puts the items into the queue, waits, and writes down what comes back.

Killed in between, it loses nothing: the workers go on, and the same command collects.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from app.batch.intake import Intake
from app.batch.item import BatchItem
from app.batch.queue_results import KeptResult
from app.batch.records import Records
from app.batch.work_queue import WorkQueue, open_queue

_CHUNK = 500
_PAUSE = 0.5
"""Seconds between two looks for results."""
_QUIET = 10.0
"""Seconds without a result after which is asked whether jobs were given up."""

Interruptible = Callable[[Callable[[], None]], AbstractContextManager[None]]


async def run_queued(url: str, intake: Intake, records: Records, interruptible: Interruptible) -> None:
    """Run the batch; Ctrl-C ends the waiting, not the work.

    Raises:
        ConfigurationError: the database cannot be reached.
        OutputLost: the results cannot be written any more.
    """
    async with open_queue(url) as queue:
        batch = QueuedBatch(queue, records, intake)
        with interruptible(batch.stop):
            await batch.run()


class QueuedBatch:
    """One run of the asking side."""

    def __init__(self, queue: WorkQueue, records: Records, intake: Intake) -> None:
        self._queue = queue
        self._records = records
        self._intake = intake
        self._batch = records.ledger.batch
        self._stopped = asyncio.Event()
        self._open = 0
        self._quiet = 0.0

    def stop(self) -> None:
        """Wait no longer."""
        self._records.tally.was_stopped = True
        self._stopped.set()
        self._intake.stop()

    async def run(self) -> None:
        """Until every item has a result."""
        await self._queue.results.forget_failures(self._batch)
        await self._submit()
        self._records.progress.say(f"{self._open} items wait for workers: python -m app batch worker --queue ...")
        while self._open > 0 and not self._stopped.is_set():
            await self._collect()
        if not self._stopped.is_set():
            await self._queue.results.forget(self._batch)

    async def _submit(self) -> None:
        chunk: list[BatchItem] = []
        while not self._stopped.is_set() and (claimed := await self._intake.take()):
            self._open += 1
            chunk.append(claimed.item)
            if len(chunk) == _CHUNK:
                await self._queue.put(self._batch, chunk)
                chunk = []
        await self._queue.put(self._batch, chunk)

    async def _collect(self) -> None:
        """Write what there is; when there is nothing, wait a moment."""
        found = await self._queue.results.uncollected(self._batch, _CHUNK)
        for result in found:
            self._write(result)
        if found:
            await self._queue.results.mark_collected(self._batch, [result.item for result in found])
            self._quiet = 0.0
            return
        waiting = asyncio.create_task(self._stopped.wait())
        await asyncio.wait([waiting], timeout=_PAUSE)
        waiting.cancel()
        self._quiet += _PAUSE
        if self._quiet >= _QUIET:
            self._quiet = 0.0
            await self._note_given_up()

    def _write(self, result: KeptResult) -> None:
        """An answer is written once, however often it is delivered."""
        records = self._records
        if result.answered and records.ledger.has_answer(result.item):
            return
        records.keep(result.item, result.record)
        self._open -= 1

    async def _note_given_up(self) -> None:
        """A job that failed again and again in the queue itself becomes a failure of its item."""
        for name in await self._queue.results.given_up(self._batch):
            item = name.removeprefix(f"{self._batch}/")
            record = {"id": item, "error": "the workers failed at it again and again.", "exit_code": 1}
            await self._queue.results.keep(self._batch, item, answered=False, record=record)
