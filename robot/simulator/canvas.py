"""What the pens of the turtles have painted: the picture under the robots, and the trail that maps draw.

Kept twice on purpose. The picture is what sensors see, so it is pixels and stays bounded however long a robot drives;
a map wants lines that it can draw in any size, so it gets the last points of each robot.
"""

from collections import deque
from dataclasses import dataclass, field

Colour = tuple[int, int, int]

SIDE = 11.088889
"""Length of the world's sides, metres."""
PIXELS = 250
"""Length of the picture's sides, pixels; turtlesim's own has 500."""
_LONGEST_TRAIL = 4000


@dataclass(frozen=True)
class Pen:
    """What a turtle draws with; `width` is in turtlesim's pixels."""

    colour: Colour = (0xB3, 0xB8, 0xFF)
    width: int = 3
    on: bool = True


@dataclass(frozen=True)
class TrailPoint:
    """Where a robot was; `colour` is that of the line to here, None where the pen was up."""

    x: float
    y: float
    colour: Colour | None


@dataclass
class Trail:
    """The last points of one robot, numbered, so that a map can ask for what it has not drawn yet."""

    first: int = 0
    points: deque[TrailPoint] = field(default_factory=lambda: deque[TrailPoint]())

    def add(self, point: TrailPoint) -> None:
        """Append a point, forgetting the oldest."""
        if len(self.points) == _LONGEST_TRAIL:
            self.points.popleft()
            self.first += 1
        self.points.append(point)

    def since(self, number: int) -> list[TrailPoint]:
        """The points from that number on, as far as they are still there."""
        return list(self.points)[max(number - self.first, 0) :]

    def clear(self) -> None:
        """Forget the points; the numbers go on."""
        self.first += len(self.points)
        self.points.clear()


class Canvas:
    """The painted pixels. Pixel (0, 0) is the lower left corner of the world."""

    def __init__(self) -> None:
        self.painted: dict[int, Colour] = {}
        """Pixel number (row * PIXELS + column) to colour, where a pen was."""

    def clear(self) -> None:
        """Wipe everything away."""
        self.painted.clear()

    def colour_at(self, x: float, y: float) -> Colour | None:
        """What was painted at a place in metres, or None for the bare background."""
        return self.painted.get(pixel(y) * PIXELS + pixel(x))

    def line(self, start: tuple[float, float], end: tuple[float, float], pen: Pen) -> None:
        """Paint a straight line between two places in metres."""
        x, y = pixel(start[0]), pixel(start[1])
        to_x, to_y = pixel(end[0]), pixel(end[1])
        steps = max(abs(to_x - x), abs(to_y - y), 1)
        for step in range(steps + 1):
            self._dab(round(x + (to_x - x) * step / steps), round(y + (to_y - y) * step / steps), pen)

    def _dab(self, x: int, y: int, pen: Pen) -> None:
        size = max(pen.width // 2, 1)
        low = -(size // 2)
        for row in range(max(y + low, 0), min(y + low + size, PIXELS)):
            for column in range(max(x + low, 0), min(x + low + size, PIXELS)):
                self.painted[row * PIXELS + column] = pen.colour


def pixel(metres: float) -> int:
    """The row or column of a coordinate, inside the picture."""
    return min(max(round(metres / SIDE * (PIXELS - 1)), 0), PIXELS - 1)
