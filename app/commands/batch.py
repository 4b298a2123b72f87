"""``batch``: opens the files, runs the items here or hands them to a queue, and says how it ended."""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.batch.input_lines import STDIN, count_lines, open_input
from app.batch.intake import Intake
from app.batch.item_run import ItemRunner, Patience
from app.batch.ledger import open_ledger
from app.batch.local_batch import LocalBatch
from app.batch.output_file import OutputFile
from app.batch.progress import BatchProgress, open_progress
from app.batch.records import Records
from app.batch.tally import Tally
from app.commands.one_shot import problem
from app.console import report, say, warn
from app.errors import ApprovalNeeded, SwitchyardError, UsageError
from app.logs.opened import open_log
from app.masking import remember_secrets, secrets_in_url
from app.mcp_client.hub import ServerStatus
from app.runtime import Runtime, open_runtime
from app.sampling import approve_sampling
from app.settings import SettingsTree
from app.settings_sources import load_settings


@dataclass(frozen=True)
class BatchOptions:
    """The flags of ``batch`` that are not settings."""

    source: Path
    results: Path
    failures: Path | None
    concurrency: int
    retries: int
    give_up_after: int
    yes: bool
    keep_threads: bool
    as_json: bool
    quiet: bool
    queue: str

    @property
    def failures_file(self) -> Path:
        """Where failures go: beside the results unless it is named."""
        return self.failures or self.results.with_name(f"{self.results.stem}.failures.jsonl")


def run_items(options: BatchOptions, flags: Mapping[str, Mapping[str, Any]]) -> int:
    """Answer every item that has no answer yet; returns the exit code.

    Raises:
        UsageError: a file cannot be used.
        SwitchyardError: nothing could be started.
    """
    _check_files(options)
    if options.queue:
        _check_queue_flags(options, flags)
    settings = load_settings(flags)
    open_log(settings)
    remember_secrets(secrets_in_url(options.queue))
    began = time.monotonic()
    with open_records(options) as (records, intake):
        if options.queue:
            from app.batch.queued_batch import run_queued

            asyncio.run(run_queued(options.queue, intake, records, interruptible))
        else:
            asyncio.run(_run_here(settings, options, records, intake))
        records.tally.seconds = time.monotonic() - began
    _tell(records.tally, options)
    return records.tally.exit_code


def _check_files(options: BatchOptions) -> None:
    if STDIN in (options.results, options.failures_file):
        raise UsageError(
            "results and failures must be files.", hint="What is done is read from them; only IN may be -."
        )
    names = [path.resolve() for path in (options.source, options.results, options.failures_file)]
    if len(set(names)) < len(names):
        raise UsageError("input, results and failures must be three files.", hint="Name others; see --failures.")


def _check_queue_flags(options: BatchOptions, flags: Mapping[str, Mapping[str, Any]]) -> None:
    """What the workers decide must not be given here, where it would do nothing."""
    given = {name for section in flags.values() for name, value in section.items() if value and name != "stream"}
    if given or options.yes:
        raise UsageError(
            "with --queue the workers choose model, tools, limits and approvals, and have the metrics.",
            hint="Give those flags to `batch worker`.",
        )


@contextlib.contextmanager
def open_records(options: BatchOptions) -> Generator[tuple[Records, Intake]]:
    """Everything a batch reads and writes, checked and open."""
    with (
        open_input(options.source) as lines,
        OutputFile(options.results) as results,
        open_ledger(results) as ledger,
    ):
        if results.mend():
            warn(f"the last line of {options.results} was torn and is gone; its item is taken up again.")
        with (
            OutputFile(options.failures_file, empty=True) as failures,
            open_progress(quiet=options.quiet) as progress,
        ):
            tally = Tally(total=count_lines(options.source))
            records = Records(ledger=ledger, results=results, failures=failures, tally=tally, progress=progress)
            yield records, Intake(lines, records)


async def _run_here(settings: SettingsTree, options: BatchOptions, records: Records, intake: Intake) -> None:
    async with open_agent(settings, records.progress, approve_all=options.yes) as runtime:
        runner = ItemRunner(runtime, Patience(retries=options.retries), approve_all=options.yes)
        batch = LocalBatch(
            intake=intake,
            records=records,
            runner=runner,
            concurrency=options.concurrency,
            give_up_after=options.give_up_after,
            keep_threads=options.keep_threads,
        )

        def stop() -> None:
            first = not records.tally.was_stopped
            batch.stop()
            if first:
                records.progress.say("finishing what is under way; once more cuts it short.")

        with interruptible(stop):
            await batch.run()


@contextlib.asynccontextmanager
async def open_agent(settings: SettingsTree, progress: BatchProgress, *, approve_all: bool) -> AsyncGenerator[Runtime]:
    """The agent for many items, with nobody to ask."""

    def status(server: ServerStatus) -> None:
        if line := problem(server):
            progress.say(f"warning: {line}")

    sampling = approve_sampling if approve_all else None
    async with open_runtime(settings, ask_sampling=sampling, on_status=status) as runtime:
        for line in [*runtime.hub.warnings, *runtime.models.take_notices()]:
            progress.say(f"warning: {line}")
        yield runtime


@contextlib.contextmanager
def interruptible(stop: Callable[[], None]) -> Generator[None]:
    """Let Ctrl-C and SIGTERM call `stop`, as often as they come."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _tell(tally: Tally, options: BatchOptions) -> None:
    if options.as_json:
        print(json.dumps(tally.as_json(), indent=2), flush=True)
    if not options.quiet:
        say(_summary(tally, options))
    if error := _error(tally, options):
        report(error)


def _summary(tally: Tally, options: BatchOptions) -> str:
    parts = [f"{tally.answered} answered in {tally.seconds:.1f} s"]
    parts += [f"{tally.kept} were answered before"] if tally.kept else []
    parts += [f"{tally.limited} stopped by a limit"] if tally.limited else []
    parts += [f"{tally.failed} failed ({options.failures_file})"] if tally.failed else []
    parts += [f"{tally.interrupted} interrupted"] if tally.interrupted else []
    return f"{', '.join(parts)}: {options.results}"


def _error(tally: Tally, options: BatchOptions) -> SwitchyardError | None:
    """Why the batch is not complete, and how to go on."""
    again = "The same command goes on where this ended."
    if tally.lost:
        return SwitchyardError(tally.lost.message, hint=f"{tally.lost.hint} {again}")
    if tally.was_stopped:
        return SwitchyardError("interrupted.", hint=again)
    if tally.gave_up:
        told = f"{tally.failed_in_a_row} items in a row failed, the last: {tally.last_error}"
        return SwitchyardError(told, hint=f"{again} --give-up-after 0 never stops.")
    if tally.unapproved and tally.unapproved == tally.failed:
        told = f"approval is needed for {_items(tally.failed)}, and nobody is here to give it."
        return ApprovalNeeded(told, hint="Allow the tools in the policy, or run the same command with --yes.")
    if tally.failed:
        told = f"{_items(tally.failed)} failed; {options.failures_file} says why."
        return SwitchyardError(told, hint="The same command tries those again, and only those.")
    return None


def _items(number: int) -> str:
    return "1 item" if number == 1 else f"{number} items"
