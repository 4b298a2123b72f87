"""Spans in a file, one JSON object on a line, for looking at them without a collector.

Each line is written at once and in one piece: what had ended before a crash is there, and several programs may share
a file. Flat objects instead of OTLP's JSON, whose lists of typed attributes neither a person nor `jq` reads with ease.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.errors import ConfigurationError
from app.tracing.span import Span

_NANOSECONDS = 1_000_000_000


class TraceFile:
    """Appends to a file; one that can no longer be written is said once, at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigurationError(
                f"the trace file {path} cannot be written: {error.strerror}.", hint="Check --trace-file."
            ) from error

    def write(self, span: Span) -> None:
        """Write one line."""
        line = json.dumps(as_json(span), ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            os.write(self._file, line.encode("utf-8", "backslashreplace"))
        except OSError as error:
            self.problem = f"the trace file {self.path} is not complete: {error.strerror}."

    def close(self) -> str:
        """Close the file; returns what went wrong in the meantime, if anything."""
        os.close(self._file)
        return self.problem


def as_json(span: Span) -> dict[str, Any]:
    """The span as a line has it; times in seconds, ids in hexadecimal digits."""
    assert span.ended is not None, "only spans that ended are written"
    return {
        "name": span.name,
        "trace_id": f"{span.place.trace_id:032x}",
        "span_id": f"{span.place.span_id:016x}",
        "parent_id": None if span.parent_id is None else f"{span.parent_id:016x}",
        "kind": span.kind,
        "start": datetime.fromtimestamp(span.started / _NANOSECONDS, UTC).isoformat(timespec="microseconds"),
        "seconds": round((span.ended - span.started) / _NANOSECONDS, 6),
        "status": "error" if span.error else "ok",
        **({"error": span.error} if span.error else {}),
        "attributes": span.attributes,
    }
