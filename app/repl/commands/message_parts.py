"""Commands that put something into the next message: images, prompts and resources of servers."""

import mimetypes
import shlex
from pathlib import Path

from app.errors import UsageError
from app.repl.desk import Desk
from app.repl.mentions import quoted
from app.repl.tool_lines import counted


async def image(desk: Desk, argument: str) -> None:
    """Show an image to the model with the next message.

    Raises:
        UsageError: it does not exist or is no image.
    """
    if not argument:
        names = ", ".join(str(path) for path in desk.images) or "none"
        desk.transcript.line(f"  images of the next message: {names}")
        return
    path = _image_file(argument.strip('"'))
    desk.images.append(path)
    desk.transcript.line(f"  {path} goes with the next message")


async def resource(desk: Desk, argument: str) -> None:
    """Attach a resource of a server to the next message, or list what there is.

    Raises:
        SwitchyardError: there is no such server, or it refused.
    """
    if not argument:
        found = {f"{r.server}:{r.uri}": r.description or r.name for r in await desk.runtime.hub.resources()}
        _list(desk, found, "no server offers resources")
        return
    server, uri = _split(argument, "/resource server:uri")
    text = await desk.runtime.hub.read_resource(server, uri)
    desk.attached.append(quoted("resource", argument, text))
    desk.transcript.line(f"  {argument} ({counted(len(text), 'character')}) goes with the next message")


async def prompt(desk: Desk, argument: str) -> None:
    """Have a server write a text and put it into the input line, or list what there is.

    Raises:
        UsageError: an argument that the prompt needs is missing, or is not written as name=value.
        SwitchyardError: there is no such server, or it refused.
    """
    prompts = await desk.runtime.hub.prompts()
    if not argument:
        known = {
            " ".join([f"{p.server}:{p.name}", *(f"{a.name}=…" for a in p.arguments)]): p.description for p in prompts
        }
        _list(desk, known, "no server offers prompts")
        return
    target, *typed = _words(argument)
    server, name = _split(target, "/prompt server:name argument=value")
    given = _named_values(typed)
    found = next((p for p in prompts if (p.server, p.name) == (server, name)), None)
    needed = [a.name for a in found.arguments if a.required] if found else []
    if missing := [name for name in needed if name not in given]:
        raise UsageError(f"the prompt {target} needs {', '.join(missing)}.", hint=f"Write {missing[0]}=value after it.")
    messages = await desk.runtime.hub.get_prompt(server, name, given)
    desk.line.fill("\n\n".join(message.text for message in messages))


def _image_file(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise UsageError(f"the image {path} does not exist.", hint="Tab completes the path.")
    if not (mimetypes.guess_type(path.name)[0] or "").startswith("image/"):
        raise UsageError(f"{path} is not an image.", hint="A text file is mentioned as @file.")
    return path


def _list(desk: Desk, found: dict[str, str], none: str) -> None:
    for name, description in found.items():
        desk.transcript.line(f"  {name}  {description}".rstrip())
    if not found:
        desk.transcript.line(f"  {none}")


def _split(target: str, form: str) -> tuple[str, str]:
    server, colon, rest = target.partition(":")
    if not (server and colon and rest):
        raise UsageError(f"{target} names no server.", hint=f"Write {form}")
    return server, rest


def _words(argument: str) -> list[str]:
    try:
        return shlex.split(argument)
    except ValueError as error:
        raise UsageError(f"this cannot be read: {error}.", hint='Put values with spaces into "quotes".') from None


def _named_values(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if wrong := next((word for word, equals, _ in pairs if not equals), None):
        raise UsageError(f"{wrong} is not written as name=value.", hint="For example topic=weather.")
    return {name: value for name, _, value in pairs}
