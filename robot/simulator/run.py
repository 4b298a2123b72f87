"""The simulator as a program: bridge, web page and map, until somebody ends it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from robot.patient_output import patient_output
from robot.simulator.event_lines import print_events
from robot.simulator.guard_view import GuardView
from robot.simulator.page_server import PAGE_PORT, PageServer
from robot.simulator.server import Simulator, SimulatorOptions

INTERRUPTED = 130
_TERMINATED = 143
_MOST_MAPS = 20
"""That a terminal may be behind."""


@dataclass(frozen=True)
class RunOptions(SimulatorOptions):
    """How the program runs, besides how the robot is simulated."""

    page_port: int | None = PAGE_PORT
    """Where the web page is; 0 takes a free port, None serves none."""
    guard: Path | None = None
    """The state file of a guard, whose state the page shows and whose E-stop its button presses."""


def run_simulator(options: RunOptions) -> int:
    """Run until Ctrl-C or SIGTERM.

    Returns:
        The exit code: 130 after Ctrl-C, 143 after SIGTERM, 1 when a port is taken, 0 when nobody reads any more.
    """
    try:
        return asyncio.run(_run(options))
    except KeyboardInterrupt:
        return INTERRUPTED


async def _run(options: RunOptions) -> int:
    terminated = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    try:
        async with contextlib.AsyncExitStack() as stack:
            simulator = await stack.enter_async_context(Simulator(options))
            _say(f"simulated robot, ROS {1 if options.ros1 else 2}: rosbridge at {simulator.url}")
            page = await stack.enter_async_context(_page(simulator, options))
            if page:
                _say(f"web page: {page}")
            showing = asyncio.create_task(_show(simulator, page))
            stack.push_async_callback(_ended, showing)
            await asyncio.wait({showing, asyncio.create_task(terminated.wait())}, return_when=asyncio.FIRST_COMPLETED)
            if showing.done():
                await showing  # it ends only by an error
            return _TERMINATED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it flushes
        return 0
    except OSError as error:
        _say(f"error: the simulator cannot listen: {error.strerror or error}.")
        _say("hint: --port 0 and --page-port 0 take free ports; something else may run on the usual ones.")
        return 1


@asynccontextmanager
async def _page(simulator: Simulator, options: RunOptions) -> AsyncGenerator[str]:
    if options.page_port is None:
        yield ""
        return
    page = PageServer(simulator, None if options.guard is None else GuardView(options.guard))
    await page.start(options.page_port)
    try:
        yield page.url
    finally:
        await page.stop()


async def _show(simulator: Simulator, page: str) -> None:
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from robot.simulator.live_map import show_live_map

        with patient_output(sys.stdout, most=_MOST_MAPS) as output:
            await show_live_map(simulator, page, output)
    else:
        with patient_output(sys.stdout) as output:
            await print_events(simulator, lambda line: print(line, file=output, flush=True))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
