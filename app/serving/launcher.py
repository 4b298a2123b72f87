"""Starting a server and waiting until it answers; whatever goes wrong, nobody is left running.

The server writes into a log file, not a pipe: it must go on when the launcher has left. The file is
read for what vLLM is doing and, when it dies, for why.
"""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.chat.transport import transport_options
from app.errors import ConfigurationError, EndpointError
from app.serving import process_session
from app.serving.command_line import Launch
from app.serving.end_signals import EndSignals
from app.serving.running import ServerRecord, forget, log_file, remember, server_records
from app.serving.start_failures import failure_of
from app.serving.start_progress import stage_of
from app.settings import SettingsTree
from app.settings_sources import load_environment

_STEP = 0.2
_GRACE = 15.0
"""Seconds a server may take to put things away."""


@dataclass(frozen=True)
class Server:
    """A server that this process started."""

    process: subprocess.Popen[bytes]
    record: ServerRecord
    signals: EndSignals

    def ended(self) -> int | None:
        """Its exit code once it has ended.

        Raises:
            Stopped: This process was asked to end.
        """
        self.signals.check()
        return self.process.poll()

    def stop(self) -> None:
        """End it with everything it started.

        Raises:
            Stopped: This process was asked once more to end; nobody is waited for.
        """
        process_session.end(self.record.pid, self.record.birth, grace=_GRACE, poll=self.ended)


def start_server(
    settings: SettingsTree, launch: Launch, vllm: Sequence[str], signals: EndSignals, *, outlive: bool
) -> Server:
    """Start it; its file says that it is not ready yet.

    Args:
        settings: Where the file and the log stand.
        launch: What is served, and how.
        vllm: The command before its options.
        signals: Heard from here on, so that none can come between the start and the file.
        outlive: Whether it goes on when this process is killed.

    Raises:
        EndpointError: The port is taken, by a server of ours or by another program.
        ConfigurationError: The command cannot be run.
    """
    _check_port(settings, launch)
    log = log_file(settings.storage, launch.port)
    command = launch.command(vllm)
    environment = load_environment() | dict(launch.environment)
    try:
        process = process_session.start(command, environment, log, outlive=outlive)
    except OSError as error:
        raise ConfigurationError(
            f"{command[0]} cannot be run: {error.strerror}.", hint="Check SERVING__VLLM."
        ) from error
    server = Server(process, _record(launch, process.pid, log), signals)
    try:
        remember(settings.storage, server.record)
    except OSError:
        server.stop()
        raise
    return server


def wait_until_ready(server: Server, *, timeout: float, on_stage: Callable[[str], None]) -> None:
    """Wait for the server to answer.

    Args:
        server: It is stopped when this fails.
        timeout: Seconds to wait.
        on_stage: Hears what vLLM is doing, each stage once.

    Raises:
        EndpointError: It ended, or is not ready in time; the message says why.
        Stopped: This process was asked to end.
    """
    deadline = time.monotonic() + timeout
    reader = _LogReader(Path(server.record.log), on_stage)
    while not _healthy(server.record.base_url):
        reader.read()
        if (code := server.ended()) is not None:
            server.stop()
            raise failure_of(reader.whole(), place=server.record.log, code=code)
        if time.monotonic() > deadline:
            server.stop()
            raise EndpointError(
                f"vLLM was not ready after {timeout:.0f} seconds; it was {reader.stage or 'importing'}.",
                hint=f"Raise SERVING__START_TIMEOUT, or read its log: {server.record.log}",
            )
        time.sleep(_STEP)
    reader.read()


@contextmanager
def guarded(settings: SettingsTree, server: Server) -> Generator[None]:
    """While this lasts, a request to end or an error here ends the server too."""
    try:
        yield
        server.signals.check()
    except BaseException:
        try:
            server.stop()
        finally:
            forget(settings.storage, server.record)
        raise


def stop_record(settings: SettingsTree, record: ServerRecord) -> bool:
    """End a server that another process started; whether nobody is left of it."""
    gone = process_session.end(record.pid, record.birth, grace=_GRACE)
    if gone:
        forget(settings.storage, record)
    return gone


def healthy(record: ServerRecord) -> bool:
    """Whether the server answers."""
    return _healthy(record.base_url)


def _record(launch: Launch, pid: int, log: Path) -> ServerRecord:
    return ServerRecord(
        pid=pid,
        birth=process_session.birth_of(pid),
        base_url=launch.base_url,
        port=launch.port,
        model=launch.served_name,
        log=str(log),
        started=time.time(),
        api_key=launch.api_key,
    )


class _LogReader:
    """What was written since the last look."""

    def __init__(self, log: Path, on_stage: Callable[[str], None]) -> None:
        self._log = log
        self._on_stage = on_stage
        self._position = 0
        self.stage = ""

    def read(self) -> None:
        with self._log.open("rb") as file:
            file.seek(self._position)
            lines = file.read().splitlines(keepends=True)
        for line in lines:
            if not line.endswith((b"\n", b"\r")):
                break
            self._position += len(line)
            stage = stage_of(line.decode(errors="replace"))
            if stage and stage != self.stage:
                self.stage = stage
                self._on_stage(stage)

    def whole(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


def _healthy(base_url: str) -> bool:
    """Asked without a key, which /health does not need."""
    try:
        answer = httpx.get(base_url.removesuffix("/v1") + "/health", timeout=2.0, **transport_options(base_url))
    except httpx.HTTPError:
        return False
    return answer.is_success


def _check_port(settings: SettingsTree, launch: Launch) -> None:
    ours = [record for record in server_records(settings.storage) if record.port == launch.port]
    if ours:
        raise EndpointError(
            f"port {launch.port} is taken by {ours[0].model}, which `serve` started.",
            hint=f"Stop it with `serve stop --port {launch.port}`, or take another --port.",
        )
    family = socket.AF_INET6 if ":" in launch.host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((launch.host, launch.port))
        except OSError as error:
            raise EndpointError(
                f"{launch.host}:{launch.port} cannot be opened: {os.strerror(error.errno or 0)}.",
                hint="Take another with --port, or end the program that has it.",
            ) from error
