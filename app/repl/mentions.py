"""`@file`, `@server:uri` and `@!` in a message: the text they stand for goes with it, bounded.

The mention itself stays in the sentence, and the text follows below in a tagged block, so the model
can tell a person's words from quoted ones.
"""

import mimetypes
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from app.errors import UsageError

LIMIT = 32_000
"""Characters of one mention that reach the model."""
LAST_OUTPUT = "!"
_MENTION = re.compile(r'(?<!\S)@(@?)("[^"\n]+"|\S+)')
_PUNCTUATION = ".,;:!?)]}'\""

ReadResource = Callable[[str, str], Awaitable[str]]
"""Server and URI to text."""


@dataclass(frozen=True)
class Message:
    """What is sent to the session."""

    text: str
    images: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Where mentions are looked up."""

    servers: Collection[str]
    read_resource: ReadResource
    last_output: str = ""
    """Of the last shell command."""


async def expand_mentions(text: str, sources: Sources) -> Message:
    """The message with the texts it mentions; `@@word` stands for a plain `@word`.

    Raises:
        UsageError: something mentioned cannot be read.
    """
    blocks: dict[str, str] = {}
    images: dict[Path, None] = {}
    for escaped, target in _MENTION.findall(text):
        if escaped:
            continue
        target = _bare(target)
        if image := _image(target):
            images[image] = None
        elif target not in blocks:
            blocks[target] = await _block(target, sources)
    spoken = _MENTION.sub(lambda match: f"@{match[2]}" if match[1] else match[0], text)
    return Message("\n\n".join([spoken, *blocks.values()]), tuple(images))


def quoted(tag: str, source: str, text: str) -> str:
    """A text between tags, cut at `LIMIT` with a word about it."""
    if len(text) > LIMIT:
        text = f"{text[:LIMIT]}\n[cut: {len(text) - LIMIT:,} more characters]"
    return f'<{tag} source="{source}">\n{text}\n</{tag}>'


def _bare(target: str) -> str:
    """The target without quotes, and without the punctuation that ends the sentence."""
    if target.startswith('"'):
        return target.strip('"')
    return target if Path(target).expanduser().exists() else target.rstrip(_PUNCTUATION) or target[0]


async def _block(target: str, sources: Sources) -> str:
    if target == LAST_OUTPUT:
        if not sources.last_output:
            raise UsageError("there is no command output yet.", hint="Run one first, such as !ls.")
        return quoted("output", "shell", sources.last_output)
    server, _, uri = target.partition(":")
    if uri and server in sources.servers:
        return quoted("resource", target, await sources.read_resource(server, uri))
    return quoted("file", target, _file_text(target))


def _image(target: str) -> Path | None:
    path = Path(target).expanduser()
    if not path.is_file():
        return None
    kind = mimetypes.guess_type(path.name)[0] or ""
    return path if kind.startswith("image/") and kind != "image/svg+xml" else None


def _file_text(target: str) -> str:
    path = Path(target).expanduser()
    if not path.exists():
        raise UsageError(f"there is no file {target}.", hint="For a plain @ write @@.")
    if not path.is_file():
        raise UsageError(f"{path} is not a file.", hint="Mention a file; !ls lists a folder.")
    try:
        with path.open("rb") as file:
            data = file.read(4 * LIMIT + 1)
        text = data.decode("utf-8", errors="strict" if len(data) <= 4 * LIMIT else "ignore")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(f"{path} is not a text file.", hint="Images are added with /image.")
    return text
