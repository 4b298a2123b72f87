"""The text above the input line. It only grows: what was printed is never touched again.

The input line is erased, the text written and the line drawn again, within one synchronised update
where the terminal knows those. prompt_toolkit's ``patch_stdout`` was decided against: it waits 0.2 s
between writes and hands the keyboard back to the shell's line editor for each of them, so that a
Ctrl-C pressed in that moment goes astray.
"""

import asyncio
import io
import re
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.text import Text
from rich.theme import Theme

from app.console import printable

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.output import Output

NARROWEST = 20
_THEME = Theme({"markdown.code": "cyan", "markdown.link_url": "underline"})
_BEGIN_UPDATE, _END_UPDATE = "\x1b[?2026h", "\x1b[?2026l"
_PADDING = re.compile(r"[ \t]+((?:\x1b\[[\d;]*m)*)$", re.MULTILINE)


def render(width: int, *things: RenderableType) -> str:
    """The things as terminal text of at most `width` columns, each ending with a newline; no trailing blanks.

    The one place that keeps control characters of tools and models from the terminal. It works on what
    is left after markdown was read, because an entity such as ``&#27;`` becomes one only there.
    """
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=True, width=width, highlight=False, markup=False, emoji=False, theme=_THEME
    )
    for thing in things:
        segments = console.render(console.render_str(thing) if isinstance(thing, str) else thing)
        console.print(Segments(_safe(segment) for segment in segments), end="")
    return _PADDING.sub(r"\1", file.getvalue())


def _safe(segment: Segment) -> Segment:
    style = segment.style.update_link(None) if segment.style and segment.style.link else segment.style
    return Segment(printable(segment.text), style)


def _indented(row: str, style: str) -> RenderableType:
    bare = row.lstrip(" ")
    return Padding(Text(bare, style=style), (0, 0, 0, len(row) - len(bare)))


class Transcript:
    """Where everything is printed; safe before, during and after the application's run."""

    def __init__(self, output: "Output", loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._output = output
        self._loop = loop
        self._app: Application[Any] | None = None
        self._waiting: list[str] = []
        self._held = False

    @property
    def width(self) -> int:
        """Columns of the terminal now."""
        return max(self._output.get_size().columns, NARROWEST)

    def attach(self, app: "Application[Any]") -> None:
        """Print above this application's input line from now on."""
        self._app = app

    def print(self, *things: RenderableType) -> None:
        """Append these; a string stands for itself, without markup."""
        self._write(render(self.width, *things))

    def markdown(self, text: str, *, spaced: bool) -> None:
        """Append one block of markdown, set off by a blank line if it is to be."""
        from app.repl.markdown import TerminalMarkdown

        shown = render(self.width, TerminalMarkdown(text)).strip("\n")
        self._write(("\n" if spaced else "") + shown + "\n")

    def line(self, text: str, style: str = "") -> None:
        """Append a text, wrapped at the terminal's width; wrapped rows keep the indentation."""
        self.print(*(_indented(row, style) for row in text.split("\n")))

    def raw(self, sequence: str) -> None:
        """Send a control sequence to the terminal."""
        self._write(sequence)

    def hold(self) -> None:
        """Keep what is printed until `release`, while another program has the terminal."""
        self._held = True

    def release(self) -> None:
        """Print what was kept."""
        self._held = False
        self._schedule()

    def flush(self) -> None:
        """Write at once what waits for its turn."""
        if self._held or not self._waiting:
            return
        text, self._waiting = "".join(self._waiting).replace("\n", "\r\n"), []
        app = self._app if self._app and self._app.is_running else None
        if app is None:
            self._output.write_raw(text)
        else:
            self._output.write_raw(_BEGIN_UPDATE)
            app.renderer.erase()
            self._output.write_raw(text)
            self._output.write_raw(_END_UPDATE)
            app.invalidate()
        self._output.flush()

    def _write(self, text: str) -> None:
        self._waiting.append(text)
        self._schedule()

    def _schedule(self) -> None:
        """Write together with everything else that is printed in this round of the loop; any thread may call."""
        if self._loop is None or self._loop.is_closed():
            self.flush()
        else:
            self._loop.call_soon_threadsafe(self.flush)


class TranscriptFile(io.TextIOBase):
    """A file for what libraries write to stderr, so that it does not land in the input line."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._rest = ""

    def write(self, text: str) -> int:
        """Print the lines that are complete."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._transcript.line(line, "dim")
        return len(text)
