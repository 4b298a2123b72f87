"""``robot sim | guard | stop | status | reset``: the robot from the shell, without a model.

A stop goes straight to the guard, whoever works with the robot. Without a name it stops every robot there is: in the
moment it is wanted nobody should have to look a name up.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.commands.robot_report import render_report
from app.console import can_ask, report, say
from app.errors import ApprovalNeeded, RobotOutOfReach, SwitchyardError
from app.robot.emergency import LAST_RESORT, person
from app.robot.opened import robot_folder
from app.robot.reach import out_of_reach, reach_guard, wanted_guards
from app.settings_sources import load_settings
from robot.control import GuardControl, GuardEndpoint, GuardRefused, GuardUnreachable, open_guard_control


@dataclass(frozen=True)
class SimulatorFlags:
    """Flags of ``robot sim``."""

    host: str
    port: int
    page_port: int | None
    """None serves no page."""
    ros1: bool
    log: Path | None
    profile: str
    """Whose guard the page shows and stops."""


def run_simulator(flags: SimulatorFlags) -> int:
    """Play a robot until Ctrl-C; returns the exit code."""
    from robot.simulator.run import RunOptions
    from robot.simulator.run import run_simulator as play

    guard = robot_folder(load_settings().storage) / f"{flags.profile}.json"
    options = RunOptions(
        host=flags.host,
        port=flags.port,
        ros1=flags.ros1,
        log_file=flags.log,
        page_port=flags.page_port,
        guard=guard,
    )
    return play(options)


def run_guard(profile: str, options: list[str]) -> int:
    """Become a guard that other clients of rosbridge can use; does not return.

    It takes this process over, so that a signal sent to it reaches the guard itself.
    """
    folder = robot_folder(load_settings().storage)
    command = [sys.executable, "-m", "robot.guard", "--profile", profile, "--state-dir", str(folder), *options]
    os.execv(sys.executable, command)


def stop_robots(profile: str) -> int:
    """Press the emergency stop of one robot or of all; returns 0 when every one of them stands.

    Raises:
        RobotOutOfReach: no guard is running, or none answers.
    """
    guards = wanted_guards(load_settings().storage, profile)
    failures = asyncio.run(_stop_all(guards))
    for guard in guards:
        if guard.profile not in failures:
            print(f"{guard.profile} stands still until a person resets it: robot reset {guard.profile}")
    for failure in failures.values():
        report(failure)
    return RobotOutOfReach.exit_code if failures else 0


async def _stop_all(guards: list[GuardEndpoint]) -> dict[str, SwitchyardError]:
    found = await asyncio.gather(*(_stop(guard) for guard in guards))
    return {guard.profile: failure for guard, failure in zip(guards, found, strict=True) if failure}


async def _stop(guard: GuardEndpoint) -> SwitchyardError | None:
    try:
        async with open_guard_control(guard) as control:
            await control.estop(f"{person()} ran robot stop")
    except GuardUnreachable as error:
        return out_of_reach(guard, error)
    except GuardRefused as error:
        return RobotOutOfReach(f"the guard of {guard.profile} says: {error}.", hint=LAST_RESORT)
    return None


def show_status(profile: str, *, as_json: bool) -> int:
    """Print what every guard says of its robot; returns 0 when all of them answer.

    Raises:
        RobotOutOfReach: no guard is running.
    """
    guards = wanted_guards(load_settings().storage, profile)
    answers, failures = asyncio.run(_ask_all(guards))
    if as_json:
        print(json.dumps(answers, ensure_ascii=False, indent=2))
    else:
        for guard, answer in zip(guards, answers, strict=True):
            if "state" in answer:
                print("\n".join(render_report(guard, answer)))
    for failure in failures:
        report(failure)
    return RobotOutOfReach.exit_code if failures else 0


async def _ask_all(guards: list[GuardEndpoint]) -> tuple[list[dict[str, Any]], list[SwitchyardError]]:
    answers: list[dict[str, Any]] = []
    failures: list[SwitchyardError] = []
    for guard in guards:
        place = {"profile": guard.profile, "guard": guard.rosbridge_url, "pid": guard.pid}
        try:
            async with open_guard_control(guard) as control:
                answers.append(place | await control.status())
        except (GuardUnreachable, GuardRefused) as error:
            failures.append(
                out_of_reach(guard, error) if isinstance(error, GuardUnreachable) else RobotOutOfReach(f"{error}.")
            )
            answers.append(place | {"error": failures[-1].message})
    return answers, failures


def reset_robot(profile: str, *, yes: bool) -> int:
    """Unlatch the emergency stop for a person, who is asked first; returns 0 when it is off, 1 when they say no.

    Raises:
        ApprovalNeeded: nobody is here to ask.
        RobotOutOfReach: no guard answers.
    """
    return asyncio.run(_reset(profile, yes=yes))


async def _reset(profile: str, *, yes: bool) -> int:
    async with reach_guard(load_settings().storage, profile) as control:
        status = await control.status()
        name = control.endpoint.profile
        if status["state"] != "estop":
            print(f"The emergency stop of {name} is not latched; {name} is {status['state']}.")
            return 0
        if not (yes or await _person_agrees(name, str(status["reason"]))):
            say(f"{name} stays stopped.")
            return 1
        state = (await _reset_by_person(control))["state"]
        print(f"{name} is {state}: {_MEANING[state]}")
    return 0


_MEANING = {"held": "it waits for the next approved command.", "released": "commands reach it again."}


async def _reset_by_person(control: GuardControl) -> dict[str, Any]:
    try:
        return await control.reset(person())
    except GuardRefused as error:
        raise RobotOutOfReach(f"the guard says: {error}.", hint="See the log beside its state file.") from None


async def _person_agrees(name: str, reason: str) -> bool:
    """Ask whoever sits at the terminal.

    Raises:
        ApprovalNeeded: nobody does.
    """
    if not can_ask():
        raise ApprovalNeeded(
            f"only a person may reset the emergency stop of {name} ({reason}), and nobody is here to ask.",
            hint="Look at the robot, then run it in a terminal, or with --yes.",
        )
    say(f"The emergency stop of {name} is latched: {reason}.")
    from app.commands.line_input import read_line

    answer = await read_line("Did you look at the robot, and may it move again? [y/N] ")
    return answer is not None and answer.strip().lower() in ("y", "yes")
