"""Reaching guards that run already: how a door stops a robot that another process works with."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from app.errors import RobotOutOfReach, UsageError
from app.robot.emergency import LAST_RESORT
from app.robot.opened import robot_folder
from app.settings import StorageSettings
from robot.control import GuardControl, GuardEndpoint, GuardUnreachable, open_guard_control, read_endpoint


def known_guards(storage: StorageSettings) -> list[GuardEndpoint]:
    """The guards that said where they are, by profile. One that was killed is among them until the next starts."""
    found: list[GuardEndpoint] = []
    for path in sorted(robot_folder(storage).glob("*.json")):
        try:
            found.append(read_endpoint(path))
        except GuardUnreachable:
            continue
    return found


def wanted_guards(storage: StorageSettings, profile: str) -> list[GuardEndpoint]:
    """The guard of a profile, or all of them.

    Raises:
        RobotOutOfReach: there is none.
    """
    wanted = [guard for guard in known_guards(storage) if profile in ("", guard.profile)]
    if not wanted:
        raise RobotOutOfReach(
            f"no guard {f'of {profile} ' if profile else ''}is running.",
            hint=f"`repl --robot` and `robot guard` start one. {LAST_RESORT}",
        )
    return wanted


@asynccontextmanager
async def reach_guard(storage: StorageSettings, profile: str = "") -> AsyncGenerator[GuardControl, None]:
    """Speak to the guard of a profile, or to the only one there is.

    Raises:
        RobotOutOfReach: there is none, or it does not answer.
        UsageError: there are several and none was named.
    """
    wanted = wanted_guards(storage, profile)
    if len(wanted) > 1:
        names = ", ".join(guard.profile for guard in wanted)
        raise UsageError("several guards are running.", hint=f"Name one of them: {names}.")
    try:
        async with open_guard_control(wanted[0]) as control:
            yield control
    except GuardUnreachable as error:
        raise out_of_reach(wanted[0], error) from None


def out_of_reach(guard: GuardEndpoint, error: GuardUnreachable) -> RobotOutOfReach:
    """What to say of a guard that wrote down where it is and does not answer there."""
    if is_running(guard):
        return RobotOutOfReach(f"{error}.", hint=LAST_RESORT)
    return RobotOutOfReach(f"the guard of {guard.profile} was killed (process {guard.pid}).", hint=LAST_RESORT)


def is_running(guard: GuardEndpoint) -> bool:
    """Whether there is a process of that number; meant for the words of a message only."""
    try:
        os.kill(guard.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
