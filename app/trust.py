"""Trust in an mcp.json of the working directory.

Such a file starts programs, and it arrives with every cloned repository. So it is used only after a
person agreed to this very content, in a terminal; elsewhere it has to be named with ``--mcp-config``.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from app.errors import ConfigurationError
from app.paths import config_folder
from app.settings import McpSettings
from app.shipped import shipped

AskForTrust = Callable[[Path], bool]
"""Asks a person whether the programs in this file may be started."""


def choose_mcp_config(settings: McpSettings, ask: AskForTrust | None) -> Path:
    """The mcp.json to use: the named one, a trusted one of the working directory, or the shipped one.

    `ask` is None where nobody can answer.

    Raises:
        ConfigurationError: the named file does not exist, or the local one is not trusted.
    """
    if settings.config is not None:
        return _existing(settings.config.expanduser())
    local = Path.cwd() / "mcp.json"
    if not local.is_file() or _digest(local) == _digest(shipped("mcp.json")) or _is_trusted(local):
        return local if local.is_file() else shipped("mcp.json")
    if ask is None or not ask(local):
        raise ConfigurationError(
            f"{local} starts programs and was not trusted yet.",
            hint=f"Read it, then name it: --mcp-config {local} (or MCP__CONFIG={local}).",
        )
    _remember(local)
    return local


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ConfigurationError(f"{path} does not exist.", hint="Check --mcp-config or MCP__CONFIG.")
    return path


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _trust_file() -> Path:
    return config_folder() / "trusted.json"


def _trusted() -> dict[str, str]:
    try:
        return dict(json.loads(_trust_file().read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _is_trusted(path: Path) -> bool:
    return _trusted().get(str(path)) == _digest(path)


def _remember(path: Path) -> None:
    _trust_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _trust_file().write_text(json.dumps({**_trusted(), str(path): _digest(path)}, indent=2), encoding="utf-8")
