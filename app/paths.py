"""Where one person's files live: state (threads, logs, outputs) and configuration (policy, trust)."""

import os
from pathlib import Path

from app.settings import StorageSettings


def state_folder(storage: StorageSettings) -> Path:
    """The folder of threads, logs and outputs, created for its owner alone."""
    folder = storage.home.expanduser()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def config_folder() -> Path:
    """The folder of a person's own policy and trust decisions (`$XDG_CONFIG_HOME/switchyard`); not created."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "switchyard"


def cache_folder() -> Path:
    """The folder of what can be made again, such as vLLM's environment (`SWITCHYARD_CACHE`); not created."""
    if own := os.environ.get("SWITCHYARD_CACHE"):
        return Path(own).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "switchyard"
