"""A real PostgreSQL of the tests' own: Debian's binaries, a fresh cluster, a socket in a folder of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a cluster in a temporary folder; yields its connection string."""
    with TemporaryDirectory(prefix="switchyard-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        data, user = folder / "data", _own_user(folder)
        _run(user, "initdb", "--pgdata", data, "--auth", "trust", "--username", "switchyard", "--no-sync")
        flags = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        _run(user, "pg_ctl", "start", "--pgdata", data, "--wait", "--log", folder / "log", "--options", flags)
        try:
            yield f"host={folder} user=switchyard dbname=postgres"
        finally:
            _run(user, "pg_ctl", "stop", "--pgdata", data, "--mode", "immediate", "--wait")


def _own_user(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root; then its own Debian user gets the folder."""
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, "postgres", "postgres")
    return "postgres"


def _run(user: str | None, program: str, *arguments: object) -> None:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    command = [str(debian[-1] if debian else program), *map(str, arguments)]
    subprocess.run(command, user=user, check=True, timeout=30, stdout=subprocess.DEVNULL, cwd="/")
