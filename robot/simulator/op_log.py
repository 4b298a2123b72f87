"""What clients did, with the robots' poses at that moment: what a test compares a claim with.

Bounded in memory, and on disk by turning the file over: a robot that is played with for a week must not fill either.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from robot.frames import Frame

Pose = tuple[float, float, float]

CONNECTED, DISCONNECTED, REFUSED = "_connect", "_disconnect", "_refused"
"""Operations of the log's own: a client came, went, or sent what rosbridge swallows with a line in its log."""

_LARGEST_FRAME = 20_000
_LARGEST_FILE = 50_000_000


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    at: float
    """Seconds since the simulator started."""
    client: int
    """Number of the connection, from 1."""
    op: str
    frame: Frame
    poses: dict[str, Pose]
    """Every turtle's x, y and heading at that moment."""
    note: str = ""
    """Why a frame was refused."""


@dataclass
class OpLog:
    """The last entries.

    Args:
        clock: seconds since the start.
        poses: where the robots are now.
        path: a file to append JSON lines to; turned over to `PATH.1` when it is too large.
        length: how many entries memory keeps.
    """

    clock: Callable[[], float]
    poses: Callable[[], dict[str, Pose]]
    path: Path | None = None
    length: int = 10_000
    entries: deque[Entry] = field(init=False)
    _file: TextIO | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.entries = deque(maxlen=self.length)
        if self.path is not None:
            self._file = self.path.open("a", encoding="utf-8")

    def add(self, client: int, op: str, frame: Frame | None = None, *, size: int = 0, note: str = "") -> None:
        """Note what a client did; `size` is the length of the frame's text, as a large frame is not kept whole."""
        kept = _outline(frame or {}) if size > _LARGEST_FRAME else frame or {}
        entry = Entry(round(self.clock(), 4), client, op, kept, self.poses(), note)
        self.entries.append(entry)
        if self._file is not None:
            self._file.write(json.dumps(asdict(entry), default=str) + "\n")
            self._file.flush()
            self._turn_over()

    def of(self, op: str, /, **fields: Any) -> list[Entry]:
        """The entries of an operation whose frames have these values."""
        return list(self._matching(op, fields))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _matching(self, op: str, fields: dict[str, Any]) -> Iterator[Entry]:
        for entry in self.entries:
            if entry.op == op and all(entry.frame.get(key) == value for key, value in fields.items()):
                yield entry

    def _turn_over(self) -> None:
        if self._file is None or self.path is None or self._file.tell() < _LARGEST_FILE:
            return
        self._file.close()
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self._file = self.path.open("a", encoding="utf-8")


def _outline(frame: Frame) -> Frame:
    return {
        key: value for key, value in frame.items() if isinstance(value, str | int | float) and len(str(value)) < 500
    }
