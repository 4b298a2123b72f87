"""One run of a program in a process of its own, from start to exit, with what it cost.

CPU is that of the client process alone, user and system, threads included: its MCP servers are processes
of their own and the same for all contenders. The kernel is asked while the ended process has not been reaped.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import Contender
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.scripted_openai.server import Request

LIGHT_SERVER = Path(__file__).parent / "light_server.py"
ROOT = Path(__file__).parent.parent
_FOREIGN = ("MODEL__", "AGENT__", "MCP__", "STORAGE__", "OPENAI_", "AGENT_MODEL", "LANGSMITH_", "LANGCHAIN_", "PYTHON")
_FOREIGN += ("METRICS__", "LOG__", "TRACING__", "OTEL_", "TRACEPARENT", "TRACESTATE", "BAGGAGE")
"""Beginnings of variables that would change what is measured, PYTHONDONTWRITEBYTECODE among them."""


class RunFailed(Exception):
    """A contender did not do what it was asked; what it said is the message."""


@dataclass(frozen=True)
class Scene:
    """What the model says and which servers there are."""

    turns: tuple[tuple[Call, ...], ...]
    """The calls of each reply; an answer follows the last."""
    servers: int = 1
    initialize_seconds: float = 0.0

    @staticmethod
    def rounds(count: int) -> "Scene":
        """`count` replies with one call each."""
        return Scene(tuple((Call("note", {"text": f"number {number}"}),) for number in range(count)))


@dataclass(frozen=True)
class ColdRun:
    """Seconds, but for `memory`."""

    wall: float
    cpu: float
    memory: float
    """Most resident memory, MiB."""
    asked_at: tuple[float, ...]
    """When each request reached the model, since the start."""
    output: str

    @property
    def gaps(self) -> list[float]:
        """Seconds between consecutive model requests."""
        return [later - sooner for sooner, later in zip(self.asked_at, self.asked_at[1:], strict=False)]


class _Clocked(ScriptedOpenAI):
    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[float] = []

    def record(self, request: Request) -> Reply:
        self.arrivals.append(time.perf_counter())
        return super().record(request)


def cold_run(contender: Contender, scene: Scene, python_options: Sequence[str] = ()) -> ColdRun:
    """Run a contender in an empty folder.

    Raises:
        RunFailed: it ended with an error, gave another answer, or made another number of requests.
    """
    with tempfile.TemporaryDirectory() as folder, _Clocked() as model:
        for calls in scene.turns:
            model.enqueue(Reply(calls=calls))
        model.enqueue("All done.")
        command = contender.command(model.base_url, _write_config(Path(folder), scene), python_options)
        began = time.perf_counter()
        process, output = _start(command, Path(folder), contender.environment)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        wall, cpu = time.perf_counter() - began, _own_cpu(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said = output.read_text(errors="replace")
        if process.returncode or "All done." not in said or len(model.arrivals) != len(scene.turns) + 1:
            raise RunFailed(f"{contender.name}: exit {process.returncode}, {len(model.arrivals)} requests\n{said}")
        asked_at = tuple(arrival - began for arrival in model.arrivals)
        return ColdRun(wall, cpu, usage.ru_maxrss / 1024, asked_at, said)


def _start(command: list[str], folder: Path, given: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], Path]:
    output = folder / "output.txt"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    environment |= {"STORAGE__HOME": str(folder / "state"), "PYTHONPATH": str(ROOT), **given}
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
    return process, output


def _write_config(folder: Path, scene: Scene) -> Path:
    entry = {"command": sys.executable, "args": ["-S", str(LIGHT_SERVER), str(scene.initialize_seconds)]}
    path = folder / "servers.json"
    path.write_text(json.dumps({"mcpServers": {f"light{number}": entry for number in range(scene.servers)}}))
    return path


def _own_cpu(pid: int) -> float:
    """Seconds of user and system time without children, of a process that has ended and was not reaped."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
