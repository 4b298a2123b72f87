"""Commands about the robot: its emergency stop, and the way back from it, which is a person's alone."""

from app.errors import RobotOutOfReach, UsageError
from app.repl.desk import Desk
from app.robot.emergency import LAST_RESORT, Emergency
from robot.control import GuardRefused, GuardUnreachable

_NONE = "this conversation has no robot."
_START = "Start it with: repl --robot"


def press_emergency(desk: Desk) -> bool:
    """Stop the robot and end the turn; False when there is no robot."""
    if desk.emergency is None:
        return False
    desk.emergency.press()
    return True


async def stop(desk: Desk, argument: str) -> None:
    """What is left to say when the line was not taken on its way here: there is no robot.

    Raises:
        UsageError: always.
    """
    if not press_emergency(desk):
        raise UsageError(_NONE, hint=f"Ctrl-C stops a turn; `robot stop` stops every robot. {_START}")


async def reset(desk: Desk, argument: str) -> None:
    """Take the emergency stop back, after the person said that they looked.

    Raises:
        UsageError: there is no robot.
        RobotOutOfReach: the guard is gone, or says no.
    """
    if desk.emergency is None:
        raise UsageError(_NONE, hint=_START)
    try:
        await _reset(desk, desk.emergency)
    except (GuardUnreachable, GuardRefused) as error:
        raise RobotOutOfReach(f"{error}.", hint=LAST_RESORT) from None


async def _reset(desk: Desk, emergency: Emergency) -> None:
    reason = await emergency.look()
    if emergency.state != "estop":
        desk.transcript.line(f"  {emergency.name} is {emergency.state}; its emergency stop is not latched")
        return
    desk.transcript.line(f"  the emergency stop of {emergency.name} is latched: {reason}", "yellow")
    desk.transcript.line("  did you look at the robot, and may it move again?")
    answer = await desk.line.ask("reset? [y/N] ")
    if answer is None or answer.strip().lower() not in ("y", "yes"):
        desk.transcript.line(f"  {emergency.name} stays stopped", "yellow")
        return
    await emergency.reset()
