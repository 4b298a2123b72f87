"""The same server in a container: the compose file that comes with Switchyard, told what to serve by variables."""

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from app.errors import ConfigurationError, UsageError
from app.serving.command_line import Launch
from app.shipped import local_or_shipped

COMPOSE_FILE = "docker/compose.yaml"
_TEMPLATE = "--chat-template"
_MOUNTED = "/templates"
"""Where the compose file mounts the folder VLLM_TEMPLATES."""


def compose_line(*, detach: bool) -> list[str]:
    """The command that starts the compose file's `gpu` profile.

    Raises:
        ConfigurationError: The compose file is not there.
    """
    file = local_or_shipped(COMPOSE_FILE)
    if not file.exists():
        raise ConfigurationError(f"there is no {COMPOSE_FILE} here.", hint="Run it in a checkout of Switchyard.")
    command = ["docker", "compose", "-f", str(file), "--profile", "gpu", "up"]
    return [*command, "--detach"] if detach else command


def compose_command(*, detach: bool) -> list[str]:
    """The same, after looking for Docker.

    Raises:
        ConfigurationError: Docker or the compose file is not there.
    """
    if not shutil.which("docker"):
        raise ConfigurationError(
            "Docker is not installed: PATH has no docker.",
            hint="Install Docker Engine with its compose plugin and the NVIDIA container toolkit, or use --install.",
        )
    return compose_line(detach=detach)


def compose_variables(launch: Launch) -> Mapping[str, str]:
    """What the compose file reads: model, port, and vLLM's other flags with the template where it is mounted.

    Raises:
        UsageError: The model is a folder of this machine, which a container does not see.
    """
    if Path(launch.model).exists():
        raise UsageError(
            f"a container does not see the folder {launch.model}.",
            hint="Serve a model of the hub, or without --docker; compose's profile `cpu` has the embedded model.",
        )
    flags, templates = list(launch.flags), {}
    if _TEMPLATE in flags[:-1]:
        place = flags.index(_TEMPLATE) + 1
        template = Path(flags[place]).absolute()
        flags[place], templates = f"{_MOUNTED}/{template.name}", {"VLLM_TEMPLATES": str(template.parent)}
    return {
        "VLLM_MODEL": launch.model,
        "VLLM_PORT": str(launch.port),
        "VLLM_ARGS": shlex.join(flags),
        **templates,
        **launch.environment,
    }
