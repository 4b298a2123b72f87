"""Reaching guards that run already: how a door stops a robot that another process works with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from app.errors import ConfigurationError
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


@asynccontextmanager
async def reach_guard(storage: StorageSettings, profile: str = "") -> AsyncGenerator[GuardControl, None]:
    """Speak to the guard of a profile, or to the only one there is.

    Raises:
        ConfigurationError: there is none, it does not answer, or there are several and none was named.
    """
    known = [guard for guard in known_guards(storage) if profile in ("", guard.profile)]
    if not known:
        what = f"of {profile} " if profile else ""
        raise ConfigurationError(f"no robot's guard {what}is running.", hint="`repl --robot` starts one.")
    if len(known) > 1:
        names = ", ".join(guard.profile for guard in known)
        raise ConfigurationError("several guards are running.", hint=f"Name one of them: {names}.")
    try:
        async with open_guard_control(known[0]) as control:
            yield control
    except GuardUnreachable as error:
        raise ConfigurationError(f"{error}.", hint="It has ended; nothing is let through to the robot.") from None
