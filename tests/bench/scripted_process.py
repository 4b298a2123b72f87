"""The scripted server in a process of its own, so that its clock and the client's do not share an interpreter.

Where the machine allows it (root on Linux), server and client go before other programs: the clock is what is tested.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.source_tree import ROOT

FIRST_TOKEN, PER_TOKEN, TOKENS = 0.050, 0.010, 21
TIMED = {"text": "tok " * TOKENS, "first_token": FIRST_TOKEN, "per_token": PER_TOKEN, "repeat": True}
MEASUREMENTS = 4


def go_first() -> None:
    """Before others in the queue for the processor, where that is allowed; Linux may order whole sessions too."""
    with suppress(OSError):
        os.setsid()
        os.setpriority(os.PRIO_PROCESS, 0, -19)
        Path("/proc/self/autogroup").write_text("-19")


@contextmanager
def scripted_process(folder: Path, *replies: dict[str, Any] | str) -> Iterator[str]:
    """A scripted server's address up to and including /v1."""
    script = folder / "script.json"
    script.write_text(json.dumps(replies))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scripted_openai", "--script", str(script)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=go_first,
    )
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline())["base_url"]
    finally:
        process.terminate()
        process.communicate(timeout=20)


def bench(folder: Path, *arguments: object, environment: dict[str, str] | None = None, timeout: float = 110) -> Any:
    """The JSON report of ``python -m app bench ARGUMENTS``, measured by a process that goes before others."""
    done = subprocess.run(
        [sys.executable, "-m", "app", "bench", *map(str, arguments), "--output", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        preexec_fn=go_first,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def undisturbed(measure: Callable[[], Any], is_near: Callable[[Any], bool]) -> Any:
    """The first report that is near the truth, else the last of a few.

    Other programs only ever add time, so one good measurement shows what ours can do, and a clock
    that is wrong stays wrong however often it is read.
    """
    for _ in range(MEASUREMENTS):
        report = measure()
        if is_near(report):
            break
    return report
