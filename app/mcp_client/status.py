"""How one server is doing, as doors show it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["starting", "ready", "failed", "disabled"]


@dataclass(frozen=True, kw_only=True)
class ServerStatus:
    """One server of the configuration."""

    name: str
    state: State
    cause: str = ""
    """Why it failed, in one sentence."""
    log_file: Path | None = None
    tool_count: int = 0
    required: bool = False
    seconds: float = 0.0
    """How long its last start took."""
    instructions: str = ""
    """What the server says about its use; untrusted text."""
    pid: int | None = None
    """Of a stdio server that runs."""

    def __str__(self) -> str:
        said = f": {self.cause}" if self.cause else ""
        log = f" (log: {self.log_file})" if self.state == "failed" and self.log_file else ""
        return f"MCP server {self.name} {self.state}{said}{log}"
