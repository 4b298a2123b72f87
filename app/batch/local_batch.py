"""A batch on this machine: one agent, as many items at once as allowed, each result on disk before the next begins."""

import asyncio
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from app.batch.intake import Claimed, Intake
from app.batch.item_run import ItemRunner
from app.batch.records import Records
from app.errors import SwitchyardError


@dataclass(kw_only=True)
class LocalBatch:
    """One run over the input."""

    intake: Intake
    records: Records
    runner: ItemRunner
    concurrency: int
    give_up_after: int
    """Items that may fail one after another; 0 never gives up."""
    keep_threads: bool = False
    _stopped: bool = False
    _at_work: int = 0
    _threads: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def run(self) -> None:
        """Run until the input is over, or nothing more is to be begun."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(self.concurrency):
                group.create_task(self._work())
        self.records.tally.items_seconds = time.monotonic() - began

    def stop(self) -> None:
        """Begin nothing more; a second time, cut short what is under way."""
        if self._stopped:
            self.runner.cancel()
        self._stopped = self.records.tally.was_stopped = True
        self.intake.stop()

    async def _work(self) -> None:
        while not self._stopped:
            try:
                claimed = await self.intake.take()
                if claimed is None:
                    return
                self._at_work += 1
                self._count_waiting()
                try:
                    await self._run_one(claimed)
                finally:
                    self._at_work -= 1
            except SwitchyardError as error:
                self.records.tally.lost, self._stopped = error, True

    def _count_waiting(self) -> None:
        metrics, tally = self.runner.runtime.metrics, self.records.tally
        if metrics and tally.total is not None:
            metrics.note_waiting(tally.total - tally.done - tally.interrupted - self._at_work)

    async def _run_one(self, claimed: Claimed) -> None:
        async with AsyncExitStack() as held:
            if claimed.item.thread:
                await held.enter_async_context(self._threads[claimed.item.thread])
            outcome = await self.runner.run(claimed.item, self.records.ledger.batch, fresh=claimed.fresh)
        self.records.keep(claimed.item.id, outcome.as_record())
        if not self.keep_threads:
            await self.runner.forget(outcome)
        tally = self.records.tally
        if self.give_up_after and tally.failed_in_a_row >= self.give_up_after and not self._stopped:
            tally.gave_up = self._stopped = True
