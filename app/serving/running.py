"""Which servers ``serve`` started: one small file each, so that ``run`` finds them for next to nothing.

A file is believed only while the very process that it names lives: numbers of processes are used again.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from app.paths import state_folder
from app.serving.process_session import birth_of, members
from app.settings import Endpoint, SettingsTree, StorageSettings


@dataclass(frozen=True)
class ServerRecord:
    """A server, as its file describes it."""

    pid: int
    birth: str
    """What `process_session.birth_of` said of the process."""
    base_url: str
    port: int
    model: str
    """Served model name."""
    log: str
    started: float
    """Seconds since 1970."""
    api_key: str = ""
    ready: bool = False

    @property
    def lives(self) -> bool:
        """Whether its process is there and still the same."""
        return bool(self.birth) and birth_of(self.pid) == self.birth


def running_endpoint(settings: SettingsTree) -> Endpoint | None:
    """The server that `serve` started last and that answers by now; None where there is none."""
    ready = [record for record in _records(settings.storage) if record.ready and record.lives]
    if not ready:
        return None
    latest = max(ready, key=lambda record: record.started)
    return Endpoint(base_url=latest.base_url, model=latest.model, api_key=SecretStr(latest.api_key))


def server_records(storage: StorageSettings) -> list[ServerRecord]:
    """All servers that live or left somebody behind, the latest first; files of others are removed."""
    kept: list[ServerRecord] = []
    for record in _records(storage):
        if record.lives or members(record.pid, record.birth):
            kept.append(record)
        else:
            forget(storage, record)
    return sorted(kept, key=lambda record: -record.started)


def remember(storage: StorageSettings, record: ServerRecord, *, ready: bool = False) -> None:
    """Write a server's file, for its owner's eyes: it may hold a key."""
    file = _file(storage, record.port)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = file.with_suffix(".new")
    written.touch(mode=0o600)
    written.write_text(json.dumps(asdict(replace(record, ready=ready))), encoding="utf-8")
    written.replace(file)


def forget(storage: StorageSettings, record: ServerRecord) -> None:
    """Remove a server's file, unless another server has taken its place."""
    file = _file(storage, record.port)
    written = _read(file)
    if written and (written.pid, written.birth) == (record.pid, record.birth):
        file.unlink(missing_ok=True)


def log_file(storage: StorageSettings, port: int) -> Path:
    """Where the server at that port writes."""
    folder = state_folder(storage) / "logs"
    folder.mkdir(exist_ok=True)
    return folder / f"serve-{port}.log"


def _file(storage: StorageSettings, port: int) -> Path:
    return storage.home.expanduser() / "serving" / f"{port}.json"


def _records(storage: StorageSettings) -> list[ServerRecord]:
    try:
        names = os.listdir(_file(storage, 0).parent)  # noqa: PTH208 # half the cost of Path.iterdir at every start
    except OSError:
        return []
    files = [_file(storage, 0).parent / name for name in names if name.endswith(".json")]
    return [record for file in files if (record := _read(file))]


def _read(file: Path) -> ServerRecord | None:
    try:
        return ServerRecord(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
