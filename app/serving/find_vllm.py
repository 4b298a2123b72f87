"""Where vLLM is: what settings name, else ``vllm`` on PATH, else the environment that ``--install`` made."""

import shlex
import shutil
from pathlib import Path

from app.errors import ConfigurationError
from app.serving.environment import Kind, Progress, ensure_environment, installed_environment, vllm_command
from app.settings import ServingSettings


def find_vllm(settings: ServingSettings, *, install: bool, on_progress: Progress) -> list[str]:
    """The command whose arguments are a model and flags.

    Args:
        settings: A command named there wins over everything.
        install: Use the environment of our own, made first where there is none.
        on_progress: Hears what is being installed.

    Raises:
        ConfigurationError: There is no vLLM, or the one that settings name does not exist.
        SwitchyardError: It could not be installed.
    """
    if install and not settings.vllm:
        return vllm_command(ensure_environment(machine_kind(), on_progress=on_progress))
    if found := installed_vllm(settings):
        return found
    raise ConfigurationError(
        "vLLM is not installed: settings name none, and PATH has no vllm.",
        hint="Add --install (an environment of its own, 3 to 10 GB), --docker, or set SERVING__VLLM.",
    )


def installed_vllm(settings: ServingSettings) -> list[str] | None:
    """The same without installing; None where there is no vLLM.

    Raises:
        ConfigurationError: The one that settings name does not exist.
    """
    if settings.vllm:
        return _named(settings.vllm)
    if found := shutil.which("vllm"):
        return [found, "serve"]
    environment = installed_environment(machine_kind())
    return vllm_command(environment) if environment else None


def machine_kind() -> Kind:
    """`gpu` where NVIDIA's driver is loaded, which Windows' Linux shows by its tool only."""
    return "gpu" if Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") else "cpu"


def _named(command: str) -> list[str]:
    words = shlex.split(command)
    if not words or not shutil.which(words[0]):
        raise ConfigurationError(
            f"SERVING__VLLM names {command!r}, which cannot be run.", hint="For example /opt/vllm/bin/vllm."
        )
    return words if len(words) > 1 else [*words, "serve"]
