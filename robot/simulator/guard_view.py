"""A running guard as the web page sees it: its state, read every half second, and its E-stop.

Read from the file that a guard writes when it starts, each time anew, because a guard may start after the page and
may be started again. The token stays in this process; a browser never gets it.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from robot.control import GuardEndpoint, GuardRefused, GuardUnreachable, open_guard_control, read_endpoint

_PAUSE = 0.5


class GuardView:
    """The guard named by a state file.

    Args:
        path: the file that the guard writes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.status: dict[str, Any] | None = None
        """What the guard last said of itself; None while none answers."""
        self.problem = "not asked yet"
        """Why there is no status."""

    async def follow(self) -> None:
        """Keep `status` true until cancelled."""
        while True:
            try:
                await self._poll(read_endpoint(self._path))
            except (GuardUnreachable, GuardRefused) as error:
                self.status, self.problem = None, str(error)
            await asyncio.sleep(_PAUSE)

    async def estop(self, reason: str) -> None:
        """Press the guard's E-stop.

        Raises:
            GuardUnreachable: there is no guard, or it does not answer.
            GuardRefused: it says no.
        """
        async with open_guard_control(read_endpoint(self._path)) as control:
            await control.estop(reason)
            with contextlib.suppress(GuardUnreachable):
                self.status = await control.status()

    async def _poll(self, endpoint: GuardEndpoint) -> None:
        async with open_guard_control(endpoint) as control:
            while True:
                self.status = await control.status()
                await asyncio.sleep(_PAUSE)
