"""The first screen: what this is, the model, how many tools and servers, and four lines of keys."""

from importlib.metadata import version

from rich.text import Text

from app.console import printable
from app.repl.desk import Desk
from app.repl.keys import KEYS, ROBOT_KEYS
from app.repl.packing import packed
from app.repl.tool_lines import counted

_MODES = {
    "dry-run": "dry run: commands are answered as if they were done, and none reaches the robot",
    "read-only": "read only: every command is refused",
}


def welcome(desk: Desk) -> list[Text]:
    """The lines of the first screen."""
    described = desk.runtime.models.describe(desk.session.context.model)
    ready = [status for status in desk.runtime.hub.statuses() if status.state == "ready"]
    offer = f"{counted(len(desk.runtime.hub.specs()), 'tool')} of {counted(len(ready), 'server')}"
    place = "" if described.endpoint in ("", described.model) else f" at {described.endpoint}"
    return [
        Text.assemble(("Switchyard", "bold"), f" {version('switchyard')} · an agent you run yourself"),
        Text(f"{printable(desk.model_name + place)} · {offer} · thread {desk.session.thread}"),
        *_robot(desk),
        *key_lines(desk),
    ]


def _robot(desk: Desk) -> list[Text]:
    if desk.runtime.robot is None:
        return []
    profile = desk.runtime.robot.profile
    most = f"at most {profile.limits.linear:g} m/s and {profile.limits.angular:g} rad/s"
    lines = [Text(f"robot {profile.name} at {profile.rosbridge.url}, behind its guard: {most}")]
    if meaning := _MODES.get(desk.runtime.robot.settings.mode):
        lines.append(Text(meaning, style="yellow"))
    return lines


def key_lines(desk: Desk) -> list[Text]:
    """The four lines of keys, one more with a robot; more where it is narrow."""
    rows = KEYS if desk.runtime.robot is None else (*KEYS, ROBOT_KEYS)
    return [line for row in rows for line in packed(row, " · ", desk.transcript.width, "dim")]
