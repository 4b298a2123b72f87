"""Talking to a person on stderr. stdout belongs to the answer.

Plain ANSI rather than rich: a one-shot run must not pay for a renderer it does not use.
"""

import os
import sys

from app.errors import SwitchyardError

_CODES = {"red": "31", "yellow": "33", "dim": "2", "green": "32", "bold": "1"}


def styled(text: str, style: str) -> str:
    """`text` in an ANSI style, where stderr is a terminal that wants colour."""
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def say(text: str) -> None:
    """One line of talk."""
    print(text, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Something went wrong that does not end the run."""
    say(f"{styled('warning:', 'yellow')} {text}")


def report(error: SwitchyardError) -> None:
    """What happened, and what to do."""
    say(f"{styled('error:', 'red')} {error.message}")
    if error.hint:
        say(f"{styled('hint:', 'bold')} {error.hint}")


def can_ask() -> bool:
    """Whether a person sits at both ends of the terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def shortened(text: str, width: int) -> str:
    """`text` on one line of at most `width` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"


def printable(text: str) -> str:
    """`text` from elsewhere, without control characters that could move the cursor or hide words."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
