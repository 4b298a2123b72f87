"""How a turn is shown by the one-shot commands: stdout carries the answer, stderr the talk.

In a terminal the text streams; in a pipe the answer is written once, at the end. ``json`` is one
object, ``jsonl`` every event as it comes. Images of tools are told by their path, and shown where stderr is a
terminal that can.
"""

import json
import shutil
import sys
from dataclasses import asdict
from typing import Any, Literal, Protocol

from app.approval import render_arguments
from app.commands.turn_report import TurnReport
from app.console import printable, say, shortened, styled
from app.events import Event, Notice, Token, ToolFinished, ToolProgress, ToolStarted
from app.terminal_images import InlineImages

OutputForm = Literal["text", "json", "jsonl"]
LINE = 120


class TurnOutput(Protocol):
    """Shows events as they come, and the result at the end."""

    def show(self, event: Event) -> None:
        """One event."""
        ...

    def finish(self, report: TurnReport) -> None:
        """The end of the turn."""
        ...


def turn_output(form: OutputForm, *, quiet: bool, images: Literal["auto", "off"] = "auto") -> TurnOutput:
    """The output for `--output`; `images` is the setting of that name for terminals."""
    pictures = InlineImages.on(sys.stderr, images)
    if form == "json":
        return JsonOutput(quiet, pictures)
    if form == "jsonl":
        return JsonLinesOutput(quiet, pictures)
    return StreamedText(quiet, pictures) if sys.stdout.isatty() else TextOutput(quiet, pictures)


class TextOutput:
    """The answer once, at the end; for pipes and files."""

    def __init__(self, quiet: bool, pictures: InlineImages) -> None:
        self._quiet = quiet
        self._pictures = pictures

    def show(self, event: Event) -> None:
        """Talk about tools on stderr."""
        if not self._quiet and (line := talk(event)):
            say(line)
            for path in event.images if isinstance(event, ToolFinished) else ():
                say(styled(f"  {printable(path)}", "dim"))
                sys.stderr.write(self._pictures.shown(path, shutil.get_terminal_size().columns))

    def finish(self, report: TurnReport) -> None:
        """Print the answer."""
        if report.answer and not report.error:
            print(report.answer, flush=True)


class StreamedText(TextOutput):
    """Text as it comes; for terminals."""

    def __init__(self, quiet: bool, pictures: InlineImages) -> None:
        super().__init__(quiet, pictures)
        self._open_line = False

    def show(self, event: Event) -> None:
        """Write tokens at once; close the line before anything else is said."""
        if isinstance(event, Token):
            sys.stdout.write(printable(event.text))
            sys.stdout.flush()
            self._open_line = not event.text.endswith("\n")
        else:
            if self._open_line and talk(event):
                self._close_line()
            super().show(event)

    def finish(self, report: TurnReport) -> None:
        """End the last line."""
        self._close_line()

    def _close_line(self) -> None:
        if self._open_line:
            print(flush=True)
            self._open_line = False


class JsonOutput(TextOutput):
    """One object at the end."""

    def finish(self, report: TurnReport) -> None:
        """Print the object."""
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2), flush=True)


class JsonLinesOutput(TextOutput):
    """Every event as one object on a line; the last line is the whole report."""

    def show(self, event: Event) -> None:
        """Print one event."""
        fields = {name: value for name, value in asdict(event).items() if name != "trace"}
        _print_line({"event": _snake(type(event).__name__), **fields})

    def finish(self, report: TurnReport) -> None:
        """Print the report."""
        _print_line({"event": "report", **report.as_json()})


def talk(event: Event) -> str:
    """One line about an event, or nothing."""
    if isinstance(event, ToolStarted):
        arguments = shortened(render_arguments(event.arguments), LINE)
        mended = " (mended from text)" if event.repaired else ""
        return styled(f"→ {event.name}({printable(arguments)}){mended}", "dim")
    if isinstance(event, ToolFinished):
        mark = styled("✓", "green") if event.status == "success" else styled("✗", "red")
        head = f"{event.name} {event.seconds:.2f} s, {event.size:,} characters: "
        return f"{mark} {styled(head + printable(shortened(event.result, LINE - len(head))), 'dim')}"
    if isinstance(event, ToolProgress):
        share = f"{event.progress:g}" + (f"/{event.total:g}" if event.total else "")
        return styled(f"… {share} {printable(shortened(event.message or '', LINE))}", "dim")
    return styled(event.text, "yellow") if isinstance(event, Notice) else ""


def _print_line(record: dict[str, Any]) -> None:
    print(json.dumps(record, ensure_ascii=False, default=str), flush=True)


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))
