"""Every frame in both directions, one JSON object a line, in files that are rotated.

Lines are collected and written with the guard's beat, so that no frame waits for a disk; a killed guard loses at
most the last beat. What comes down is cut, as images would fill a disk in minutes; what goes up is kept whole.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot.guard.judge import Ruling

MOST_BYTES = 32 * 1024 * 1024
"""Of one file."""
KEEP = 4
"""Older files beside the current one."""
DOWN_CHARACTERS = 512
"""What is kept of a frame from the robot."""


class BlackBox:
    """The recorder of one guard."""

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES, keep: int = KEEP) -> None:
        self.path = path
        self._most_bytes, self._keep = most_bytes, keep
        self._lines: list[str] = []
        self._failed = False
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _add(self, kind: str, facts: dict[str, Any]) -> None:
        self._lines.append(json.dumps({"t": round(time.time(), 4), "ev": kind, **facts}, default=str))

    def up(self, client: int, text: str | bytes, ruling: Ruling) -> None:
        """A client's frame and what became of it."""
        facts: dict[str, Any] = {"client": client, "verdict": ruling.verdict, "frame": _text(text)}
        if ruling.reason:
            facts["reason"] = ruling.reason
        if ruling.verdict == "changed":
            facts["sent"] = ruling.forward
        self._add("up", facts)

    def down(self, client: int, text: str | bytes) -> None:
        """A frame for a client, or for the guard itself (client 0)."""
        size = len(text)
        facts: dict[str, Any] = {"client": client, "frame": _text(text[:DOWN_CHARACTERS])}
        self._add("down", facts if size <= DOWN_CHARACTERS else facts | {"size": size})

    def sent(self, text: str) -> None:
        """A frame of the guard's own."""
        self._add("guard", {"frame": text})

    def event(self, name: str, facts: dict[str, object]) -> None:
        """Something happened."""
        self._add("event", {"event": name, **facts})

    def flush(self) -> None:
        """Write what was collected. A full disk must not stop the guard: it is said once, and lines are lost."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
                size = file.tell()
            if size >= self._most_bytes:
                self._rotate()
        except OSError as error:
            if not self._failed:
                print(f"warning: the black box cannot be written: {error}", file=sys.stderr, flush=True)
            self._failed = True

    def _rotate(self) -> None:
        for number in range(self._keep, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self.path if number == 0 else self.path.with_name(f"{self.path.name}.{number}")


def _text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("latin-1")


@dataclass(frozen=True)
class Record:
    """One line of a black box."""

    t: float
    """Seconds since 1970."""
    kind: str
    """up, down, guard or event."""
    facts: dict[str, Any]

    @property
    def reached_the_robot(self) -> str | None:
        """The frame as the robot got it; None when this line is no such frame."""
        if self.kind == "guard" or self.facts.get("verdict") == "forwarded":
            return str(self.facts["frame"])
        return str(self.facts["sent"]) if self.facts.get("verdict") == "changed" else None


def read_black_box(path: Path) -> Iterator[Record]:
    """All lines, the oldest file first; a line that a crash cut short is left out.

    Raises:
        OSError: there is no such file.
    """
    older = [path.with_name(f"{path.name}.{number}") for number in range(KEEP, 0, -1)]
    for file in [*(old for old in older if old.exists()), path]:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                record = _record(line)
                if record:
                    yield record


def _record(line: str) -> Record | None:
    try:
        facts: dict[str, Any] = json.loads(line)
        return Record(float(facts.pop("t")), str(facts.pop("ev")), facts)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
