"""Reads a server's memory again and again while it is measured, and keeps the most."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from app.bench.memory import MemoryReading, read_memory, server_pids
from app.bench.target import Target

_PAUSE = 0.5


@dataclass
class MemoryWatch:
    """The most that was seen so far."""

    most: MemoryReading = field(default_factory=MemoryReading)

    async def look(self, target: Target, pids: set[int]) -> None:
        """Take one reading, beside the event loop so that no token waits for it."""
        self.most = self.most.or_more(await asyncio.to_thread(read_memory, target, pids))


@asynccontextmanager
async def watching_memory(target: Target) -> AsyncGenerator[MemoryWatch]:
    """While this lasts, the memory is read every half second, and once more at the end."""
    watch, pids = MemoryWatch(), await asyncio.to_thread(server_pids, target)
    task = asyncio.create_task(_go_on(watch, target, pids))
    try:
        yield watch
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await watch.look(target, pids)


async def _go_on(watch: MemoryWatch, target: Target, pids: set[int]) -> None:
    while True:
        await asyncio.sleep(_PAUSE)
        await watch.look(target, pids)
