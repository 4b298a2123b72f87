"""A server and all processes it started: a session of their own, told apart from whoever has their numbers later.

vLLM is three processes or more, and they rename themselves, so neither a name nor a variable in their
environment finds them. The number of a session is not given away while anybody is left in it.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_STEP = 0.1


class _Row(NamedTuple):
    """What the system says of one process."""

    pid: int
    session: int
    zombie: bool
    started: str


def start(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, outlive: bool
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that a terminal's Ctrl-C reaches only us.

    Args:
        command: The program and its arguments.
        environment: All of its variables.
        log: Gets what it writes; what stood there is lost.
        outlive: Whether it goes on when this process dies without a chance to stop it (Linux).

    Raises:
        OSError: The command cannot be run.
    """
    if not outlive and (setpriv := shutil.which("setpriv")):
        command = [setpriv, "--pdeathsig", "TERM", "--", *command]
    with log.open("wb") as file:
        return subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def birth_of(pid: int) -> str:
    """What tells this process from a later one of the same number; empty when it is gone or a zombie."""
    row = _row(pid)
    return f"{_boot()} {row.started}" if row and not row.zombie else ""


def members(pid: int, birth: str) -> list[int]:
    """Everybody living in the session that the process of that birth leads, or led."""
    now = birth_of(pid)
    if not birth or (now and now != birth) or birth.split(" ")[0] != _boot():
        return []
    return [row.pid for row in _rows() if row.session == pid and not row.zombie]


def end(pid: int, birth: str, *, grace: float, poll: Callable[[], object] = lambda: None) -> bool:
    """End the server and everybody it started: SIGTERM to the server, SIGKILL to whoever is left.

    Args:
        pid: The server.
        birth: What `birth_of` said when it was started; another process of that number is left alone.
        grace: Seconds it may take to put things away.
        poll: Called while waiting; a parent collects its child here.

    Returns:
        Whether nobody is left.
    """
    try:
        if birth and birth_of(pid) == birth:
            _send(pid, signal.SIGTERM)
            _wait(lambda: birth_of(pid) != birth, grace, poll)
    finally:  # a second Ctrl-C shortens the wait, and no more than that
        for left in members(pid, birth):
            _send(left, signal.SIGKILL)
    return _wait(lambda: not members(pid, birth), grace, poll)


def _wait(done: Callable[[], bool], seconds: float, poll: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        poll()
        time.sleep(_STEP)
    return done()


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _row(pid: int) -> _Row | None:
    if not _PROC.joinpath("self").exists():
        return next((row for row in _rows() if row.pid == pid), None)
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return _Row(pid, int(fields[3]), fields[0] in "ZX", fields[19])


def _rows() -> list[_Row]:
    if _PROC.joinpath("self").exists():
        numbers = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
        return [row for number in numbers if (row := _row(number))]
    listing = ["ps", "-axo", "pid=,pgid=,stat=,lstart="]  # a session's leader leads its first process group too
    done = subprocess.run(listing, capture_output=True, text=True, check=False)
    rows = [line.split(None, 3) for line in done.stdout.splitlines()]
    return [_Row(int(row[0]), int(row[1]), row[2].startswith("Z"), row[3]) for row in rows if len(row) == 4]


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return "-"
