"""The emergency stop on disk, so that no restart ever lifts it.

A file that cannot be read counts as latched: in doubt the robot stands still.
"""

import json
import os
import time
from pathlib import Path


class Latch:
    """One file: there while the E-stop is latched."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> str | None:
        """Why the E-stop is latched; None when it is not."""
        try:
            return str(json.loads(self._path.read_text(encoding="utf-8"))["reason"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return f"{self._path} cannot be read"

    def set(self, reason: str) -> None:
        """Write it down, whole or not at all, and not only into a cache.

        Raises:
            OSError: the disk refused.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"reason": reason, "since": time.time()}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def clear(self) -> None:
        """A person reset it."""
        self._path.unlink(missing_ok=True)
