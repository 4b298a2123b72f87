"""A training's state in a file: written whole or not at all, the newest two kept."""

import os
from pathlib import Path
from typing import Any

import torch

KEPT = 2


def write_checkpoint(folder: Path, step: int, state: dict[str, Any]) -> Path:
    """Write the state of a step and remove all but the newest files; a crash leaves the ones before."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"step-{step:08}.pt"
    part = file.with_suffix(".part")
    with part.open("wb") as sink:
        torch.save(state, sink)
        sink.flush()
        os.fsync(sink.fileno())
    part.replace(file)
    for old in sorted(folder.glob("step-*.pt"))[:-KEPT]:
        old.unlink()
    return file


def newest_checkpoint(folder: Path) -> Path | None:
    """The file of the latest step, if there is one."""
    return max(folder.glob("step-*.pt"), default=None)


def read_checkpoint(file: Path) -> dict[str, Any]:
    """What `write_checkpoint` was given, on the CPU; only plain values and tensors are accepted."""
    return torch.load(file, map_location="cpu", weights_only=True)
