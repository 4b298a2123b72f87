"""How far a batch is, and what its exit code says."""

from dataclasses import dataclass
from typing import Any

from app.batch.outcome import INTERRUPTED, NEEDS_APPROVAL
from app.errors import SwitchyardError


@dataclass
class Tally:
    """Counts of one run; every item is in exactly one of `kept`, `answered`, `failed`, `interrupted`."""

    total: int | None = None
    """Lines of the input, where they could be counted."""
    kept: int = 0
    """Answered by an earlier run."""
    answered: int = 0
    limited: int = 0
    """Answers that a limit ended, among `answered`."""
    failed: int = 0
    bad_lines: int = 0
    """Lines that are no items, among `failed`."""
    unapproved: int = 0
    """Items whose call nobody allowed, among `failed`."""
    interrupted: int = 0
    failed_in_a_row: int = 0
    last_error: str = ""
    last_exit_code: int = 1
    was_stopped: bool = False
    """A person stopped the run."""
    gave_up: bool = False
    """Too many items failed one after another."""
    lost: SwitchyardError | None = None
    """The results could not be written any more."""
    seconds: float = 0.0
    """Of the whole run."""
    items_seconds: float = 0.0
    """Of its items alone, without start and end of the agent."""

    @property
    def done(self) -> int:
        """Items that need nothing more in this run."""
        return self.kept + self.answered + self.failed

    @property
    def exit_code(self) -> int:
        """0 when every item has an answer; see docs/batch.md for the others."""
        if self.lost:
            return self.lost.exit_code
        if self.was_stopped:
            return INTERRUPTED
        if self.gave_up:
            return self.last_exit_code
        if self.failed and self.failed == self.unapproved:
            return NEEDS_APPROVAL
        return 1 if self.failed or self.limited else 0

    def add(self, record: dict[str, Any]) -> None:
        """Count what became of an item, as its line says it."""
        if "error" not in record:
            self.answered += 1
            self.limited += record["stopped_by"] != "answer"
            self.failed_in_a_row = 0
        elif record["exit_code"] == INTERRUPTED:
            self.interrupted += 1
        else:
            self.failed += 1
            self.unapproved += record["exit_code"] == NEEDS_APPROVAL
            self.failed_in_a_row += 1
            self.last_error, self.last_exit_code = record["error"], record["exit_code"]

    def add_bad_line(self) -> None:
        """Count a line that is no item."""
        self.failed += 1
        self.bad_lines += 1

    def as_json(self) -> dict[str, Any]:
        """The object of ``--json``."""
        return {
            "answered": self.answered,
            "answered_before": self.kept,
            "stopped_by_a_limit": self.limited,
            "failed": self.failed,
            "bad_lines": self.bad_lines,
            "waiting_for_approval": self.unapproved,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "items_seconds": round(self.items_seconds, 3),
            "exit_code": self.exit_code,
        }
