"""A log record as one line of JSON, with the ids of its run and without secrets."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import Any, cast

from app.logs.run_ids import current_run
from app.masking import mask

FIELDS = "fields"
"""Attribute of a record that holds further fields."""
_SERVER_TASK = "mcp server "


class JsonLines(logging.Formatter):
    """Fields: `time` (UTC), `level`, `logger`, `message`, `run`, `thread`, then the record's own, `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if ids := current_run.get():
            fields |= {"run": ids.run, "thread": ids.thread}
        if server := _server():
            fields["server"] = server
        fields |= getattr(record, FIELDS, {})
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(_masked(fields), ensure_ascii=False, default=lambda value: mask(str(value)))


def _server() -> str:
    """The MCP server whose session the current task holds."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return ""
    name = task.get_name() if task else ""
    return name.removeprefix(_SERVER_TASK) if name.startswith(_SERVER_TASK) else ""


def _masked(value: Any) -> Any:
    """Without secrets, and with times to the microsecond."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: _masked(inner) for name, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in cast("list[Any]", value)]
    if isinstance(value, float):
        return round(value, 6)
    return value
