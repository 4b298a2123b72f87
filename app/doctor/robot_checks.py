"""Is the robot there, does its guard stand before it, and can it be looked through?

The guard is started as a run would start it, but read-only, so that an examination moves nothing. Where an agent works
with the robot already, its guard is asked.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from app.doctor.finding import Finding, failed, ok, refused, warning
from app.errors import SwitchyardError
from app.robot.link import is_open
from app.robot.opened import OpenRobot, open_robot
from app.robot.reach import is_running, known_guards, reach_guard
from app.settings import SettingsTree
from robot.control import GuardControl, GuardRefused, GuardUnreachable
from robot.profile import Address, ProfileError, RobotProfile, find_profile, load_profile
from robot.tools.actions import Robot
from robot.tools.bridge import ToolFailed

_ANSWER_SECONDS = 5.0
_CONNECT_SECONDS = 3.0
_LOOK_EVERY = 0.05
_PREFIXES = ("/rosapi", "/rosapi_node")
_BRIDGE, _GUARD = "rosbridge", "robot guard"
_START = (
    "`python -m app robot sim` plays a robot; on a real one: "
    "ros2 launch rosbridge_server rosbridge_websocket_launch.xml"
)


@dataclass(frozen=True)
class ExaminedRobot:
    """What was found, and the robot for the checks that come after."""

    findings: list[Finding] = field(default_factory=list[Finding])
    robot: OpenRobot | None = None
    """None where there is none, or where another agent works with it."""


@asynccontextmanager
async def examined_robot(settings: SettingsTree) -> AsyncGenerator[ExaminedRobot, None]:
    """Examine the robot of the settings, and keep its guard for the length of the block."""
    if not settings.robot.profile:
        yield ExaminedRobot()
        return
    try:
        if findings := await _findings_beside_an_agent(settings):
            yield ExaminedRobot(findings)
            return
        async with open_robot(settings, mode="read-only") as robot:
            assert robot is not None
            yield ExaminedRobot(await _examine(robot.profile, robot.control), robot)
    except ProfileError as error:
        yield ExaminedRobot([failed("robot limits", f"{error}.", "Check --robot or ROBOT__PROFILE.")])
    except SwitchyardError as error:
        yield ExaminedRobot([refused(_GUARD, error)])


async def _findings_beside_an_agent(settings: SettingsTree) -> list[Finding]:
    """Empty where no guard of that robot runs."""
    path = find_profile(settings.robot.profile)
    profile = await asyncio.to_thread(load_profile, path)
    running = [guard for guard in known_guards(settings.storage) if guard.profile == profile.name and is_running(guard)]
    if not running:
        return []
    async with reach_guard(settings.storage, profile.name) as control:
        return await _examine(profile, control)


async def _examine(profile: RobotProfile, control: GuardControl) -> list[Finding]:
    limits = profile.limits
    told = f"{limits.linear:g} m/s, {limits.angular:g} rad/s, {limits.duration_s:g} s a movement"
    loaded = ok("robot limits", f"{profile.name}: {told}, stopped after {profile.deadman_s:g} s of silence.")
    bridge = profile.rosbridge
    if not await is_open(bridge):
        return [loaded, failed(_BRIDGE, f"nothing answers at {bridge.url}.", _START)]
    findings = [loaded, ok(_BRIDGE, f"the port at {bridge.url} is open."), await _guard(control)]
    if findings[-1].state == "failed":
        return findings
    address = Address(control.endpoint.host, control.endpoint.port)
    rosapi = await _rosapi(address)
    return [
        *findings,
        rosapi,
        await _pose(profile, address),
        *[await _camera(profile, address, c) for c in profile.cameras],
    ]


async def _guard(control: GuardControl) -> Finding:
    """Whether it is connected; a fresh one takes a moment."""
    try:
        status = await control.status()
        async with asyncio.timeout(_CONNECT_SECONDS):
            while not status["connected"]:
                await asyncio.sleep(_LOOK_EVERY)
                status = await control.status()
    except TimeoutError:
        return failed(_GUARD, "it cannot connect to rosbridge, though the port is open.", "Is that port rosbridge's?")
    except (GuardUnreachable, GuardRefused) as error:
        return failed(_GUARD, f"{error}.", "Its log lies beside its state file, in the state folder.")
    if status["state"] == "estop":
        hint = "Look at the robot, then: python -m app robot reset"
        return warning(_GUARD, f"the emergency stop is latched: {status['reason']}.", hint)
    return ok(_GUARD, f"it stands between, at {control.endpoint.rosbridge_url}, and is connected.")


async def _rosapi(address: Address) -> Finding:
    """Whether rosapi answers, and which ROS it is part of."""
    try:
        for prefix in _PREFIXES:
            if version := await _ask(address, f"{prefix}/get_ros_version"):
                return ok("rosapi", f"it answers: ROS {version.get('version')}, {version.get('distro')}.")
        if distro := await _ask(address, f"{_PREFIXES[0]}/get_param", name="/rosdistro"):
            return ok("rosapi", f"it answers: ROS 1, {_parameter(distro)}.")
    except (OSError, WebSocketException, ValueError) as error:
        return failed("rosapi", f"no answer: {error or type(error).__name__}.", "Is rosapi_node running on the robot?")
    hint = "Start rosapi_node beside rosbridge; without it nothing can list topics or services."
    return failed("rosapi", "rosbridge answers, and knows no rosapi.", hint)


def _parameter(answer: Mapping[str, Any]) -> str:
    """The value of a parameter, which comes as JSON; rosdistro ends with a newline."""
    return str(json.loads(str(answer.get("value")))).strip()


async def _ask(address: Address, service: str, **arguments: str) -> Mapping[str, Any]:
    """The values of a service's answer; empty when it says no."""
    request = {"op": "call_service", "id": service, "service": service, "args": arguments}
    async with asyncio.timeout(_ANSWER_SECONDS), connect(address.url, proxy=None, compression=None) as connection:
        await connection.send(json.dumps(request))
        async for text in connection:
            answer = json.loads(text)
            if answer.get("id") == service:
                values = answer.get("values")
                return values if answer.get("result") and isinstance(values, dict) else {}
    return {}


async def _pose(profile: RobotProfile, address: Address) -> Finding:
    hint = "Check topic and type of `pose` in the profile; ROS 1 and 2 name types differently."
    if profile.pose is None:
        return warning("robot pose", "the profile names no topic of it.", hint)
    try:
        return ok("robot pose", await Robot(profile, address).read_pose())
    except ToolFailed as error:
        return failed("robot pose", str(error), hint)


async def _camera(profile: RobotProfile, address: Address, name: str) -> Finding:
    check = f"camera {name}"
    try:
        picture, _ = await Robot(profile, address).take_picture(name)
    except ToolFailed as error:
        return failed(check, str(error), "Check `cameras` in the profile, and the camera's node.")
    size = f", {picture.size}" if picture.size else ""
    return ok(check, f"{profile.cameras[name]}: {picture.mime_type}{size}, {len(picture.content):,} bytes.")
