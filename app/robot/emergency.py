r"""The emergency stop as doors press it: past the model, past the tools, straight to the guard.

It takes a connection of its own for every press, so that nothing this process is waiting for can be in its way. Doors
also hear of stops that somebody else pressed, on the web page or with ``robot stop``. Those end the turn as well:
whoever stops a robot wants no model to go on with it, and the door itself says by what it was stopped.
"""

import asyncio
import getpass
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from robot.control import GuardControl, GuardRefused, GuardUnreachable, open_guard_control

Weight = Literal["good", "warning", "bad"]
"""How much a sentence matters to who sits at the door."""
PRESSED = "EMERGENCY STOP"
LAST_RESORT = "If a robot moves, use the stop button on the robot itself."


def person() -> str:
    """Who sits here, for the guard's records."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


@dataclass(eq=False)
class Emergency:
    """The emergency stop of the robot that a door works with. Made by `watched_robot`."""

    control: GuardControl
    tell: Callable[[str, Weight], None]
    end_turn: Callable[[str], object]
    """Is told why, as a sentence."""
    how_to_reset: str
    state: str = "held"
    """As the guard last said: released, held or estop; `gone` without a guard."""
    _presses: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _told: bool = False

    @property
    def name(self) -> str:
        """The robot's."""
        return self.control.endpoint.profile

    def press(self) -> None:
        """Stop the robot, then end the turn. Returns at once; for keys, lines and signals."""
        task = asyncio.create_task(self._press())
        self._presses.add(task)
        task.add_done_callback(self._presses.discard)

    async def reset(self) -> None:
        """Take it back for a person.

        Raises:
            GuardRefused: the guard says no.
            GuardUnreachable: it is gone.
        """
        async with open_guard_control(self.control.endpoint) as control:
            self.state = (await control.reset(person()))["state"]

    async def look(self) -> str:
        """Ask for the state; returns the reason for it."""
        async with open_guard_control(self.control.endpoint) as control:
            status = await control.status()
        self.state = str(status["state"])
        return str(status["reason"])

    async def follow(self) -> None:
        """Hear of what happens at the guard, until it ends."""
        try:
            async for event in self.control.watch():
                self._hear(event)
            self._lost()
        except (GuardUnreachable, GuardRefused):
            self._lost()

    async def _press(self) -> None:
        self._told, by = True, f"{person()} pressed it at the agent"
        why = self._stopped(by)
        try:
            async with open_guard_control(self.control.endpoint) as control:
                self.state = (await control.estop(by))["state"]
            self.tell(f"{PRESSED}: {self.name} stands still. {self.how_to_reset}", "bad")
        except (GuardUnreachable, GuardRefused) as error:
            why = f"The guard could not be told to stop {self.name}: {error}."
            self.tell(f"{why} {LAST_RESORT}", "bad")
        finally:
            self.end_turn(why)
            self._told = False

    def _stopped(self, reason: str) -> str:
        return f"{self.name} was stopped by its emergency stop ({reason})."

    def _hear(self, event: dict[str, Any]) -> None:
        name, reason = str(event.get("event")), str(event.get("reason", ""))
        self.state = {"estop": "estop", "release": "released", "hold": self._held(), "reset": "held"}.get(
            name, self.state
        )
        if name == "estop" and not self._told:
            self.tell(f"{PRESSED} ({reason}): {self.name} stands still. {self.how_to_reset}", "bad")
            self.end_turn(self._stopped(reason))
        elif name == "reset":
            self.tell(f"{event.get('by')} reset the emergency stop of {self.name}.", "good")
        elif name == "geofence":
            self.tell(f"{self.name} was stopped at the edge of its area.", "warning")
        elif name == "disconnected":
            self.tell(f"The guard lost its connection to {self.name}: {reason}.", "warning")

    def _held(self) -> str:
        return "estop" if self.state == "estop" else "held"

    def _lost(self) -> None:
        self.state = "gone"
        self.tell(f"The guard of {self.name} is gone; nothing reaches the robot any more. {LAST_RESORT}", "bad")


@asynccontextmanager
async def watched_robot(
    control: GuardControl | None,
    tell: Callable[[str, Weight], None],
    end_turn: Callable[[str], object],
    *,
    how_to_reset: str = "A person resets it: python -m app robot reset",
) -> AsyncGenerator[Emergency | None, None]:
    r"""Listen to a robot's guard, and let Ctrl-\ press its stop wherever the terminal makes a signal of that.

    Args:
        control: the guard; None when there is no robot, which yields None.
        tell: says something to the person.
        end_turn: ends the turn under way, for a reason given as a sentence; called when nothing is under way, too.
        how_to_reset: added to the word about a stop.
    """
    if control is None:
        yield None
        return
    emergency = Emergency(control, tell, end_turn, how_to_reset)
    if reason := await _latched(emergency):
        tell(f"The emergency stop of {emergency.name} is latched ({reason}). {how_to_reset}", "warning")
    loop, following = asyncio.get_running_loop(), asyncio.create_task(emergency.follow())
    loop.add_signal_handler(signal.SIGQUIT, emergency.press)
    try:
        yield emergency
    finally:
        loop.remove_signal_handler(signal.SIGQUIT)
        following.cancel()
        await asyncio.wait({following})


async def _latched(emergency: Emergency) -> str:
    try:
        reason = await emergency.look()
    except (GuardUnreachable, GuardRefused):
        return ""
    return reason if emergency.state == "estop" else ""
