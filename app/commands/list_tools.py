"""``list-tools``: which servers run, what they offer, and what the policy says to each tool.

With a robot its guard is started, too, read-only: whoever wants a list wants nothing to move.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.commands.one_shot import ask_for_trust
from app.console import can_ask, printable, shortened, warn
from app.errors import UsageError
from app.mcp_client.hub import ServerStatus
from app.policy_file import load_policy
from app.runtime import open_hub_for, open_robot_for
from app.settings import SettingsTree
from app.settings_sources import load_settings

if TYPE_CHECKING:
    from graphs.policy import Policy
    from graphs.toolset import ToolSpec

Row = dict[str, Any]


def run_list_tools(*, server: str, as_json: bool, flags: Mapping[str, Mapping[str, Any]]) -> int:
    """Print servers and tools.

    Raises:
        UsageError: no server has the name `server`.
        RequiredServerDown: a required server failed.
        ConfigurationError: the robot's guard does not start, or runs for somebody else.
    """
    rows = asyncio.run(_rows(load_settings(flags), server))
    print(json.dumps(rows, ensure_ascii=False, indent=2) if as_json else "\n".join(_text(rows)))
    return 0


async def _rows(settings: SettingsTree, only: str) -> list[Row]:
    policy, asks = load_policy(settings.agent), ask_for_trust if can_ask() else None
    async with (
        open_robot_for(settings, mode="read-only") as robot,
        open_hub_for(settings, ask_for_trust=asks, robot=robot) as hub,
    ):
        policy = robot.policy(policy) if robot else policy
        await hub.ready()
        for warning in hub.warnings:
            warn(warning)
        statuses = [status for status in hub.statuses() if only in ("", status.name)]
        if not statuses:
            known = ", ".join(status.name for status in hub.statuses()) or "none"
            raise UsageError(f"there is no MCP server {only!r}.", hint=f"Configured: {known}.")
        return [
            _row(status, [spec for spec in hub.specs() if spec.server == status.name], policy) for status in statuses
        ]


def _row(status: ServerStatus, specs: "list[ToolSpec]", policy: "Policy") -> Row:
    return {
        "server": status.name,
        "state": status.state,
        "cause": status.cause,
        "log": str(status.log_file) if status.log_file else None,
        "seconds": status.seconds,
        "tools": [
            {
                "name": spec.name,
                "tool": spec.qualified,
                "description": spec.description,
                "arguments": spec.input_schema,
                "verdict": policy.judge(spec, {}, ())["decision"],
            }
            for spec in specs
        ],
    }


def _text(rows: list[Row]) -> list[str]:
    lines: list[str] = []
    for row in rows:
        cause = f": {printable(row['cause'])}" if row["cause"] else ""
        lines.append(f"{row['server']} ({row['state']}{cause})")
        for tool in row["tools"]:
            arguments = ", ".join(_argument(*item, tool["arguments"]) for item in _properties(tool["arguments"]))
            lines.append(f"  [{tool['verdict']}] {tool['name']}({arguments})")
            if tool["description"]:
                lines.append(f"      {shortened(printable(tool['description']), 100)}")
    return lines


def _properties(schema: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(schema.get("properties", {}).items())


def _argument(name: str, schema: Any, parameters: dict[str, Any]) -> str:
    kind = schema.get("type", "any") if isinstance(schema, dict) else "any"
    optional = "" if name in parameters.get("required", []) else "?"
    return f"{name}{optional}: {'|'.join(kind) if isinstance(kind, list) else kind}"
