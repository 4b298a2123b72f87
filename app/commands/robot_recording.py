"""``robot record | replay``: a piece of the guard's black box kept in a file, and played again through a guard.

The guard writes all the time, and turns its files over. Recording copies lines out of it; replaying sends what reached
the robot then like any client would, so that the limits of today hold for it.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.console import can_ask, say
from app.errors import ApprovalNeeded, RobotOutOfReach, SwitchyardError, UsageError
from app.robot.guard_facts import facts_between
from app.robot.opened import robot_folder
from app.robot.permit import permit
from app.robot.reach import reach_guard
from app.settings_sources import load_settings
from robot.control import GuardControl, GuardRefused, GuardUnreachable
from robot.guard.black_box import KEEP, read_black_box
from robot.guard.replay import ReplayFailed, replay

_LOOK_EVERY = 0.2
_SUFFIX = ".blackbox.jsonl"


@dataclass(frozen=True)
class Recording:
    """What to copy, and where to."""

    target: Path
    profile: str
    seconds: float | None
    """How long; None goes on until Ctrl-C."""
    past: bool
    """Copy what the black box has, instead of what is to come."""


def record(wish: Recording) -> int:
    """Copy lines of a black box into a new file; returns the exit code.

    Raises:
        UsageError: the file exists, there is no black box, or there are several.
    """
    source = _black_box(wish.profile)
    try:
        with wish.target.open("x", encoding="utf-8") as target:
            if wish.past:
                _copy_past(source, target)
            else:
                say(f"recording {source.name.removesuffix(_SUFFIX)}; Ctrl-C ends it")
                with contextlib.suppress(KeyboardInterrupt):
                    _copy_future(source, target, wish.seconds)
    except FileExistsError:
        raise UsageError(f"{wish.target} exists already.", hint="Name a new file.") from None
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be used: {error.strerror}.") from error
    moving = [entry.t for entry in read_black_box(wish.target) if entry.reached_the_robot]
    print(f"{wish.target}: {_counted(moving)}")
    return 0


def _black_box(profile: str) -> Path:
    folder = robot_folder(load_settings().storage)
    found = sorted(folder.glob(f"{profile or '*'}{_SUFFIX}"))
    if not found:
        raise UsageError(
            f"no guard {f'of {profile} ' if profile else ''}has written a black box yet.", hint="`robot guard` does."
        )
    if len(found) > 1:
        names = ", ".join(path.name.removesuffix(_SUFFIX) for path in found)
        raise UsageError("there are several black boxes.", hint=f"Name a robot with --robot: {names}.")
    return found[0]


def _copy_past(source: Path, target: TextIO) -> None:
    older = [source.with_name(f"{source.name}.{number}") for number in range(KEEP, 0, -1)]
    for path in [*(path for path in older if path.exists()), source]:
        with path.open(encoding="utf-8") as lines:
            target.writelines(lines)


def _copy_future(source: Path, target: TextIO, seconds: float | None) -> None:
    ends = None if seconds is None else time.monotonic() + seconds
    for chunk in _following(source):
        target.write(chunk)
        target.flush()
        if ends is not None and time.monotonic() >= ends:
            return
        time.sleep(_LOOK_EVERY)


def _following(path: Path) -> Iterator[str]:
    """What is appended from now on, nothing as well, across the moment when the file is turned over."""
    file = path.open(encoding="utf-8")
    file.seek(0, 2)
    try:
        while True:
            chunk = file.read()
            if not chunk and path.exists() and path.stat().st_ino != os.fstat(file.fileno()).st_ino:
                file.close()
                file = path.open(encoding="utf-8")
                continue
            yield chunk
    finally:
        file.close()


def replay_recording(path: Path, profile: str, *, speed: float, yes: bool) -> int:
    """Send what a recording holds through the robot's guard; returns 0 when the guard let all of it through.

    Raises:
        UsageError: there is nothing in the file to play.
        ApprovalNeeded: nobody is here to agree.
        RobotOutOfReach: no guard answers.
        SwitchyardError: the emergency stop is latched, or it was stopped on the way.
    """
    try:
        moments = [entry.t for entry in read_black_box(path) if entry.reached_the_robot]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", hint="`robot record FILE` makes one.") from None
    if not moments:
        raise UsageError(f"{path} has no frame that reached a robot.", hint="`robot record FILE` makes one.")
    return asyncio.run(_replay(path, moments, profile, speed=speed, yes=yes))


async def _replay(path: Path, moments: list[float], profile: str, *, speed: float, yes: bool) -> int:
    async with reach_guard(load_settings().storage, profile) as control:
        if not (yes or await _person_agrees(control.endpoint.profile, moments, speed)):
            say("Nothing was sent.")
            return 1
        before = await control.status()
        sent = await _play(path, control, speed, held=before["state"] != "released")
        facts = facts_between(before, await control.status())
    print(f"{sent} frames sent to the guard of {control.endpoint.profile}.")
    if facts.text:
        say(facts.text)
    return 1 if facts.failed else 0


async def _play(path: Path, control: GuardControl, speed: float, *, held: bool) -> int:
    """Play it; a guard that is held is released for as long as that takes, as for any approved command."""
    url = control.endpoint.rosbridge_url
    try:
        if not held:
            return await replay(path, url, speed=speed)
        async with permit(control, "a replay") as leave:
            playing = asyncio.create_task(replay(path, url, speed=speed))
            ended = asyncio.create_task(leave.ended.wait())
            try:
                await asyncio.wait({playing, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended.cancel()
                playing.cancel()
                await asyncio.wait({playing})
        if playing.cancelled():
            raise SwitchyardError(f"stopped before its end: {leave.why}.")
        return playing.result()
    except (GuardRefused, ReplayFailed) as error:
        raise SwitchyardError(f"{error}.".replace("..", "."), hint="`robot status` shows the guard's state.") from None
    except GuardUnreachable as error:
        raise RobotOutOfReach(f"{error}.") from None


async def _person_agrees(name: str, moments: list[float], speed: float) -> bool:
    told = f"This sends {_counted(moments, speed)}, to {name}"
    if not can_ask():
        raise ApprovalNeeded(f"{told}, and nobody is here to agree.", hint="Run it in a terminal, or with --yes.")
    say(f"{told}. Is its way clear? It may stand elsewhere than it did then.")
    from app.commands.line_input import read_line

    answer = await read_line("play it? [y/N] ")
    return answer is not None and answer.strip().lower() in ("y", "yes")


def _counted(moments: list[float], speed: float = 1.0) -> str:
    seconds = (max(moments) - min(moments)) / speed if moments else 0.0
    noun = "frame" if len(moments) == 1 else "frames"
    return f"{len(moments)} {noun} for the robot, {seconds:.1f} s"
