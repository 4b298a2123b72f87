"""The guard as a process of its own: started held, told who its parent is, ended when the agent ends.

It leads a session of its own, so that neither Ctrl-C in the terminal nor a kill of the agent reaches it: it has to
outlive us for as long as it takes to stop the robot.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from app.errors import ConfigurationError
from robot.control import GuardControl, GuardEndpoint, GuardRefused, GuardUnreachable, open_guard_control, read_endpoint

START_LIMIT = 20.0
"""Seconds; a loaded machine takes a while to import anything."""
END_LIMIT = 3.0
_LOOK_EVERY = 0.02


def endpoint_path(folder: Path, profile: str) -> Path:
    """Where a running guard of that profile says how to reach it."""
    return folder / f"{profile}.json"


@asynccontextmanager
async def guard_process(
    profile_path: Path, profile: str, folder: Path, *, mode: str = "normal"
) -> AsyncGenerator[GuardControl, None]:
    """Run a guard and speak to it.

    Args:
        profile_path: the robot's profile.
        profile: its name.
        folder: where the guard keeps its endpoint, its latch, its black box and its log.
        mode: `normal`, `read-only` or `dry-run`.

    Raises:
        ConfigurationError: it does not start, or another one for this robot runs already.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    await _refuse_a_second(endpoint_path(folder, profile))
    log = folder / f"{profile}.log"
    process = await _start(profile_path, folder, mode, log)
    try:
        endpoint = await _ready(process, endpoint_path(folder, profile), log)
        async with open_guard_control(endpoint) as control:
            yield control
    finally:
        await _end(process)


async def _refuse_a_second(path: Path) -> None:
    """Two agents on one guard would end each other's movements, and two guards would not know of each other."""
    try:
        endpoint = await asyncio.to_thread(read_endpoint, path)
        async with open_guard_control(endpoint) as control:
            await control.status()
    except (GuardUnreachable, GuardRefused):
        return
    raise ConfigurationError(
        f"a guard for {endpoint.profile} runs already (process {endpoint.pid}).",
        hint="End the other conversation with this robot, or that guard.",
    )


async def _start(profile_path: Path, folder: Path, mode: str, log: Path) -> asyncio.subprocess.Process:
    flags = [] if mode == "normal" else [f"--{mode}"]
    output = await asyncio.to_thread(os.open, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "robot.guard", "--profile", str(profile_path), "--state-dir", str(folder)),
            *("--held", "--parent", str(os.getpid()), *flags),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    finally:
        os.close(output)


async def _ready(process: asyncio.subprocess.Process, path: Path, log: Path) -> GuardEndpoint:
    try:
        async with asyncio.timeout(START_LIMIT):
            while process.returncode is None:
                with contextlib.suppress(GuardUnreachable):
                    endpoint = await asyncio.to_thread(read_endpoint, path)
                    if endpoint.pid == process.pid:
                        return endpoint
                await asyncio.sleep(_LOOK_EVERY)
    except TimeoutError:
        raise ConfigurationError(f"the robot's guard was not ready within {START_LIMIT:g} s.", hint=_see(log)) from None
    said = (await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")).strip().splitlines()
    why = said[-1].removeprefix("error: ") if said else "it said nothing"
    raise ConfigurationError(f"the robot's guard did not start: {why}.", hint=_see(log))


def _see(log: Path) -> str:
    return f"Its log is {log}."


async def _end(process: asyncio.subprocess.Process) -> None:
    for end in (process.terminate, process.kill):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            end()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_LIMIT)
