"""Runs a blocking iterator in a thread and hands its items to the event loop as they come.

One thread for the whole answer instead of one hop a token (what LangChain's default does), and a
flag that stops the work when nobody waits for it any more.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


async def iterate_in_thread(start: Callable[[threading.Event], Iterator[Item]]) -> AsyncGenerator[Item, None]:
    """The items of `start(stop)`, made in another thread.

    Args:
        start: Makes the iterator; it must end soon after the event it is given is set, which happens
            when the consumer is cancelled or stops early.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[Item | None] = asyncio.Queue()
    stop = threading.Event()

    def work() -> None:
        try:
            for item in start(stop):
                loop.call_soon_threadsafe(items.put_nowait, item)
        finally:
            loop.call_soon_threadsafe(items.put_nowait, None)

    done = loop.run_in_executor(None, work)
    try:
        while (item := await items.get()) is not None:
            yield item
        await done
    finally:
        stop.set()
