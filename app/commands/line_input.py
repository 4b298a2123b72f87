"""One line typed by a person in a plain terminal, with editing, while the event loop goes on."""

import sys


async def read_line(prompt: str, default: str = "") -> str | None:
    """The line, or None when the person left with Ctrl-C or Ctrl-D.

    SIGINT stays with the turn: prompt_toolkit would take it over and, at the end, take it away, and the next
    Ctrl-C would stop nothing. At the prompt itself Ctrl-C is a key.
    """
    from prompt_toolkit import PromptSession
    from prompt_toolkit.output import create_output

    session: PromptSession[str] = PromptSession(output=create_output(stdout=sys.stderr))
    try:
        return await session.prompt_async(prompt, default=default, handle_sigint=False)
    except (KeyboardInterrupt, EOFError):
        return None
