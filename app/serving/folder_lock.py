"""One builder at a time: a lock that the system drops when its holder dies.

A file that says "taken" was decided against, because it outlives a killed process.
"""

import fcntl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path, *, on_wait: Callable[[], None]) -> Generator[None]:
    """Hold the lock on `file`, made if it is not there; `on_wait` is called when somebody else has it."""
    with file.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
