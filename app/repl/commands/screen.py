"""Commands about the terminal itself: copy the answer, clear the screen, leave."""

from app.errors import UsageError
from app.repl.clipboard import copy_sequence
from app.repl.desk import Desk


async def copy(desk: Desk, argument: str) -> None:
    """Copy the last answer as the model wrote it, and print it so, since rendering eats brackets.

    Raises:
        UsageError: there is no answer yet.
    """
    if not desk.answer:
        raise UsageError("there is no answer to copy yet.")
    desk.transcript.line(f"\n{desk.answer}\n")
    sequence = copy_sequence(desk.answer)
    desk.transcript.raw(sequence)
    done = "sent to the terminal's clipboard" if sequence else "too long for the terminal's clipboard"
    desk.transcript.line(f"  {done}", "dim")


async def clear(desk: Desk, argument: str) -> None:
    """Clear the screen; the thread stays."""
    desk.screen.clear()


async def leave(desk: Desk, argument: str) -> None:
    """End the conversation."""
    desk.screen.leave()
