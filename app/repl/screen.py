"""The terminal as the REPL holds it: transcript, live lines, input line and footer in one application.

It exists before the runtime is open, because servers may ask and warn from then on; who gets the lines
and what the footer says is filled in later.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from prompt_toolkit.completion import Completer, DummyCompleter, DynamicCompleter
from prompt_toolkit.history import FileHistory

from app.repl.application import build_application, build_buffer, open_output
from app.repl.input_line import InputLine
from app.repl.keys import Actions, build_keys
from app.repl.live import Live
from app.repl.transcript import Transcript, TranscriptFile

EMERGENCY = "/stop"
"""The command that waits for nothing."""
_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


class Screen:
    """Build it inside the event loop; `running` gives it the terminal."""

    def __init__(self, history: Path) -> None:
        self.completer: Completer = DummyCompleter()
        self.on_line: Callable[[str], None] = lambda _: None
        self.on_stop: Callable[[], bool] = lambda: False
        self.on_emergency: Callable[[], bool] = lambda: False
        self.footer: Callable[[int], str] = lambda _: ""
        self.live = Live()
        self._left = asyncio.Event()
        output = open_output()
        self.transcript = Transcript(output, asyncio.get_running_loop())
        completer = DynamicCompleter(lambda: self.completer)
        buffer = build_buffer(_private_history(history), completer)
        self.line = InputLine(buffer, lambda text: self.on_line(text))
        self.line.on_urgent = lambda text: text.strip() == EMERGENCY and self.on_emergency()
        actions = Actions(
            lambda: self.on_stop(),
            self.leave,
            lambda: self.on_emergency(),
            lambda text: self.transcript.line(text, "dim"),
        )
        keys = build_keys(self.line, self.transcript, actions)
        self._app = build_application(self.line, self.live, lambda width: self.footer(width), keys, output)

    def leave(self) -> None:
        """End the conversation."""
        self._left.set()

    def clear(self) -> None:
        """Empty the visible screen."""
        self.transcript.flush()
        self._app.renderer.clear()

    def redraw(self) -> None:
        """Draw the live lines again."""
        self._app.invalidate()

    async def until_left(self) -> None:
        """Wait until the person leaves."""
        await self._left.wait()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Hold the terminal; what is written to stderr meanwhile goes to the transcript."""
        loop = asyncio.get_running_loop()
        for number in _ENDINGS:
            loop.add_signal_handler(number, self.leave)
        drawing = asyncio.create_task(self._draw())
        try:
            with contextlib.redirect_stderr(TranscriptFile(self.transcript)):
                yield
        finally:
            self.transcript.flush()
            if self._app.is_running:
                self._app.exit()
            await asyncio.wait([drawing])
            for number in _ENDINGS:
                loop.remove_signal_handler(number)

    async def _draw(self) -> None:
        self.transcript.attach(self._app)
        self.line.is_open = True
        try:
            await self._app.run_async(set_exception_handler=False)
        except EOFError:
            return  # the terminal went away
        finally:
            self.line.is_open = False
            self.line.decline()
            self.leave()


def _private_history(path: Path) -> FileHistory:
    """What was typed in earlier sessions, readable by its owner alone."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    return FileHistory(path)
