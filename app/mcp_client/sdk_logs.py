"""Keeps mcp's own log records off a person's terminal.

mcp reports what we report better: a stray line or a broken stream comes as a traceback, and some records go through
the root logger, whose first use installs a handler on stderr for the whole program. Where logging is configured
(``--debug``, LangGraph's server) nothing is changed and they are shown.
"""

import logging

_LOGGERS = ("mcp", "client", "langchain_mcp_adapters")


class _Unconfigured(logging.Handler):
    """Does what Python does without any handler, except for mcp's records."""

    def emit(self, record: logging.LogRecord) -> None:
        ours = record.name.split(".")[0] in _LOGGERS or "/mcp/" in record.pathname.replace("\\", "/")
        if not ours and logging.lastResort is not None:
            logging.lastResort.handle(record)


def quiet_sdk_logs() -> None:
    """Install the handler if logging is not configured."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(_Unconfigured(logging.WARNING))
