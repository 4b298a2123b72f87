"""Does every MCP server start, and what does it offer?"""

import contextlib

from app.doctor.finding import Finding, failed, ok, refused, skipped, warning
from app.errors import RequiredServerDown, SwitchyardError
from app.mcp_client.hub import ServerStatus
from app.robot.opened import OpenRobot
from app.runtime import open_hub_for
from app.settings import SettingsTree
from app.trust import AskForTrust


async def check_mcp_servers(
    settings: SettingsTree, ask_for_trust: AskForTrust | None, robot: OpenRobot | None = None
) -> list[Finding]:
    """Start them as a run would, a robot's among them; a finding for each."""
    try:
        async with open_hub_for(settings, ask_for_trust=ask_for_trust, robot=robot) as hub:
            with contextlib.suppress(RequiredServerDown):  # its own row says it
                await hub.ready()
            odd = [warning("mcp.json", sentence, "Correct the file.") for sentence in hub.warnings]
            return odd + [_judge(status) for status in hub.statuses()]
    except SwitchyardError as error:
        return [refused("mcp.json", error)]


def _judge(status: ServerStatus) -> Finding:
    check = f"mcp {status.name}"
    if status.state == "disabled":
        return skipped(check, "disabled in mcp.json.")
    if status.state != "ready":
        log = f"Its log: {status.log_file}." if status.log_file else "Check its entry in mcp.json."
        return failed(check, f"not available: {status.cause}", log)
    if not status.tool_count:
        return warning(check, "runs and offers no tools.", "Check include, exclude and --tools.")
    return ok(check, f"{status.tool_count} tools, started in {status.seconds:.1f} s.")
