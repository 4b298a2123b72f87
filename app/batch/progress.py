"""How far a batch is: a bar with rate and time left in a terminal, a plain line now and then elsewhere."""

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from app.batch.tally import Tally
from app.console import is_for_people, say

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID

EVERY_SECONDS = 10.0


class BatchProgress(Protocol):
    """Shows a tally."""

    def show(self, tally: Tally) -> None:
        """The tally as it is now."""
        ...

    def say(self, line: str) -> None:
        """A line of talk between."""
        ...


class Silence:
    """Shows nothing; what is said besides is still said."""

    def show(self, tally: Tally) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """One line."""
        say(line)


class Lines(Silence):
    """A line every ten seconds, as long as something ends."""

    def __init__(self) -> None:
        self._began = self._said = time.monotonic()
        self._done_before: int | None = None

    def show(self, tally: Tally) -> None:
        """A line when the last one is old enough."""
        now = time.monotonic()
        if self._done_before is None:
            self._done_before = tally.done
        if now - self._said >= EVERY_SECONDS:
            self._said = now
            say(describe(tally, (tally.done - self._done_before) / (now - self._began)))


class Bar:
    """rich's bar on stderr."""

    def __init__(self, bar: "Progress") -> None:
        self._bar = bar
        self._task: TaskID = bar.add_task("batch", total=None, failed="")

    def show(self, tally: Tally) -> None:
        """Move the bar; what was answered before does not count as speed."""
        failed = f"{tally.failed} failed" if tally.failed else ""
        total = tally.total and max(tally.total - tally.kept, tally.done - tally.kept)
        self._bar.update(self._task, completed=tally.done - tally.kept, total=total, failed=failed)

    def say(self, line: str) -> None:
        """One line above the bar."""
        self._bar.console.print(line, markup=False, highlight=False)


@contextmanager
def open_progress(*, quiet: bool) -> Generator[BatchProgress]:
    """What fits stderr."""
    if quiet:
        yield Silence()
    elif not is_for_people() or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Lines()
    else:
        with _rich_bar() as bar:
            yield Bar(bar)


def _rich_bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: "Task") -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    failed = TextColumn("[red]{task.fields[failed]}")
    return Progress(
        BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(), failed, console=Console(stderr=True)
    )


def describe(tally: Tally, rate: float) -> str:
    """The tally as one line; `rate` in items a second."""
    parts = [f"{tally.done} of {tally.total}" if tally.total else f"{tally.done}"]
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    if rate:
        parts.append(f"{rate:.1f}/s")
        if tally.total and (left := tally.total - tally.done) > 0:
            parts.append(f"{_duration(left / rate)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
