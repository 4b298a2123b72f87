"""Handing a benchmark's report to a person: on stdout in the form that was asked for, and in files."""

import shlex
import sys
from pathlib import Path

from app.console import say
from app.reports import Report, print_tables, render_csv, render_json, render_markdown, write_report

_PIPE_WIDTH = 160
"""Columns of the tables where stdout is no terminal."""


def give_report(report: Report, folder: Path | None, form: str) -> None:
    """The report on stdout, and in files where a folder was named."""
    if form == "text":
        from rich.console import Console

        print_tables(Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH), report)
    else:
        render = {"json": render_json, "markdown": render_markdown, "csv": render_csv}[form]
        print(render(report), end="")
    if folder:
        [*_, page] = write_report(report, folder)
        say(f"written: {page} and the same as json, csv and md")


def command_line() -> str:
    """The command that is running, as a person would type it again."""
    return shlex.join(["python", "-m", "app", *sys.argv[1:]])
