"""What a person allowed for the rest of a thread.

Mostly a whole tool. Where a tool says how far such a word should reach (`ToolSpec.knowledge`), the grant carries
limits on arguments: a call outside them is not denied, it asks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any

from typing_extensions import TypedDict

from graphs.argument_limit import ArgumentLimit, values_at
from graphs.toolset import ToolSpec


class LimitedGrant(TypedDict):
    """A tool, allowed as long as its arguments stay within limits."""

    tool: str
    """`server:tool`."""
    limits: dict[str, dict[str, Any]]
    """Fields of `ArgumentLimit` that are set, by argument or dotted path."""


Grant = str | LimitedGrant
"""A `server:tool` glob, or a tool within limits. JSON, as it lies in checkpoints."""


def grant_for(spec: ToolSpec, arguments: Mapping[str, Any]) -> Grant:
    """What "for this thread" means when a person says it about this call."""
    if spec.knowledge is None:
        return spec.qualified
    limits = spec.knowledge.grant_limits(arguments)
    return LimitedGrant(tool=spec.qualified, limits={name: _as_json(limit) for name, limit in limits.items()})


def covers(grant: Grant, spec: ToolSpec, arguments: Mapping[str, Any]) -> bool:
    """Whether the grant is about this tool and these arguments."""
    if isinstance(grant, str):
        return fnmatchcase(spec.qualified, grant)
    limits = ((name, ArgumentLimit(**limit)) for name, limit in grant["limits"].items())
    return grant["tool"] == spec.qualified and all(
        limit.complaint(value) is None for name, limit in limits for value in values_at(arguments, name)
    )


def describe_reach(grant: Grant) -> str:
    """How far a grant reaches, those limits that are alike together; empty when it is a whole tool's."""
    if isinstance(grant, str):
        return ""
    if not grant["limits"]:
        return "the thread lasts"
    alike: dict[str, list[str]] = {}
    for name, limit in grant["limits"].items():
        alike.setdefault(ArgumentLimit(**limit).described(), []).append(name)
    return "; ".join(f"{_folded(names)} {words}" for words, names in alike.items())


def _folded(names: Sequence[str]) -> str:
    """`a.x, a.y, b` as `a.x/y, b`."""
    ends: dict[str, list[str]] = {}
    for name in names:
        stem, _, end = name.rpartition(".")
        ends.setdefault(stem, []).append(end)
    return ", ".join(f"{stem}.{'/'.join(found)}" if stem else ", ".join(found) for stem, found in ends.items())


def added(grants: Sequence[Grant], grant: Grant) -> list[Grant]:
    """The grants with one more, unless it is there."""
    return [*grants] if grant in grants else [*grants, grant]


def _as_json(limit: ArgumentLimit) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(limit).items()
        if value is not None
    }
