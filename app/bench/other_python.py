"""Runs one of the scripts of ``elsewhere/`` with another environment's Python and brings back what it found."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.errors import SwitchyardError

_SCRIPTS = Path(__file__).parent / "elsewhere"


def run_script(
    python: Path,
    script: str,
    order: Mapping[str, Any],
    *,
    timeout: float,
    on_start: Callable[[int], object] = lambda _: None,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """Give a script its order and read its result.

    Args:
        python: The interpreter of the environment.
        script: The name of the file in ``elsewhere/``, without its ending.
        order: What the script reads; `folder` and `result` are added.
        timeout: Seconds until it is ended with everything it started.
        on_start: Hears the number of its process.
        environment: Variables besides those of this process.

    Raises:
        SwitchyardError: It failed; the message is the last line it wrote.
    """
    with tempfile.TemporaryDirectory(prefix="switchyard-bench-") as name:
        folder = Path(name)
        result, log = folder / "result.json", folder / "log"
        words = json.dumps({**order, "folder": name, "result": str(result)}).encode()
        process = _start([str(python), str(_SCRIPTS / f"{script}.py")], folder, log, environment or {})
        try:
            on_start(process.pid)
            process.communicate(words, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            message = f"{script} was not done after {timeout:.0f} seconds."
            raise SwitchyardError(message, hint="Raise --timeout.") from error
        finally:
            _end(process)
        if process.returncode or not result.exists():
            raise SwitchyardError(f"{script} failed: {_cause(log)}", hint=f"It ran with {python}.")
        return json.loads(result.read_text(encoding="utf-8"))


def _start(command: list[str], folder: Path, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that what it starts can be ended with it."""
    with log.open("wb") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **environment},
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _cause(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if "Error" in line.partition(":")[0]]
    return (named or lines or ["it said nothing"])[-1][:500]
