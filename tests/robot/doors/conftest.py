"""Doors with a robot: the simulator in this process, the program in a terminal or as a command, a scripted model."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from app.robot.reach import is_running, known_guards
from app.settings import StorageSettings
from robot.guard.guard import Guard, GuardOptions, open_guard
from tests.repl.terminal import Terminal
from tests.robot.simulated import Simulated, eventually, simulated
from tests.scripted_openai import ScriptedOpenAI

T = TypeVar("T")
DRIVE = {"meters": 3.0}
"""Six seconds at the profile's limit of 0.5 m/s."""


@dataclass(frozen=True)
class Seated:
    """A person at a terminal, on a thread of its own so that the simulated robot goes on beside it."""

    terminal: Terminal

    async def see(self, pattern: str, *, below: bool = False) -> str:
        return await asyncio.to_thread(self.terminal.see, pattern, below=below)

    async def say(self, line: str, pattern: str) -> str:
        return await asyncio.to_thread(self.terminal.say, line, pattern)

    async def ended(self) -> int | None:
        return await asyncio.to_thread(self.terminal.ended)

    def type(self, keys: str) -> None:
        self.terminal.type(keys)


OpenTerminal = Callable[..., Seated]


@pytest.fixture
async def robot(tmp_path: Path) -> AsyncGenerator[Simulated, None]:
    """The simulated robot."""
    async with simulated(tmp_path) as running:
        yield running
        await eventually(lambda: not any(map(is_running, known_guards(storage()))), 30)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An mcp.json with the closed-loop tools alone."""
    path = tmp_path / "servers.json"
    environment = {"ROBOT_PROFILE": "${ROBOT_PROFILE}", "GUARD_PORT": "${GUARD_PORT}"}
    entry = {"command": "python", "args": ["-m", "robot.tools"], "env": environment, "disabled": True}
    path.write_text(json.dumps({"mcpServers": {"robot": entry}}))
    return path


@pytest.fixture
def open_terminal(robot: Simulated, config: Path, scripted_openai: ScriptedOpenAI) -> Iterator[OpenTerminal]:
    """``repl`` or ``run`` with the robot and the scripted model; the terminal is ended with the test."""
    opened: list[Terminal] = []

    def start(command: str, *args: str, **terminal: Any) -> Seated:
        flags = ("--robot", str(robot.path), "--base-url", scripted_openai.base_url, "--mcp-config", str(config))
        environment = {"ROBOT__TOOLS": "simple", **terminal.pop("env", {})}
        opened.append(Terminal(command, *args, *flags, env=environment, patience=60.0, **terminal))
        return Seated(opened[-1])

    yield start
    for terminal in opened:
        terminal.close()


def storage() -> StorageSettings:
    """Where this test's programs keep their state."""
    return StorageSettings(home=Path(os.environ["STORAGE__HOME"]))


@asynccontextmanager
async def guarded(robot: Simulated, **options: Any) -> AsyncGenerator[Guard, None]:
    """A guard in this process, where ``python -m app robot`` looks for one."""
    async with open_guard(robot.profile, GuardOptions(state_folder=storage().home / "robot", **options)) as guard:
        await eventually(lambda: guard.connected)
        yield guard


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


async def command(*words: str, folder: Path, env: Mapping[str, str] | None = None) -> Done:
    """Run ``python -m app WORDS`` to its end, without a terminal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", *words),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent.parent), **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Done(process.returncode or 0, out.decode(), err.decode())
