"""A tool call in two lines: one when it starts, one when it ends, each no wider than the terminal."""

from rich.text import Text

from app.approval import render_arguments
from app.console import printable, shortened
from app.events import ToolFinished, ToolProgress, ToolStarted

_BAR = 10


def started_line(event: ToolStarted, width: int) -> Text:
    """`→ add_note(text="buy milk")`."""
    mended = " (mended from text)" if event.repaired else ""
    call = f"{event.name}({render_arguments(event.arguments)})"
    return _bounded(Text.assemble(("→ ", "cyan"), shortened(printable(call), width), (mended, "dim")), width)


def finished_line(event: ToolFinished, width: int) -> Text:
    """`✓ add_note 0.02 s, 23 characters: Added note 1: buy milk`."""
    mark = ("✓ ", "green") if event.status == "success" else ("✗ ", "red")
    head = f"{event.name} {event.seconds:.2f} s, {counted(event.size, 'character')}: "
    result = shortened(printable(event.result), width)
    return _bounded(Text.assemble(mark, printable(head), (result, "dim")), width)


def progress_text(event: ToolProgress) -> str:
    """`3/10 moving`, or a bar where the total is known."""
    message = shortened(printable(event.message or ""), 200)
    if not event.total:
        return f"{event.progress:g} {message}".rstrip()
    filled = round(_BAR * min(max(event.progress / event.total, 0), 1))
    return f"{'━' * filled}{'╌' * (_BAR - filled)} {event.progress:g}/{event.total:g} {message}".rstrip()


def counted(number: int, noun: str) -> str:
    """`1 tool`, `1,200 tools`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _bounded(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    text.no_wrap = True
    return text
