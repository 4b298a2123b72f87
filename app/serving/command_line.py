"""From a profile or a model, and what a person asked for, to the command that starts vLLM.

The options are written out instead of handed over as ``--config``, so that ``--print`` shows all of
them and the line works on another machine. Weaker comes first; vLLM takes the last of two.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import UsageError
from app.serving.dropped_flags import check_flags
from app.serving.families import options_for_model
from app.serving.profiles import Options, find_profile

SECRETS = ("VLLM_API_KEY",)
"""Variables whose values no printed command shows."""


OPTION_NAMES = (
    "served-model-name",
    "max-model-len",
    "gpu-memory-utilization",
    "max-num-seqs",
    "max-num-batched-tokens",
    "cpu-offload-gb",
    "tensor-parallel-size",
    "pipeline-parallel-size",
    "data-parallel-size",
)
"""vLLM's options that `serve` names itself."""


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    target: str
    """A profile's name, a profile file, a model's name on the hub, or its folder."""
    host: str = "127.0.0.1"
    port: int = 8000
    api_key: str = ""
    hub: str = ""
    """`hf`, `modelscope`, or nothing for vLLM's own choice."""
    loras: Sequence[str] = ()
    """`name=path` each."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """vLLM's options by name; None was not given."""
    extra: Sequence[str] = ()
    """Flags for vLLM as they were written."""


@dataclass(frozen=True)
class Launch:
    """A server to be started."""

    model: str
    served_name: str
    host: str
    port: int
    api_key: str
    flags: Sequence[str]
    """Without the model."""
    environment: Mapping[str, str]
    """Variables that the server gets besides those of this process."""
    notice: str = ""
    """What was decided that the person did not say."""

    @property
    def base_url(self) -> str:
        """Where this machine reaches the server."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
        host = everywhere.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{host}:{self.port}/v1"

    def command(self, vllm: Sequence[str]) -> list[str]:
        """The whole command for a vLLM that is started as `vllm`; its module takes the model by name."""
        model = ["--model", self.model] if "-m" in vllm else [self.model]
        return [*vllm, *model, *self.flags]

    def shown(self, vllm: Sequence[str]) -> str:
        """The command as a shell takes it. Secrets are not shown; they belong into the environment."""
        variables = [f"{name}={value}" for name, value in self.environment.items() if name not in SECRETS]
        return shlex.join([*variables, *self.command(vllm)])


def plan_launch(wish: Wish) -> Launch:
    """Decide everything about the server but where vLLM is.

    Raises:
        UsageError: The target is unknown, or a flag is not what vLLM takes.
    """
    check_flags(wish.extra)
    _check_folder(wish.target)
    profile = find_profile(wish.target)
    options, notice = (profile.options, "") if profile else _for_model(wish)
    chosen = {name: value for name, value in wish.options.items() if value is not None}
    merged = options | {"host": wish.host, "port": wish.port} | chosen | _lora_options(wish.loras)
    model = str(merged.pop("model"))
    flags = [*render_flags(merged), *wish.extra]
    return Launch(
        model=model,
        served_name=_served_name(merged, model),
        host=wish.host,
        port=wish.port,
        api_key=wish.api_key,
        flags=flags,
        environment=_environment(wish),
        notice=notice,
    )


def render_flags(options: Options) -> list[str]:
    """Options as vLLM's own ``--config`` reading turns them into flags."""
    flags: list[str] = []
    for name, value in options.items():
        if isinstance(value, bool):
            flags.append(f"--{name}" if value else f"--no-{name}")
        elif isinstance(value, list):
            flags += [f"--{name}", *map(str, value)]
        else:
            flags += [f"--{name}", json.dumps(value) if isinstance(value, dict) else str(value)]
    return flags


def _for_model(wish: Wish) -> tuple[Options, str]:
    if any(flag.partition("=")[0].replace("_", "-") == "--tool-call-parser" for flag in wish.extra):
        return {"model": wish.target}, ""
    options, profile = options_for_model(wish.target)
    return options, f"{wish.target} is served with the tool template and parser of the profile {profile}."


def _check_folder(target: str) -> None:
    """Otherwise vLLM asks the hub, for minutes, for a folder that is not there."""
    if target.startswith(("/", "./", "../", "~")) and not Path(target).expanduser().exists():
        raise UsageError(f"there is no {target}.", hint="`serve list` shows the profiles.")


def _lora_options(loras: Sequence[str]) -> Options:
    for lora in loras:
        name, found, path = lora.partition("=")
        if not (found and name and path):
            raise UsageError(
                f"--lora takes name=path, not '{lora}'.", hint="For example --lora kitchen=./kitchen-lora."
            )
    return {"enable-lora": True, "max-loras": len(loras), "lora-modules": list(loras)} if loras else {}


def _served_name(options: Options, model: str) -> str:
    name = options.get("served-model-name", model)
    return str(name[0] if isinstance(name, list) else name)


def _environment(wish: Wish) -> dict[str, str]:
    named = {"VLLM_API_KEY": wish.api_key, "VLLM_USE_MODELSCOPE": {"modelscope": "True", "hf": "False"}.get(wish.hub)}
    return {name: value for name, value in named.items() if value}
