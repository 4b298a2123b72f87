"""Reads trace files, and holds what every trace must hold."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Line:
    """A span of a trace file."""

    raw: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return self.raw["name"]

    @property
    def id(self) -> str:
        return self.raw["span_id"]

    @property
    def traceparent(self) -> str:
        return f"00-{self.raw['trace_id']}-{self.id}-01"

    @property
    def start(self) -> float:
        return datetime.fromisoformat(self.raw["start"]).timestamp()

    @property
    def end(self) -> float:
        return self.start + self.raw["seconds"]

    def __getitem__(self, attribute: str) -> Any:
        return self.raw["attributes"][attribute]

    def __contains__(self, attribute: str) -> bool:
        return attribute in self.raw["attributes"]


@dataclass(frozen=True)
class Trace:
    """The spans of one file."""

    lines: list[Line]

    def named(self, name: str) -> list[Line]:
        """Spans whose name is this, or begins with it and a space, as they began."""
        found = [line for line in self.lines if line.name == name or line.name.startswith(f"{name} ")]
        return sorted(found, key=lambda line: line.start)

    def one(self, name: str) -> Line:
        [found] = self.named(name)
        return found

    def children(self, parent: Line) -> list[str]:
        found = [line for line in self.lines if line.raw["parent_id"] == parent.id]
        return [line.name for line in sorted(found, key=lambda line: line.start)]

    def check(self) -> None:
        """Ids are unique, parents are there and in the same trace, and nothing sticks out of its parent."""
        known = {line.id: line for line in self.lines}
        assert len(known) == len(self.lines)
        for line in self.lines:
            if line.raw["parent_id"] is not None:
                parent = known[line.raw["parent_id"]]
                assert parent.raw["trace_id"] == line.raw["trace_id"]
                assert parent.start - 0.001 <= line.start, (parent.name, line.name)
                assert line.end <= parent.end + 0.001, (parent.name, line.name)


def read_trace(path: Path) -> Trace:
    """The spans of a file; none when it is not there."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return Trace([Line(json.loads(line)) for line in lines])
