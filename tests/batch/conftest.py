"""A batch as people run it: a program of its own, an endpoint of its own, files in a folder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.source_tree import ROOT

PATIENCE = 120.0


def write_items(path: Path, *items: dict[str, Any] | str) -> Path:
    """A JSONL file; a text is a line as it is."""
    lines = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items]
    path.write_text("".join(line + "\n" for line in lines))
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file; none when it is not there."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_until(fulfilled: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Look again and again, up to a deadline."""
    end = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.02)


@dataclass(frozen=True)
class EchoEndpoint:
    """An endpoint that answers `answer to QUESTION`, and what it was asked."""

    base_url: str
    log: Path

    @property
    def asked(self) -> Counter[str]:
        return Counter(self.log.read_text().splitlines() if self.log.exists() else [])


@contextmanager
def echo_endpoint(folder: Path, seconds: float) -> Iterator[EchoEndpoint]:
    log = folder / "asked"
    command = [sys.executable, "-m", "tests.batch.echo_server", "--seconds", str(seconds), "--log", str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout
            yield EchoEndpoint(json.loads(server.stdout.readline())["base_url"], log)
        finally:
            server.terminate()


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[EchoEndpoint]:
    with echo_endpoint(tmp_path, 0.2) as endpoint:
        yield endpoint


class Program:
    """`python -m app batch ...` in a process of its own; killed at the end of the test if it still runs."""

    def __init__(self, words: Sequence[object], stderr: Path, stdin: int) -> None:
        self.stderr = stderr
        with stderr.open("wb") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "batch", *map(str, words)],
                cwd=ROOT,
                env=os.environ,
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=sink,
            )

    def kill(self) -> None:
        """kill -9, in the middle of whatever it does."""
        assert self.process.poll() is None, f"it ended by itself: {self.said}"
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(10) == -signal.SIGKILL

    def wait(self, seconds: float = PATIENCE) -> int:
        return self.process.wait(seconds)

    def feed(self, *items: dict[str, Any]) -> None:
        """Write items into its stdin, which must be a pipe."""
        assert self.process.stdin
        self.process.stdin.write("".join(json.dumps(item) + "\n" for item in items).encode())
        self.process.stdin.flush()

    def interrupt(self) -> None:
        """Ctrl-C, as a terminal sends it."""
        self.process.send_signal(signal.SIGINT)

    @property
    def said(self) -> str:
        return self.stderr.read_text()


StartBatch = Callable[..., Program]


@pytest.fixture
def start_batch(tmp_path: Path) -> Iterator[StartBatch]:
    """Start `batch` with these words; nothing it started outlives the test."""
    programs: list[Program] = []

    def start(*words: object, stdin: int = subprocess.DEVNULL) -> Program:
        programs.append(Program(words, tmp_path / f"stderr-{len(programs)}", stdin))
        return programs[-1]

    yield start
    for program in programs:
        program.process.kill()
        program.process.wait(10)
        if program.process.stdin:
            program.process.stdin.close()
