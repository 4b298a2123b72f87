"""Where the counts can be read: at a port while the program runs, in a file when it ends.

A port that is taken costs the counts and one line, not the work: two programs may well share a `.env`. Where the
port was asked for on the command line, or with `METRICS__STRICT`, it ends the program before anything has begun.
"""

import errno
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.console import warn
from app.errors import ConfigurationError
from app.metrics.agent_metrics import AgentMetrics
from app.settings import MetricsSettings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


@contextmanager
def served_metrics(settings: MetricsSettings) -> Generator[AgentMetrics | None]:
    """Count while the context is open; None where nobody would read it.

    Raises:
        ConfigurationError: the port cannot be used, and `strict` is set.
    """
    if settings.port is None and settings.file is None:
        yield None
        return
    from prometheus_client import CollectorRegistry

    registry, metrics = CollectorRegistry(), None
    with ExitStack() as readers:
        if settings.port is not None and _can_be_read(settings, settings.port, registry, readers):
            metrics = AgentMetrics(registry)
        if settings.file is not None:
            readers.callback(_write, settings.file.expanduser(), registry)
            metrics = metrics or AgentMetrics(registry)
        yield metrics


def _can_be_read(settings: MetricsSettings, port: int, registry: "CollectorRegistry", readers: ExitStack) -> bool:
    """Open the port until `readers` are closed; False when it cannot be."""
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, settings.host, registry)
    except OSError as error:
        taken = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        told = f"port {port} of {settings.host}, for metrics, {taken}"
        if settings.strict:
            hint = "Choose another with --metrics-port or METRICS__PORT: every program needs one of its own."
            raise ConfigurationError(f"{told}.", hint=hint) from error
        warn(f"{told}; going on without. Every program needs a METRICS__PORT of its own.")
        return False
    readers.callback(thread.join)
    readers.callback(server.server_close)
    readers.callback(server.shutdown)
    return True


def _write(path: Path, registry: "CollectorRegistry") -> None:
    """Write the counts in one step, so that nobody reads half of them."""
    from prometheus_client import write_to_textfile

    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        warn(f"METRICS__FILE: {path} cannot be written: {error.strerror}.")
