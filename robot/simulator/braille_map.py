"""The world as text: trails in braille dots, robots as arrows. Nothing here knows of a terminal."""

import math
from dataclasses import dataclass, field

from robot.simulator.canvas import SIDE
from robot.simulator.world import World

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_ARROWS = "→↗↑↖←↙↓↘"
_PLAIN_ARROWS = ">/^\\<,v."


@dataclass
class BrailleMap:
    """A square of cells, each two dots wide and four high; dots are about square in a terminal.

    Args:
        width: cells across; half as many down.
        plain: use ASCII alone.
    """

    width: int
    plain: bool = False
    robots: dict[tuple[int, int], str] = field(default_factory=lambda: {})
    """Row and column of each robot's cell, to its name."""
    _cells: dict[tuple[int, int], int] = field(default_factory=lambda: {})

    @property
    def height(self) -> int:
        """Cells down."""
        return max(self.width // 2, 1)

    def lines(self, world: World) -> list[str]:
        """The map, one string a row, from the top."""
        self._cells.clear()
        self.robots.clear()
        for turtle in world.turtles.values():
            points = list(turtle.trail.points)
            for before, after in zip(points, points[1:], strict=False):
                if after.colour is not None:
                    self._line((before.x, before.y), (after.x, after.y))
        rows = [[self._cell(row, column) for column in range(self.width)] for row in range(self.height)]
        for turtle in world.turtles.values():
            x, y = self._dot(turtle.x, turtle.y)
            self.robots[y // 4, x // 2] = turtle.name
            rows[y // 4][x // 2] = (_PLAIN_ARROWS if self.plain else _ARROWS)[_eighth(turtle.theta)]
        return ["".join(row) for row in rows]

    def _cell(self, row: int, column: int) -> str:
        dots = self._cells.get((row, column), 0)
        if self.plain:
            return "." if dots else " "
        return chr(0x2800 + dots) if dots else " "

    def _line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        x, y = self._dot(*start)
        to_x, to_y = self._dot(*end)
        steps = max(abs(to_x - x), abs(to_y - y), 1)
        for step in range(steps + 1):
            across, down = round(x + (to_x - x) * step / steps), round(y + (to_y - y) * step / steps)
            cell = (down // 4, across // 2)
            self._cells[cell] = self._cells.get(cell, 0) | _DOTS[down % 4][across % 2]

    def _dot(self, x: float, y: float) -> tuple[int, int]:
        across, down = self.width * 2 - 1, self.height * 4 - 1
        return round(x / SIDE * across), down - round(y / SIDE * down)


def _eighth(theta: float) -> int:
    return round(theta / (math.pi / 4)) % 8
