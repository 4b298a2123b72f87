"""``repl``: a conversation in the terminal."""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any

from app.errors import UsageError
from app.logs.opened import open_log
from app.settings_sources import load_settings


def run_repl(*, thread: str, yes: bool, debug: bool, flags: Mapping[str, Mapping[str, Any]]) -> int:
    """Talk until the person leaves; returns the exit code.

    Raises:
        UsageError: stdin and stdout are not a terminal that can move its cursor.
        SwitchyardError: nothing could be started.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("a conversation needs a terminal.", hint='For scripts and pipes there is: run "query"')
    if os.environ.get("TERM", "dumb") == "dumb":
        raise UsageError("this terminal cannot move its cursor (TERM is dumb).", hint='There is: run "query"')
    settings = load_settings(flags)
    open_log(settings, needs_file=True)
    from app.repl.door import ReplOptions, hold_conversation

    asyncio.run(hold_conversation(settings, ReplOptions(thread, yes, debug)))
    return 0
