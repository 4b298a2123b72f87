"""One line typed by a person in a plain terminal, with editing, while the event loop goes on."""

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

STOP = "/stop"


async def read_line(prompt: str, default: str = "") -> str | None:
    r"""The line, or None when the person left with Ctrl-C or Ctrl-D.

    SIGINT stays with the turn: prompt_toolkit would take it over and, at the end, take it away, and the next
    Ctrl-C would stop nothing. At the prompt itself Ctrl-C is a key. Ctrl-\ and `/stop` are given back to whoever
    waits for that signal, which is a run that works with a robot.
    """
    from prompt_toolkit import PromptSession
    from prompt_toolkit.output import create_output

    session: PromptSession[str] = PromptSession(output=create_output(stdout=sys.stderr), key_bindings=_keys())
    try:
        line = await session.prompt_async(prompt, default=default, handle_sigint=False)
    except (KeyboardInterrupt, EOFError):
        return None
    if line.strip() == STOP:
        _send_stop()
    return line


def _keys() -> "KeyBindings":
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("c-\\")
    def _stop(event: "KeyPressEvent") -> None:
        _send_stop()

    return keys


def _send_stop() -> None:
    """Unless nobody waits for it: by default this signal ends a program."""
    if signal.getsignal(signal.SIGQUIT) not in (signal.SIG_DFL, signal.SIG_IGN):
        signal.raise_signal(signal.SIGQUIT)
