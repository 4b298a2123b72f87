"""The last row of the screen: model, thread, share of the context, servers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prompt_toolkit.utils import get_cwidth

from app.console import printable
from app.events import Usage

if TYPE_CHECKING:
    from app.mcp_client.status import ServerStatus
    from app.robot.emergency import Emergency

SEPARATOR = " │ "


def fitting(text: str, width: int) -> str:
    """`text` on one row of at most `width` columns."""
    line = " ".join(text.split("\n"))
    if get_cwidth(line) <= width:
        return line
    while line and get_cwidth(line) > width - 1:
        line = line[:-1]
    return line + "…"


def footer_text(parts: Sequence[str], width: int) -> str:
    """The parts on one row; where it is narrow the last ones are left out first."""
    kept = [printable(part) for part in parts if part]
    while len(kept) > 1 and get_cwidth(SEPARATOR.join(kept)) > width:
        kept.pop()
    return fitting(SEPARATOR.join(kept), width)


def context_share(usage: Usage | None) -> str:
    """How full the model's context was after its last answer."""
    if usage is None:
        return ""
    used = usage.input_tokens + usage.output_tokens
    if not usage.context_window:
        return f"context {used:,}"
    return f"context {used / usage.context_window:.0%}"


def server_share(statuses: "Sequence[ServerStatus]") -> str:
    """`servers 2/3`: ready of those that are not disabled."""
    wanted = [status for status in statuses if status.state != "disabled"]
    return f"servers {sum(status.state == 'ready' for status in wanted)}/{len(wanted)}"


def robot_state(emergency: "Emergency | None") -> str:
    """`turtlesim held`; empty without a robot."""
    if emergency is None:
        return ""
    state = {"estop": "EMERGENCY STOP", "gone": "NO GUARD"}.get(emergency.state, emergency.state)
    return f"{emergency.name} {state}"
