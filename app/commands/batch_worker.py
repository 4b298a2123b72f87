"""``batch worker``: one agent that takes items from the queue until it is stopped."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.batch.item_run import ItemRunner, Patience
from app.batch.progress import Silence
from app.batch.queue_worker import QueueWorker, open_ownership
from app.batch.work_queue import open_queue
from app.commands.batch import interruptible, open_agent
from app.console import say
from app.errors import UsageError
from app.logs.opened import open_log
from app.masking import remember_secrets, secrets_in_url
from app.settings import SettingsTree
from app.settings_sources import load_settings


@dataclass(frozen=True)
class WorkerOptions:
    """The flags of ``batch worker`` that are not settings."""

    queue: str
    concurrency: int
    retries: int
    yes: bool
    keep_threads: bool
    quiet: bool


def run_worker(options: WorkerOptions, flags: Mapping[str, Mapping[str, Any]]) -> int:
    """Work until Ctrl-C or SIGTERM; returns the exit code.

    Raises:
        UsageError: no queue is named.
        SwitchyardError: nothing could be started.
    """
    if not options.queue:
        raise UsageError("a worker needs --queue.", hint="For example --queue postgresql://user@host/database.")
    settings = load_settings(flags)
    if settings.storage.postgres is None:  # threads belong where every worker finds them
        settings = load_settings({**flags, "storage": {"postgres": options.queue}})
    open_log(settings)
    remember_secrets(secrets_in_url(options.queue))
    asyncio.run(_work(settings, options))
    return 0


async def _work(settings: SettingsTree, options: WorkerOptions) -> None:
    async with (
        open_queue(options.queue) as queue,
        open_ownership(options.queue) as ownership,
        open_agent(settings, Silence(), approve_all=options.yes) as runtime,
    ):
        runner = ItemRunner(runtime, Patience(retries=options.retries), approve_all=options.yes)
        worker = QueueWorker(queue, runner, ownership, keep_threads=options.keep_threads)
        if not options.quiet:
            say(f"working, {options.concurrency} items at once; Ctrl-C finishes those under way and leaves.")
        with interruptible(worker.stop):
            await worker.run(options.concurrency)
        if not options.quiet:
            say(f"{worker.finished} items finished.")
