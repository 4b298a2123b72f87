"""A line of the input, and how lines are asked for, whether they come from a file or a pipe."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class InputLine:
    """A line that says something, and its number from 1."""

    number: int
    raw: bytes


class InputLines(Protocol):
    """Lines in their order; empty ones are left out."""

    async def next(self) -> InputLine | None:
        """The next line; None at the end."""
        ...

    def stop(self) -> None:
        """Wait for no line any more."""
        ...
