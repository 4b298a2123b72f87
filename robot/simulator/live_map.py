"""The map in a terminal, drawn with rich, which is imported only here and only when there is a terminal."""

import asyncio
import math
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from robot.simulator.braille_map import BrailleMap
from robot.simulator.server import Simulator

_PAUSE = 0.1
_NUMBERS_WIDTH = 34
_LEAST_MAP = 12


async def show_live_map(simulator: Simulator, page: str, output: TextIO) -> None:
    """Draw until cancelled; the terminal is given back as it was.

    Args:
        simulator: what is shown.
        page: address of the web page, or nothing.
        output: leads to the terminal.
    """
    target = Console(file=output)
    with Live(console=target, screen=True, auto_refresh=False, transient=True) as live:
        while True:
            simulator.system.advance()
            live.update(render(simulator, page, target), refresh=True)
            await asyncio.sleep(_PAUSE)


def render(simulator: Simulator, page: str, console: Console) -> RenderableType:
    """Map and numbers in the size of the console: side by side, or one below the other where it is narrow."""
    columns, rows = console.size
    beside = columns >= 2 * _LEAST_MAP + _NUMBERS_WIDTH
    numbers = _numbers(simulator, page)
    below = 0 if beside else len(simulator.world.turtles) * 2 + 4
    width = min(columns - 2 - (_NUMBERS_WIDTH if beside else 0), 2 * (rows - 3 - below))
    if width < _LEAST_MAP:
        return numbers
    panel = _map(simulator, width, plain=not console.encoding.startswith("utf"))
    if not beside:
        return Group(panel, numbers)
    grid = Table.grid(padding=(0, 2))
    grid.add_row(panel, numbers)
    return grid


def _map(simulator: Simulator, width: int, *, plain: bool) -> RenderableType:
    chart = BrailleMap(width, plain=plain)
    text = Text()
    for row, line in enumerate(chart.lines(simulator.world)):
        shown = Text(line, style="cyan", no_wrap=True)
        for robot_row, column in chart.robots:
            if robot_row == row:
                shown.stylize("bold red", column, column + 1)
        text.append_text(shown).append("\n")
    text.right_crop(1)
    return Panel(text, width=width + 2, padding=0, border_style="red" if simulator.world.halted else "dim")


def _numbers(simulator: Simulator, page: str) -> RenderableType:
    lines: list[Text] = []
    for name, turtle in simulator.world.turtles.items():
        degrees = math.degrees(turtle.theta)
        hits = f"  walls {turtle.wall_hits}" if turtle.wall_hits else ""
        lines.append(Text(name, style="bold"))
        lines.append(Text(f"x {turtle.x:6.2f} m  y {turtle.y:6.2f} m  {degrees:6.1f}°"))
        lines.append(Text(f"{turtle.velocity.forward:5.2f} m/s  {turtle.velocity.turn:5.2f} rad/s{hits}", style="dim"))
    if simulator.world.halted:
        lines.append(Text("halted on the web page", style="bold red"))
    lines.append(Text(f"{simulator.url}  clients {len(simulator.connections)}", style="dim"))
    if page:
        lines.append(Text(page, style="dim"))
    lines.append(Text("Ctrl-C ends it", style="dim"))
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return Group(*lines)
