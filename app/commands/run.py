"""``run``: one query, one answer."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from app.commands.turn_output import OutputForm
from app.console import can_ask, is_for_people
from app.errors import UsageError
from app.logs.opened import open_log
from app.settings_sources import load_settings
from app.thread_list import new_thread_id


@dataclass(frozen=True)
class RunOptions:
    """The flags of ``run`` that are not settings."""

    query: str
    output: str
    thread: str
    images: tuple[Path, ...]
    yes: bool
    quiet: bool
    debug: bool


def run_query(options: RunOptions, flags: Mapping[str, Mapping[str, Any]]) -> int:
    """Ask once; returns the exit code.

    Raises:
        UsageError: the query is empty, or an image does not exist.
        SwitchyardError: nothing could be started.
    """
    query = sys.stdin.read() if options.query == "-" else options.query
    if not query.strip():
        raise UsageError("the query is empty.", hint='Ask something: run "What time is it in Asia/Tokyo?"')
    for image in options.images:
        if not image.is_file():
            raise UsageError(f"the image {image} does not exist.", hint="Check --image.")
    settings = load_settings(flags)
    open_log(settings)
    from app.commands.one_shot import OneShot, run_one_shot

    shot = OneShot(
        thread=options.thread or new_thread_id(),
        output=cast(OutputForm, options.output),
        quiet=options.quiet or not is_for_people(),
        interactive=can_ask() and options.query != "-",
        approve_all=options.yes,
        debug=options.debug,
    )
    return run_one_shot(settings, shot, lambda session: session.send(query, options.images))
