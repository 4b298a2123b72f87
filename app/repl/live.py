"""What is going on right now: a few lines above the input that change, and leave nothing behind."""

import time
from dataclasses import dataclass, field

from app.console import printable
from app.events import Usage
from app.repl.footer import fitting

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TAIL_LINES = 3
LiveRow = tuple[str, str]
"""Style class and text."""


@dataclass
class Live:
    """Filled by whoever works; drawn by the application."""

    activity: str = ""
    """Such as `thinking`; empty while nothing goes on."""
    since: float = 0.0
    tail: str = ""
    """Text that was not printed yet."""
    progress: dict[str, str] = field(default_factory=dict[str, str])
    """By call id."""
    usage: Usage | None = None
    """Of the last model call of this thread."""
    queued: list[str] = field(default_factory=list[str])
    """Lines typed during a turn."""

    def begin(self, activity: str) -> None:
        """Something starts now."""
        self.activity, self.since, self.tail = activity, time.monotonic(), ""

    def end(self) -> None:
        """Nothing goes on any more; queued lines stay."""
        self.activity, self.tail = "", ""
        self.progress.clear()

    def lines(self, width: int) -> list[LiveRow]:
        """What to draw, one row each."""
        drawn: list[LiveRow] = []
        if self.tail.strip():
            drawn += [("class:live.tail", row) for row in last_rows(printable(self.tail), width)]
        drawn += [("class:live", fitting(f"  {text}", width)) for text in self.progress.values()]
        if self.activity:
            seconds = time.monotonic() - self.since
            frame = _FRAMES[int(seconds * 4) % len(_FRAMES)]
            drawn.append(("class:live", fitting(f"{frame} {self.activity} {seconds:.0f} s · Ctrl-C stops", width)))
        drawn += [("class:live", fitting(f"next: {printable(line)}", width)) for line in self.queued]
        return drawn


def last_rows(text: str, width: int, rows: int = _TAIL_LINES) -> list[str]:
    """The last rows of `text` when cut at `width` columns."""
    cut: list[str] = []
    for line in text.expandtabs(4).rstrip().split("\n")[-rows:]:
        row = ""
        for character in line[-rows * width :]:
            if fitting(row + character, width) != row + character:
                cut.append(row)
                row = ""
            row += character
        cut.append(row)
    return cut[-rows:]
