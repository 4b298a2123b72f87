"""The conversation: takes one line after the other, and does what it says.

Lines typed during a turn wait for its end; they come back into the input line when the turn is stopped.
Whatever goes wrong with one line is said, and the conversation goes on.
"""

import asyncio
import traceback
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import dataclass
from typing import Any

from app.commands.one_shot import qualified_names
from app.errors import SwitchyardError, UsageError
from app.events import Event, PendingRequest
from app.repl.approval_card import ApprovalCard
from app.repl.commands.registry import find_command
from app.repl.desk import Desk
from app.repl.mentions import Message, Sources, expand_mentions
from app.repl.shell import run_shell
from app.repl.turn_view import TurnView

_TICK = 0.25
"""Seconds between two drawings of what goes on."""


@dataclass
class Conversation:
    """Runs until it is cancelled."""

    desk: Desk
    view: TurnView
    card: ApprovalCard
    debug: bool = False

    def __post_init__(self) -> None:
        self._lines: deque[str] = deque()
        self._arrived = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self._stopping = False
        self._picks_up = True

    def submit(self, line: str) -> None:
        """A line was entered."""
        self._lines.append(line)
        self._show_queue()
        self._arrived.set()

    def pick_up(self) -> None:
        """After the present line, go on with what the thread waits for."""
        self._picks_up = True

    def stop(self) -> bool:
        """Stop what is going on, the second time without waiting for its end; False when nothing is."""
        if self._work is None or self._work.done():
            return False
        self._give_back()
        if self._stopping or not self.desk.session.cancel():
            self._work.cancel()
        self._stopping = True
        self.desk.live.activity = "stopping"
        return True

    def end_turn(self) -> None:
        """Stop what is going on unless that is being done; once more does no harm."""
        if not self._stopping:
            self.stop()

    async def run(self) -> None:
        """Hold the conversation."""
        while True:
            if self._picks_up:
                self._picks_up = False
                await self._carry_out(self._pick_up())
                continue
            while not self._lines:
                self._arrived.clear()
                await self._arrived.wait()
            line = self._lines.popleft()
            self._show_queue()
            await self._carry_out(self._handle(line))

    async def _carry_out(self, work: Coroutine[Any, Any, None]) -> None:
        self._stopping = False
        self._work = asyncio.create_task(work)
        try:
            while not self._work.done():
                await asyncio.wait([self._work], timeout=_TICK)
                self.desk.screen.redraw()
        finally:
            self._work.cancel()
            await asyncio.wait([self._work])
            self.desk.live.end()
        self._say_failure(self._work)

    def _say_failure(self, work: asyncio.Task[None]) -> None:
        if work.cancelled():
            self.desk.transcript.line("  stopped", "yellow")
            return
        error = work.exception()
        if isinstance(error, SwitchyardError):
            self.desk.transcript.line(f"error: {error.message}", "red")
            if error.hint:
                self.desk.transcript.line(f"hint: {error.hint}")
        elif error is not None:
            self.desk.transcript.line(f"error: {type(error).__name__}: {error}", "red")
            if self.debug:
                self.desk.transcript.line("".join(traceback.format_exception(error)), "dim")

    async def _handle(self, line: str) -> None:
        self.desk.transcript.line("\n› " + line.replace("\n", "\n  "), "bold")
        if line.startswith("!"):
            await self._shell(line[1:].strip())
        elif line.startswith("/") and not line.startswith("//"):
            name, _, argument = line[1:].partition(" ")
            await find_command(name.strip()).run(self.desk, argument.strip())
        else:
            await self._send(line)

    async def _send(self, line: str) -> None:
        desk = self.desk
        try:
            message = await self._message(line.removeprefix("/") if line.startswith("//") else line)
        except SwitchyardError:
            desk.line.fill(line)
            raise
        desk.images, desk.attached = [], []
        await self._turn(desk.session.send(message.text, message.images))

    async def _message(self, line: str) -> Message:
        desk = self.desk
        hub = desk.runtime.hub
        servers = {status.name for status in hub.statuses()}
        message = await expand_mentions(line, Sources(servers, hub.read_resource, desk.shell_output))
        return Message("\n\n".join([message.text, *desk.attached]), (*desk.images, *message.images))

    async def _turn(self, events: AsyncGenerator[Event, None]) -> None:
        self.view.begin()
        while requests := await self.view.follow(events):
            responses = await self.card.decide(requests, qualified_names(self.desk.runtime))
            if responses is None:
                self.desk.transcript.line("  put off: /resume asks again, a new message drops the calls", "yellow")
                return
            events = self.desk.session.answer(responses)
        for notice in self.desk.runtime.models.take_notices():
            self.desk.transcript.line(notice, "yellow")
        self.desk.answer = self.view.answer or self.desk.answer

    async def _pick_up(self) -> None:
        """Show what the thread waits for, and go on."""
        session = self.desk.session
        if requests := await session.pending():
            self.desk.transcript.line("\nThis thread waits for your word:", "yellow")
            await self._turn(_standing_still(requests))
        elif await session.is_unfinished():
            self.desk.transcript.line("\nThe last turn of this thread was cut short.", "yellow")
            answer = await self.desk.line.ask("go on with it? [Y/n] ")
            if answer is not None and answer.strip().lower() in ("", "y", "yes"):
                await self._turn(session.resume())

    async def _shell(self, command: str) -> None:
        if not command:
            raise UsageError("there is no command after the !.", hint="For example !ls")
        self.desk.live.begin(f"running {command}")
        result = await run_shell(command, lambda line: self.desk.transcript.line(f"  {line}"))
        if result.exit_code:
            self.desk.transcript.line(f"  exit code {result.exit_code}", "yellow")
        self.desk.shell_output = f"$ {command}\n{result.output}\n(exit code {result.exit_code})"
        self.desk.transcript.line("  write @! to put this output into your next message", "dim")

    def _show_queue(self) -> None:
        self.desk.live.queued = list(self._lines)

    def _give_back(self) -> None:
        """Put lines that wait back into the input line."""
        if self._lines:
            self.desk.line.fill("\n".join(self._lines))
            self._lines.clear()
            self._show_queue()


async def _standing_still(requests: list[PendingRequest]) -> AsyncGenerator[Event, None]:
    """The end of a turn that an earlier process played."""
    from app.events import ApprovalNeeded

    yield ApprovalNeeded(requests=requests)
