"""Starts the server that `serve embedded` would start, for as long as it is asked."""

import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager

from app.serving.command_line import Wish, plan_launch
from app.serving.end_signals import EndSignals
from app.serving.find_vllm import find_vllm
from app.serving.launcher import guarded, start_server, wait_until_ready
from app.serving.running import forget
from app.settings_sources import load_settings


@contextmanager
def serving_embedded() -> Generator[str]:
    """The address of a vLLM with the embedded weights; it ends with the block.

    Raises:
        ConfigurationError: There is no vLLM; `serve embedded --install` makes one.
        EndpointError: It did not start.
    """
    settings = load_settings()
    launch = plan_launch(Wish("embedded", port=_free_port()))
    vllm = find_vllm(settings.serving, install=False, on_progress=_say)
    with EndSignals() as signals:
        server = start_server(settings, launch, vllm, signals, outlive=False)
        with guarded(settings, server):
            wait_until_ready(server, timeout=settings.serving.start_timeout, on_stage=_say)
    try:
        yield server.record.base_url
    finally:
        server.stop()
        forget(settings.storage, server.record)


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
