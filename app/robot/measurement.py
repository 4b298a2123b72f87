"""Where the robot stood before and after a command, because a result of ros-mcp only says that something was sent."""

import math
from dataclasses import dataclass

from robot.profile import Address, RobotProfile
from robot.tools.bridge import ToolFailed, open_bridge
from robot.tools.mover import Mover
from robot.tools.poses import Pose, turned
from robot.tools.steering import METRES, RADIANS, Straight


@dataclass(frozen=True)
class Measurement:
    """A change of pose."""

    before: Pose
    after: Pose

    @property
    def moved(self) -> float:
        """Metres from start to end."""
        return math.hypot(self.after.x - self.before.x, self.after.y - self.before.y)

    @property
    def turned(self) -> float:
        """Radians of turn, the short way round."""
        return turned(self.after.heading - self.before.heading)

    @property
    def stood_still(self) -> bool:
        """Whether nothing changed that could be told from noise."""
        return self.moved < METRES.stillness and abs(self.turned) < RADIANS.stillness

    def described(self) -> str:
        """What was measured, as a sentence."""
        return (
            f"Measured: moved {self.moved:.2f} m, turned by {math.degrees(self.turned):.1f} degrees; "
            f"now at {self.after.described()}."
        )


async def measure(profile: RobotProfile, address: Address, *, at_rest: bool = False) -> Pose | None:
    """The pose now, or once the robot stands still; None when the robot does not say."""
    if profile.pose is None:
        return None
    try:
        async with open_bridge(address) as bridge:
            mover = Mover(bridge, profile)
            pose = await mover.watch_pose()
            return (await mover.settle(Straight(pose, 1.0))).pose if at_rest else pose
    except ToolFailed:
        return None
