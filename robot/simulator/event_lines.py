"""What happens, a line each, where there is no terminal to draw a map in."""

import asyncio
from collections.abc import Callable, Iterator

from robot.simulator.op_log import CONNECTED, DISCONNECTED, REFUSED, Entry
from robot.simulator.server import Simulator

_PAUSE = 0.1
_QUIET = ("/rosapi/", "/rosapi_params/")


async def print_events(simulator: Simulator, write: Callable[[str], None]) -> None:
    """Write lines until cancelled: who came, what was asked and refused, where robots start and stop."""
    watcher = _Watcher(simulator)
    while True:
        for line in watcher.lines():
            write(line)
        await asyncio.sleep(_PAUSE)


class _Watcher:
    """Remembers what was said already."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._seen: Entry | None = None
        self._moving: dict[str, bool] = {}

    def lines(self) -> Iterator[str]:
        entries = list(self._simulator.log.entries)
        new = entries[next((i + 1 for i, entry in enumerate(entries) if entry is self._seen), 0) :]
        self._seen = entries[-1] if entries else None
        for entry in new:
            if said := _said(entry):
                yield f"{entry.at:8.2f}  client {entry.client}: {said}"
        yield from self._motions()

    def _motions(self) -> Iterator[str]:
        now = self._simulator.log.clock()
        for name, turtle in self._simulator.world.turtles.items():
            moves = turtle.velocity.forward != 0 or turtle.velocity.turn != 0
            if moves != self._moving.get(name, False):
                where = f"x {turtle.x:.2f} y {turtle.y:.2f} heading {turtle.theta:.2f}"
                yield f"{now:8.2f}  {name} {'moves from' if moves else 'stands at'} {where}"
            self._moving[name] = moves


def _said(entry: Entry) -> str:
    frame = entry.frame
    if entry.op == CONNECTED:
        return "connected"
    if entry.op == DISCONNECTED:
        return "gone"
    if entry.op == REFUSED:
        return f"refused: {entry.note}"
    if entry.op == "call_service" and not str(frame.get("service")).startswith(_QUIET):
        return f"calls {frame.get('service')}"
    if entry.op in ("send_action_goal", "cancel_action_goal"):
        return f"{entry.op} {frame.get('action')} {frame.get('id', '')}".rstrip()
    return ""
