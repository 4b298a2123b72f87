"""All slash commands, and the one that a line means."""

from rich.text import Text

from app.errors import UsageError
from app.repl.commands.command import Command
from app.repl.commands.looking import show_servers, show_threads, show_tools
from app.repl.commands.message_parts import image, prompt, resource
from app.repl.commands.model import model
from app.repl.commands.robot import reset, stop
from app.repl.commands.screen import clear, copy, leave
from app.repl.commands.threads import export, new, resume
from app.repl.desk import Desk
from app.repl.fuzzy import fuzzy_matches
from app.repl.welcome import key_lines

_COLUMN = 26


async def show_help(desk: Desk, argument: str) -> None:
    """Commands and keys."""
    wide = desk.transcript.width > 2 * _COLUMN
    for command in COMMANDS:
        head = f"  {command.typed} {command.argument}"
        if wide:
            desk.transcript.print(Text.assemble((head.ljust(_COLUMN), "bold"), command.description))
        else:
            desk.transcript.line(head, "bold")
            desk.transcript.line(f"      {command.description}")
    desk.transcript.print(*key_lines(desk))


COMMANDS = (
    Command("help", "", "commands and keys", show_help),
    Command("tools", "[glob]", "tools with the policy's verdict", show_tools, "tools"),
    Command("servers", "", "MCP servers and how they are doing", show_servers),
    Command("model", "[name]", "show or choose the chat model", model, "models"),
    Command("threads", "", "the latest threads", show_threads),
    Command("resume", "[id]", "go on with a thread, or with what this one waits for", resume, "threads"),
    Command("new", "", "begin a new thread", new),
    Command("image", "file", "show an image with the next message", image, "paths"),
    Command("prompt", "[server:name a=b]", "have a server write the message", prompt, "prompts"),
    Command("resource", "[server:uri]", "attach a server's resource to the next message", resource, "resources"),
    Command("copy", "", "copy the last answer as the model wrote it", copy),
    Command("clear", "", "clear the screen", clear),
    Command("export", "[file]", "write the thread to a markdown file", export, "paths"),
    Command("stop", "", "halt the robot at once, past everything that waits", stop),
    Command("reset", "", "let the robot move again after an emergency stop", reset),
    Command("quit", "", "leave", leave),
)


def find_command(name: str) -> Command:
    """The command of that name, or the only one that begins so.

    Raises:
        UsageError: none or several do; the nearest are named.
    """
    exact = [command for command in COMMANDS if command.name == name]
    found = exact or [command for command in COMMANDS if name and command.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    near = [f"/{n}" for n in fuzzy_matches(name, [command.name for command in COMMANDS])[:3]]
    raise UsageError(
        f"there is no command /{name}.", hint=f"Did you mean {' or '.join(near)}?" if near else "/help shows all."
    )
