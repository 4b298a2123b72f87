"""A robot for one run: its profile, its guard, and what the rest of the agent needs to know of both."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ConfigurationError
from app.paths import state_folder
from app.robot.guard_process import guard_process
from app.settings import RobotSettings, SettingsTree, StorageSettings
from app.shipped import local_or_shipped, shipped
from robot.control import GuardControl
from robot.profile import ProfileError, RobotProfile, find_profile, load_profile

if TYPE_CHECKING:
    from app.robot.toolset import RobotToolset
    from graphs.policy import Policy
    from graphs.toolset import Toolset

SIMPLE, ROS = "robot", "ros"
"""Names of the two servers in the shipped mcp.json."""
NEVER = ("connect_to_robot", "ping_robots", "delete_parameter", "view_saved_image", "get_verified_robot*")
"""Tools of ros-mcp that no model gets, whatever an mcp.json leaves in: past the guard, into the network, into files."""
ALWAYS = ("stop", "cancel_action_goal")
"""Tools that nobody is asked about: nothing is made safer by waiting."""


@dataclass(frozen=True)
class OpenRobot:
    """A robot and its running guard."""

    profile: RobotProfile
    profile_path: Path
    control: GuardControl
    settings: RobotSettings
    enabled: tuple[str, ...]
    """Servers of the shipped mcp.json that this run uses."""
    folder: Path
    """Where ros-mcp may write."""

    @property
    def servers(self) -> Mapping[str, Path]:
        """The servers to use although they are disabled, with the file that describes them where mcp.json does not."""
        return dict.fromkeys(self.enabled, shipped("mcp.json"))

    @property
    def variables(self) -> Mapping[str, str]:
        """What their entries are filled in with."""
        return {
            "GUARD_PORT": str(self.control.endpoint.port),
            "ROBOT_PROFILE": str(self.profile_path),
            "ROBOT_FOLDER": str(self.folder),
        }

    def toolset(self, inner: "Toolset") -> "RobotToolset":
        """The tools with this robot's among them guarded."""
        from app.robot.toolset import RobotToolset

        return RobotToolset(inner, self.control, self.profile, frozenset({*self.enabled, *self.settings.servers}))

    def policy(self, policy: "Policy") -> "Policy":
        """The policy with what holds for robots after everybody else's rules; a denial holds wherever it stands."""
        from graphs.policy import Policy, Rule

        names = sorted({*self.enabled, *self.settings.servers})
        never = [Rule(tool=f"{name}:{tool}", decision="deny") for name in names for tool in NEVER]
        always = [Rule(tool=f"{name}:{tool}", decision="allow") for name in names for tool in ALWAYS]
        return Policy(rules=(*policy.rules, *never, *always), default=policy.default)

    def prompt(self) -> str:
        """What the model is told about robots, and about this one."""
        return f"{local_or_shipped('prompts/robot.md').read_text(encoding='utf-8')}\n{self.profile.prompt}".strip()


@asynccontextmanager
async def open_robot(settings: SettingsTree, *, mode: str = "") -> AsyncGenerator[OpenRobot | None, None]:
    """Start the guard of the robot in the settings; None when they name none.

    Args:
        settings: all of them.
        mode: of the guard, instead of that in the settings; `read-only` is for who only wants to look.

    Raises:
        ConfigurationError: the profile cannot be used, or the guard does not start.
    """
    if not settings.robot.profile:
        yield None
        return
    path, profile = await asyncio.to_thread(_profile, settings.robot.profile)
    folder = await asyncio.to_thread(robot_folder, settings.storage)
    desk = folder / "ros-mcp"
    await asyncio.to_thread(desk.mkdir, exist_ok=True, mode=0o700)
    enabled = await asyncio.to_thread(_enabled, settings)
    async with guard_process(path, profile.name, folder, mode=mode or settings.robot.mode) as control:
        yield OpenRobot(profile, path, control, settings.robot, enabled, desk)


def robot_folder(storage: StorageSettings) -> Path:
    """The folder of guards: their endpoints, latches, black boxes and logs. Created for its owner alone."""
    folder = state_folder(storage) / "robot"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def _profile(name: str) -> tuple[Path, RobotProfile]:
    try:
        path = find_profile(name).absolute()
        return path, load_profile(path)
    except ProfileError as error:
        raise ConfigurationError(f"{error}.", hint="Check --robot or ROBOT__PROFILE.") from None


def _enabled(settings: SettingsTree) -> tuple[str, ...]:
    """Small models get tools that measure by themselves; to others both kinds are of use.

    A model of a few million parameters cannot plan from topics and message types, and its window holds no thirty
    schemas. A larger one drives better with `drive` and `turn` too, but needs ROS itself for all the rest.
    """
    tools = settings.robot.tools
    if tools == "auto":
        tools = "simple" if _is_embedded(settings) else "all"
    return {"simple": (SIMPLE,), "ros": (ROS,), "all": (SIMPLE, ROS)}[tools]


def _is_embedded(settings: SettingsTree) -> bool:
    from app.serving.running import running_endpoint

    model = settings.model
    if model.name == "embedded":
        return True
    return not (model.name or model.base_url or model.endpoints or running_endpoint(settings))
