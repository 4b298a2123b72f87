"""`python -m robot.guard --profile PROFILE`: a guard of its own, for anyone with rosbridge and a rosbridge client.

The same program speaks to a running guard (status, hold, release, estop, reset) and replays a black box.
"""

import argparse
import asyncio
import getpass
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from robot.control import GuardRefused, GuardUnreachable, open_guard_control, read_endpoint
from robot.guard.guard import GuardOptions, new_token, open_guard
from robot.guard.replay import ReplayFailed, replay
from robot.patient_output import patient_output
from robot.profile import Address, GuardPorts, ProfileError, RobotProfile, find_profile, load_profile

TOKEN_VARIABLE = "ROBOT_GUARD_TOKEN"
_ASKED = ("status", "hold", "release", "estop", "reset")


def main() -> int:
    """Run one command; the exit code is 0 when it did what it was asked, 2 when it could not begin."""
    arguments = _parser().parse_args()
    try:
        with suppress(KeyboardInterrupt):
            return asyncio.run(_command(arguments))
    except (ProfileError, GuardUnreachable, GuardRefused, ReplayFailed, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 130


async def _command(arguments: argparse.Namespace) -> int:
    if arguments.command in _ASKED:
        return await _ask(arguments)
    if arguments.command == "replay":
        sent = await replay(arguments.file, arguments.to, speed=arguments.speed)
        print(f"{sent} frames sent to {arguments.to}")
        return 0
    return await _guard(arguments)


async def _guard(arguments: argparse.Namespace) -> int:
    profile = _profile(arguments)
    mode = "read-only" if arguments.read_only else "dry-run" if arguments.dry_run else "normal"
    options = GuardOptions(
        state_folder=arguments.state_dir,
        host=arguments.host,
        mode=mode,
        held=arguments.held,
        parent=arguments.parent,
        token=os.environ.pop(TOKEN_VARIABLE, "") or new_token(),
    )
    with patient_output(sys.stderr) as talk:
        return await _guard_until_ended(profile, options, talk)


async def _guard_until_ended(profile: RobotProfile, options: GuardOptions, talk: TextIO) -> int:
    async with open_guard(profile, options) as guard:
        guard.on_event = lambda event: _say(event, talk)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, guard.ended.set)
        endpoint = guard.endpoint
        print(f"guarding {profile.name} at {profile.rosbridge.url}: connect to {endpoint.rosbridge_url}")
        print(f"control: {endpoint.control_url}, token in {guard.endpoint_path}", flush=True)
        if guard.safety.state != "released":
            print(f"{guard.safety.state}: {guard.status()['reason']}", file=sys.stderr, flush=True)
        await guard.ended.wait()
    return 0


def _profile(arguments: argparse.Namespace) -> RobotProfile:
    profile = load_profile(find_profile(arguments.profile))
    bridge, guard = profile.rosbridge, profile.guard
    if arguments.rosbridge:
        host, _, port = arguments.rosbridge.rpartition(":")
        bridge = Address(host.strip("[]") or bridge.host, int(port))
    port = guard.port if arguments.port is None else arguments.port
    control_port = guard.control_port if arguments.control_port is None else arguments.control_port
    return profile.at(bridge, GuardPorts(port, control_port))


def _say(event: dict[str, Any], talk: TextIO) -> None:
    """A line about an event; who looks after a robot goes on when nobody reads, and when nobody can."""
    facts = ", ".join(f"{key} {value}" for key, value in event.items() if key not in ("event", "t"))
    with suppress(OSError):
        print(f"{event['event']}: {facts}" if facts else event["event"], file=talk, flush=True)


async def _ask(arguments: argparse.Namespace) -> int:
    profile = load_profile(find_profile(arguments.profile))
    endpoint = read_endpoint(arguments.state_dir / f"{profile.name}.json")
    reason = f"{getpass.getuser()} at a terminal"
    async with open_guard_control(endpoint) as control:
        asked = {
            "status": control.status,
            "hold": lambda: control.hold(reason),
            "release": control.release,
            "estop": lambda: control.estop(reason),
            "reset": lambda: control.reset(getpass.getuser()),
        }
        print(json.dumps(await asked[arguments.command](), indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m robot.guard", description=__doc__)
    state = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "switchyard" / "robot"
    parser.add_argument("--profile", default="turtlesim", help="a path, or the name of a shipped profile")
    parser.add_argument("--state-dir", type=Path, default=state, help="endpoint file, E-stop latch, black box")
    parser.add_argument("--rosbridge", metavar="HOST:PORT", help="instead of the profile's")
    parser.add_argument("--host", default="127.0.0.1", help="elsewhere than on loopback every client needs the token")
    parser.add_argument("--port", type=int, help="for rosbridge clients; 0 takes a free one")
    parser.add_argument("--control-port", type=int, help="for the control socket; 0 takes a free one")
    parser.add_argument("--held", action="store_true", help="let nothing through before the first release")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this parent is gone and the robot stands")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--read-only", action="store_true", help="let no write through")
    modes.add_argument("--dry-run", action="store_true", help="swallow writes and answer as if they had been done")
    commands = parser.add_subparsers(dest="command")
    for name in _ASKED:
        commands.add_parser(name, help=f"{name}, at the guard that runs")
    player = commands.add_parser("replay", help="send what reached the robot once more, in the same rhythm")
    player.add_argument("file", type=Path)
    player.add_argument("--to", default="ws://127.0.0.1:9091", help="a guard, so that limits hold again")
    player.add_argument("--speed", type=float, default=1.0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
