"""evalscope as the engine: for load that one Python process of ours would not bring.

It runs in a process of its own, with the Python that `BENCH__EVALSCOPE_PYTHON` names or with ours when the
extra is installed: its imports take 8 seconds and it logs to stdout. Its prompts are always given as whole
request bodies (``line_by_line``); its own data sets would be downloaded.
"""

import asyncio
import importlib.util
import sys
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from app.bench.other_python import run_script
from app.bench.phase import Phase
from app.bench.prompt_set import Prompt
from app.bench.request_record import RequestRecord
from app.bench.sse_client import request_body
from app.bench.target import Target
from app.errors import ConfigurationError
from app.settings import BenchSettings

_IMPORTS = 120.0
"""Seconds that evalscope may take for itself."""
_OFFLINE = {"HF_HUB_OFFLINE": "1"}


class EvalscopeEngine:
    """The same as our own engine, by evalscope. One request before each phase is not measured."""

    def __init__(self, settings: BenchSettings, *, max_tokens: int, timeout: float) -> None:
        self._python = find_evalscope(settings)
        self._max_tokens = max_tokens
        self._timeout = timeout

    async def run(self, target: Target, phase: Phase, prompts: Sequence[Prompt]) -> tuple[list[RequestRecord], float]:
        """The records in the order they were sent, and the wall time in seconds."""
        return await asyncio.to_thread(self._run, target, phase, prompts)

    def _run(self, target: Target, phase: Phase, prompts: Sequence[Prompt]) -> tuple[list[RequestRecord], float]:
        asked = list(islice(cycle(prompts), phase.requests))
        order = {
            "arguments": self._arguments(target, phase),
            "bodies": [request_body(target, prompt, self._max_tokens) for prompt in asked],
        }
        limit = _IMPORTS + self._timeout * (phase.requests + 1)
        rows = run_script(self._python, "evalscope_load", order, timeout=limit, environment=_OFFLINE)
        return _records(rows, target, phase, asked)

    def _arguments(self, target: Target, phase: Phase) -> dict[str, Any]:
        return {
            "url": target.url.rstrip("/") + "/chat/completions",
            "api": "openai",
            "api_key": target.key,
            "model": target.model,
            "name": "load",
            "dataset": "line_by_line",
            "number": phase.requests,
            "parallel": phase.concurrency,
            "warmup_num": 1,
            "max_tokens": self._max_tokens,
            "temperature": 0.0,
            "stream": True,
            "total_timeout": int(self._timeout) or 1,
            "no_timestamp": True,
            "no_test_connection": True,
            "sleep_interval": 0,
        }


def find_evalscope(settings: BenchSettings) -> Path:
    """The Python of an environment that has evalscope.

    Raises:
        ConfigurationError: There is none.
    """
    if settings.evalscope_python:
        python = settings.evalscope_python.expanduser()
        if not python.exists():
            raise ConfigurationError(
                f"BENCH__EVALSCOPE_PYTHON names {python}, which does not exist.", hint="Name a Python."
            )
        return python
    if importlib.util.find_spec("evalscope"):
        return Path(sys.executable)
    raise ConfigurationError(
        "--engine evalscope needs evalscope, which is not installed.",
        hint="uv sync --extra bench, or name another environment's Python in BENCH__EVALSCOPE_PYTHON.",
    )


def _records(
    rows: list[dict[str, Any]], target: Target, phase: Phase, asked: Sequence[Prompt]
) -> tuple[list[RequestRecord], float]:
    began = min((row["start_time"] for row in rows), default=0.0)
    ended = max((row["completed_time"] or row["start_time"] for row in rows), default=0.0)
    prompts = cycle(asked)
    records = [_record(row, number, target, phase, next(prompts), began) for number, row in enumerate(rows, 1)]
    return records, ended - began


def _record(
    row: dict[str, Any], number: int, target: Target, phase: Phase, prompt: Prompt, began: float
) -> RequestRecord:
    ok = bool(row["success"])
    return RequestRecord(
        target=target.name,
        protocol=phase.protocol,
        concurrency=phase.concurrency,
        number=number,
        started=row["start_time"] - began,
        latency=row["latency"] if ok else max((row["completed_time"] or 0.0) - row["start_time"], 0.0),
        ttft=row["first_chunk_latency"] if ok else None,
        gaps=row["inter_token_latencies"],
        input_tokens=row["prompt_tokens"],
        output_tokens=row["completion_tokens"],
        text=row["text"],
        finish_reason=row["finish_reason"],
        error="" if ok else row["said"] or "it failed, and evalscope kept no reason",
        expected_language="" if row["called"] else prompt.language,
    )
