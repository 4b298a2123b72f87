"""Leave to move, for the length of one call: released before it, kept alive during it, held after it, always.

The guard is released only while an allowed call is under way, so nothing has to remember to hold it: neither Ctrl-C
nor a timeout nor the end of a turn is a special case, whichever door the turn came through.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from robot.control import GuardControl, GuardRefused, GuardUnreachable

BEAT = 0.1
"""Seconds between two heartbeats."""
HOLD_LIMIT = 1.0


@dataclass(eq=False)
class Permit:
    """An open leave."""

    control: GuardControl
    run: str
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody else ended it: an emergency stop, a hold, or a guard that is gone."""
    why: str = ""

    async def keep(self) -> None:
        """Send heartbeats until the leave is ended by somebody else."""
        state = "released"
        while state == "released":
            await asyncio.sleep(BEAT)
            try:
                state = (await self.control.heartbeat(self.run))["state"]
            except (GuardUnreachable, GuardRefused) as error:
                self.why = f"{error}"
                break
        else:
            self.why = await self._reason(state)
        self.ended.set()

    async def _reason(self, state: str) -> str:
        with contextlib.suppress(GuardUnreachable, GuardRefused):
            status = await self.control.status()
            stop = "the emergency stop was pressed" if status["state"] == "estop" else "the robot was held"
            return f"{stop} ({status['reason']})" if status.get("reason") else stop
        return state


@asynccontextmanager
async def permit(control: GuardControl, run: str) -> AsyncGenerator[Permit, None]:
    """Let this run's commands through until the block is left.

    Raises:
        GuardRefused: the emergency stop is latched.
        GuardUnreachable: the guard is gone.
    """
    await control.heartbeat(run)
    await control.release()
    leave = Permit(control, run)
    keeping = asyncio.create_task(leave.keep())
    try:
        yield leave
    finally:
        keeping.cancel()
        await _hold(control, run)


async def _hold(control: GuardControl, run: str) -> None:
    """Hold even when this task is cancelled a second time; without an answer the missing heartbeat does the same."""
    holding = asyncio.ensure_future(_held(control, run))
    await asyncio.shield(asyncio.wait({holding}, timeout=HOLD_LIMIT))


async def _held(control: GuardControl, run: str) -> None:
    with contextlib.suppress(GuardUnreachable, GuardRefused):
        await control.hold(f"between commands of {run}")
