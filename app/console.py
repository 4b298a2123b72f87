"""Talking to a person on stderr. stdout belongs to the answer.

Plain ANSI rather than rich: a one-shot run must not pay for a renderer it does not use.
"""

import os
import sys
from typing import Protocol

from app.errors import SwitchyardError

_CODES = {"red": "31", "yellow": "33", "dim": "2", "green": "32", "bold": "1"}


class Listener(Protocol):
    """Takes what would be said."""

    def say(self, text: str) -> None:
        """One line of talk."""
        ...

    def warn(self, text: str) -> None:
        """Something went wrong that does not end the run."""
        ...

    def report(self, error: SwitchyardError) -> None:
        """What ends the program."""
        ...


_listener: Listener | None = None


def hand_over(listener: Listener | None) -> None:
    """Say everything to `listener`, where stderr is read by a machine; None gives it back."""
    global _listener
    _listener = listener


def is_for_people() -> bool:
    """Whether a person may read stderr."""
    return _listener is None


def styled(text: str, style: str) -> str:
    """`text` in an ANSI style, where stderr is a terminal that wants colour."""
    if _listener or not sys.stderr.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def say(text: str) -> None:
    """One line of talk."""
    if _listener:
        _listener.say(text)
    else:
        print(text, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Something went wrong that does not end the run."""
    if _listener:
        _listener.warn(text)
        return
    say(f"{styled('warning:', 'yellow')} {text}")


def report(error: SwitchyardError) -> None:
    """What happened, and what to do."""
    if _listener:
        _listener.report(error)
        return
    say(f"{styled('error:', 'red')} {error.message}")
    if error.hint:
        say(f"{styled('hint:', 'bold')} {error.hint}")


def can_ask() -> bool:
    """Whether a person sits at both ends of the terminal."""
    return is_for_people() and sys.stdin.isatty() and sys.stderr.isatty()


def shortened(text: str, width: int) -> str:
    """`text` on one line of at most `width` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"


def printable(text: str) -> str:
    """`text` from elsewhere, without control characters that could move the cursor or hide words."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
