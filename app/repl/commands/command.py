"""One slash command: its name, what it takes, what it does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from app.repl.desk import Desk

Takes = Literal["", "paths", "threads", "models", "prompts", "resources", "tools"]
"""What completion offers as argument."""


@dataclass(frozen=True)
class Command:
    """A slash command."""

    name: str
    """Without the slash."""
    argument: str
    """How its argument is written in /help; brackets mean that it may be left out."""
    description: str
    run: Callable[[Desk, str], Awaitable[None]]
    takes: Takes = ""

    @property
    def typed(self) -> str:
        """`/name`."""
        return f"/{self.name}"
