import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from app.serving.launcher import stop_record
from app.serving.running import server_records
from app.settings_sources import load_settings
from tests.conftest import Outcome, RunApp
from tests.source_tree import ROOT

T = TypeVar("T")
STAND_IN = Path(__file__).parent / "stand_in_server.py"


@pytest.fixture
def port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Serve:
    """``python -m app serve`` with the stand-in in vLLM's place."""

    folder: Path
    port: int
    run_app: RunApp
    started: list[subprocess.Popen[str]] = field(default_factory=list[subprocess.Popen[str]])

    def profile(self, model: str = "anything") -> Path:
        path = self.folder / "own.yaml"
        path.write_text(f"# Made for a test\nmodel: {model!r}\nmax-model-len: 2048\n")
        return path

    def start(self, *args: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "app", "serve", *map(str, args)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.started.append(process)
        return process

    def __call__(self, *args: object) -> Outcome:
        """Commands that start nothing run in this process."""
        return self.run_app("serve", *args)

    def finish(self, process: subprocess.Popen[str]) -> Outcome:
        out, err = process.communicate(timeout=30)
        return Outcome(process.returncode, out, err)

    def detach(self, *args: object, model: str = "anything") -> Outcome:
        return self.finish(self.start(self.profile(model), "--detach", "--port", self.port, *args))

    def started_by(self, pattern: str) -> int:
        """The number after `pattern` in the server's log, waited for."""
        log = Path(os.environ["STORAGE__HOME"]) / "logs" / f"serve-{self.port}.log"
        found = wait_for(lambda: log.exists() and re.search(rf"{pattern} (\d+)", log.read_text()))
        return int(found[1])


def wait_for(look: Callable[[], T], seconds: float = 20) -> T:
    """What `look` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return found


@pytest.fixture
def serve(tmp_path: Path, port: int, run_app: RunApp, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    monkeypatch.setenv("SERVING__VLLM", f"{sys.executable} {STAND_IN}")
    serve = Serve(tmp_path, port, run_app)
    yield serve
    for process in serve.started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=10)
    settings = load_settings()
    for record in server_records(settings.storage):
        assert stop_record(settings, record)
