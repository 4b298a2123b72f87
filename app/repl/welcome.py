"""The first screen: what this is, the model, how many tools and servers, and four lines of keys."""

from importlib.metadata import version

from rich.text import Text

from app.console import printable
from app.repl.desk import Desk
from app.repl.keys import KEYS
from app.repl.packing import packed
from app.repl.tool_lines import counted


def welcome(desk: Desk) -> list[Text]:
    """The lines of the first screen."""
    described = desk.runtime.models.describe(desk.session.context.model)
    ready = [status for status in desk.runtime.hub.statuses() if status.state == "ready"]
    offer = f"{counted(len(desk.runtime.hub.specs()), 'tool')} of {counted(len(ready), 'server')}"
    place = "" if described.endpoint in ("", described.model) else f" at {described.endpoint}"
    return [
        Text.assemble(("Switchyard", "bold"), f" {version('switchyard')} · an agent you run yourself"),
        Text(f"{printable(desk.model_name + place)} · {offer} · thread {desk.session.thread}"),
        *key_lines(desk.transcript.width),
    ]


def key_lines(width: int) -> list[Text]:
    """The four lines of keys; more where it is narrow."""
    return [line for row in KEYS for line in packed(row, " · ", width, "dim")]
