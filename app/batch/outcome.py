"""What became of one item, as a line of the results or of the failures."""

from dataclasses import dataclass, field
from typing import Any, Self

from app.batch.item import BatchItem

INTERRUPTED = 130
NEEDS_APPROVAL = 3
TRANSIENT = (4,)
"""Exit codes of failures that may be over in a moment: an endpoint that does not answer."""


@dataclass(kw_only=True)
class Outcome:
    """Filled while an item runs; `error` is empty when there is an answer."""

    item: BatchItem
    thread: str
    answer: str = ""
    stopped_by: str = ""
    steps: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: {"input": 0, "output": 0})
    tool_calls: int = 0
    seconds: float = 0.0
    attempts: int = 0
    error: str = ""
    hint: str = ""
    exit_code: int = 0

    @property
    def answered(self) -> bool:
        """Whether there is an answer, be it one that a limit ended."""
        return not self.error

    def fail(self, error: str, hint: str, exit_code: int) -> Self:
        """Note why there is no answer."""
        self.error, self.hint, self.exit_code = error, hint, exit_code
        return self

    def as_record(self) -> dict[str, Any]:
        """The JSON object of the item's line."""
        given = self.item.fields.get("id")
        record: dict[str, Any] = {"id": self.item.id if given is None else given, "line": self.item.line}
        if self.error:
            record |= {"error": self.error, "hint": self.hint, "exit_code": self.exit_code, "thread": self.thread}
        else:
            record |= {"answer": self.answer, "stopped_by": self.stopped_by}
        record |= {
            "steps": self.steps,
            "tokens": self.tokens,
            "tool_calls": self.tool_calls,
            "seconds": round(self.seconds, 3),
            "attempts": self.attempts,
        }
        if self.error:
            return record | {"item": self.item.fields}
        if "metadata" in self.item.fields:
            record["metadata"] = self.item.fields["metadata"]
        return record | {"digest": self.item.digest}


def bad_line_record(line: int, raw: bytes, why: str) -> dict[str, Any]:
    """The failure of a line that is no item, with the line itself, so that nothing is lost."""
    return {
        "line": line,
        "error": f"line {line} {why}",
        "exit_code": 2,
        "text": raw.decode("utf-8", "replace").rstrip(),
    }
