"""Zero velocity, several times over: one frame may cross another on its way, three in 100 ms may not.

The zeros go over the guard's own connection. It advertised the topics when it was made, because a publisher that
ROS has only just heard of is not yet connected to anybody.
"""

from robot import frames
from robot.guard.outlet import Outlet

STOP_TIMES = 3
EMERGENCY_TIMES = 10
EVERY_S = 0.05
"""The beat of the guard: how often repeated zeros are sent and silence is looked for."""


class Brake:
    """Zeros that are still to be sent, by topic."""

    def __init__(self, topics: dict[str, str], outlet: Outlet) -> None:
        self._zeros = {topic: frames.publish(topic, frames.twist(type_name=kind)) for topic, kind in topics.items()}
        self._outlet = outlet
        self._left: dict[str, int] = {}

    def press(self, topic: str, times: int = STOP_TIMES) -> None:
        """Zero now, and again with the next beats."""
        self._outlet.send(self._zeros[topic])
        self._left[topic] = times - 1

    def press_all(self, times: int) -> None:
        """Zero on every topic that can move the robot."""
        for topic in self._zeros:
            self.press(topic, times)

    @property
    def idle(self) -> bool:
        """Whether every zero was sent."""
        return not self._left

    def let_go(self, topic: str) -> None:
        """A new movement was let through."""
        self._left.pop(topic, None)

    def beat(self) -> None:
        """Send what is left."""
        for topic, times in list(self._left.items()):
            if times <= 0:
                del self._left[topic]
            else:
                self._left[topic] = times - 1
                self._outlet.send(self._zeros[topic])
