"""A simulated robot in this process, and a profile that leads to it; guards and tools are told of both."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from robot.profile import RobotProfile, find_profile, load_profile
from robot.simulator.server import Simulator, SimulatorOptions

CMD_VEL = "/turtle1/cmd_vel"


async def eventually(holds: Callable[[], object], within: float = 10.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 -- states of a world that owns no events
            await asyncio.sleep(0.005)


def number_in(text: str, pattern: str) -> float:
    """The number that the pattern's group finds."""
    found = re.search(pattern, text)
    assert found, text
    return float(found[1])


@dataclass(frozen=True)
class Simulated:
    """The simulator, and the profile file that leads to it."""

    simulator: Simulator
    path: Path

    @property
    def profile(self) -> RobotProfile:
        return load_profile(self.path)

    @property
    def pose(self) -> tuple[float, float, float]:
        return self.simulator.system.poses()["turtle1"]

    @property
    def speed(self) -> float:
        """Metres or radians a second, whichever is more."""
        velocity = self.simulator.world.turtles["turtle1"].velocity
        return max(abs(velocity.forward), abs(velocity.turn))

    def velocities(self) -> list[tuple[float, float]]:
        """When a velocity arrived, in the simulator's time, and how fast it was, forward or round."""
        found: list[tuple[float, float]] = []
        for entry in self.simulator.log.of("publish", topic=CMD_VEL):
            message: dict[str, Any] = entry.frame["msg"]
            parts = (message.get("linear", {}).get("x", 0.0), message.get("angular", {}).get("z", 0.0))
            found.append((entry.at, max(parts, key=abs)))
        return found

    @property
    def now(self) -> float:
        """The simulator's time."""
        return self.simulator.log.clock()

    async def moving(self) -> None:
        """Wait until the robot is well under way: the guard ends a single velocity otherwise than a stream of them."""
        await eventually(lambda: sum(bool(speed) for _, speed in self.velocities()) >= 5, 30)

    async def still(self) -> None:
        """Wait until the robot stands still."""
        await eventually(lambda: self.speed == 0)

    def stopped_after(self, moment: float) -> float:
        """Seconds from a moment to the zero that ended the last movement."""
        zeros = [at for at, speed in self.velocities() if speed == 0 and at >= moment]
        last = max((at for at, speed in self.velocities() if speed), default=moment)
        return max(min(at for at in zeros if at >= last) - moment, 0.0)


@asynccontextmanager
async def simulated(
    folder: Path, change: Callable[[dict[str, Any]], None] | None = None, **options: Any
) -> AsyncGenerator[Simulated, None]:
    """Run the simulated robot on a free port.

    Args:
        folder: where the profile is written.
        change: changes the shipped profile's content.
        options: of the simulator.
    """
    async with Simulator(SimulatorOptions(port=0, **options)) as simulator:
        content = yaml.safe_load(find_profile("turtlesim").read_text(encoding="utf-8"))
        content["rosbridge"]["port"], content["guard"]["port"] = simulator.port, 0
        if change:
            change(content)
        path = folder / "turtlesim.yaml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        yield Simulated(simulator, path)
