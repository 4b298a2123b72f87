"""From what was asked for to what is done: servers, prompts and phases, checked before the first request."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import httpx

from app.bench.memory import find_kind
from app.bench.phase import Phase
from app.bench.prompt_set import Prompt, load_prompts
from app.bench.sse_client import open_client
from app.bench.target import DEFAULT_FILE, Kind, Target, checked, load_targets, parse_target
from app.errors import EndpointError, UsageError
from app.settings import SettingsTree

PROTOCOLS = {"single": ("single",), "concurrent": ("concurrent",), "both": ("single", "concurrent"), "none": ()}
_PROBE = 5.0
_SWEEP_ROUNDS = 4
"""Requests of a sweep's step, for each that runs at once: so that a slow one at its end weighs less."""


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """What was given on the command line."""

    endpoints: Sequence[str] = ()
    endpoints_file: Path | None = None
    protocol: str = "both"
    requests: int = 5
    concurrency: int = 5
    sweep: str = ""
    prompts: Path | None = None
    max_tokens: int = 128
    engine: str = "builtin"
    offline: Sequence[str] = ()
    timeout: float = 300.0


@dataclass(frozen=True)
class Plan:
    """What is done."""

    targets: Sequence[Target]
    phases: Sequence[Phase]
    prompts: Sequence[Prompt]
    options: PlanOptions


def plan_phases(options: PlanOptions) -> list[Phase]:
    """The phases each server goes through.

    Raises:
        UsageError: The sweep is no list of numbers, or nothing is left to do.
    """
    made = {
        "single": Phase("single", 1, options.requests),
        "concurrent": Phase("concurrent", options.concurrency, max(options.requests, options.concurrency)),
    }
    phases = [made[name] for name in PROTOCOLS[options.protocol]]
    for part in options.sweep.split(",") if options.sweep else ():
        if not part.strip().isdecimal() or not int(part):
            raise UsageError(
                f"--sweep takes numbers of requests at once, not '{part}'.", hint="For example --sweep 1,2,4,8."
            )
        level = int(part)
        phases.append(Phase("sweep", level, max(options.requests, level * _SWEEP_ROUNDS)))
    if not phases:
        raise UsageError("--protocol none measures nothing without --sweep.", hint="For example --sweep 1,2,4,8.")
    return phases


def named_targets(options: PlanOptions, settings: SettingsTree) -> list[Target]:
    """The servers of the command line, else of the file, else the one that `run` would use.

    Raises:
        UsageError: They are written wrongly.
        EndpointError: There is none at all, and nothing to measure without one.
    """
    if options.endpoints:
        return checked([parse_target(text) for text in options.endpoints])
    if options.endpoints_file or (DEFAULT_FILE.is_file() and not options.offline):
        return load_targets(options.endpoints_file or DEFAULT_FILE)
    return [] if options.offline else [_settings_target(settings)]


async def resolve_target(target: Target) -> Target:
    """The same with the served model's name and the kind of server filled in.

    Raises:
        EndpointError: It does not answer, or serves no such model.
    """
    from app.chat.endpoint import UnknownModelError, probe

    try:
        info = await probe(target.endpoint)
        model = info.served_name(target.model)
    except EndpointError as error:
        if isinstance(error, UnknownModelError) or not target.model or not await _is_up(target):
            raise EndpointError(f"{target.name}: {error.message}", hint=error.hint) from error
        model = target.model
    kind = target.kind or await asyncio.to_thread(find_kind, replace(target, model=model))
    return replace(target, model=model, kind=cast(Kind, kind))


async def _is_up(target: Target) -> bool:
    """Whether something of HTTP answers there; some servers cannot list what they serve."""
    try:
        async with open_client(target, timeout=_PROBE) as client:
            status = (await client.get("models")).status_code
    except httpx.HTTPError:
        return False
    return status not in (401, 403)


async def make_plan(options: PlanOptions, settings: SettingsTree) -> Plan:
    """Check everything that can be checked without measuring."""
    phases, prompts = plan_phases(options), load_prompts(options.prompts)
    targets = named_targets(options, settings)
    resolved = await asyncio.gather(*(resolve_target(target) for target in targets))
    return Plan(list(resolved), phases, prompts, options)


def _settings_target(settings: SettingsTree) -> Target:
    from app.serving.running import running_endpoint

    model = settings.model
    if model.base_url:
        return Target(model.name or "endpoint", model.base_url, model.name, key_env="MODEL__API_KEY")
    if found := running_endpoint(settings):
        return Target(found.model, found.base_url, found.model)
    raise EndpointError(
        "there is no server to measure.",
        hint="Name one with --endpoint NAME=http://host:port/v1, or start one: serve embedded --install -d",
    )
