"""A line whenever an MCP server's state changes."""

import logging

from app.logs.json_lines import FIELDS
from app.logs.opened import log_is_open
from app.mcp_client.status import ServerStatus

_log = logging.getLogger("app.mcp_client")


def log_server(status: ServerStatus) -> None:
    """Write down the state; a failure with its cause."""
    if log_is_open():
        level = logging.WARNING if status.state == "failed" else logging.INFO
        fields = {"server": status.name, "state": status.state, "tools": status.tool_count}
        if status.cause:
            fields["error"] = status.cause
        _log.log(level, "MCP server %s", status.state, extra={FIELDS: fields})
