"""A turn as it is seen: text block by block, a tool call in two lines, and at the end what it took."""

import asyncio
import time
from collections.abc import AsyncGenerator

from app.events import (
    ApprovalNeeded,
    Event,
    Failed,
    Final,
    Notice,
    PendingRequest,
    Reasoning,
    Token,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from app.repl.blocks import Block, BlockSplitter
from app.repl.live import Live
from app.repl.tool_lines import finished_line, progress_text, started_line
from app.repl.transcript import Transcript
from app.terminal_images import InlineImages
from app.turn_end import why_stopped

INTERRUPTED = 130


class TurnView:
    """Shows the events of a turn, also across approvals; `begin` forgets the turn before."""

    def __init__(
        self, transcript: Transcript, live: Live, *, debug: bool = False, pictures: InlineImages | None = None
    ) -> None:
        self._transcript = transcript
        self._pictures = pictures or InlineImages()
        self._debug = debug
        self._live = live
        self.begin()

    def begin(self) -> None:
        """A new turn."""
        self.answer = ""
        self._blocks = BlockSplitter()
        self._running: dict[str, str] = {}
        self._shown = ""
        self._text_last = False
        self._spent = {"input": 0, "output": 0}
        self._seconds = 0.0

    async def follow(self, events: AsyncGenerator[Event, None]) -> list[PendingRequest]:
        """Show events to their end; returns the questions that the turn stopped at."""
        began = time.monotonic()
        self._live.begin("thinking")
        requests: list[PendingRequest] = []
        try:
            async for event in events:
                self._seconds, began = self._seconds + time.monotonic() - began, time.monotonic()
                if isinstance(event, ApprovalNeeded):
                    requests = event.requests
                else:
                    self._show(event)
                if isinstance(event, ToolFinished):
                    await self._show_images(event)
        finally:
            self._end_text()
            self._live.end()
            await events.aclose()
        return requests

    def _show(self, event: Event) -> None:
        if isinstance(event, Token):
            self._text(event.text)
        elif isinstance(event, Reasoning):
            self._live.tail += event.text
        elif isinstance(event, ToolStarted | ToolFinished | ToolProgress):
            self._tool(event)
        elif isinstance(event, Usage):
            self._count(event)
        elif isinstance(event, Notice):
            self._end_text()
            self._transcript.line(event.text, "yellow")
        elif isinstance(event, Final):
            self._final(event)
        elif isinstance(event, Failed):
            self._failed(event)

    def _text(self, text: str) -> None:
        if not self._shown:
            self._live.begin("answering")
        self._shown += text
        self._print(self._blocks.feed(text))
        self._live.tail = self._blocks.unfinished

    def _print(self, blocks: list[Block]) -> None:
        for block in blocks:
            self._transcript.markdown(block.text, spaced=block.spaced or not self._text_last)
            self._text_last = True

    def _end_text(self) -> None:
        self._print(self._blocks.finish())
        self._blocks = BlockSplitter()
        self._live.tail = ""

    def _tool(self, event: ToolStarted | ToolFinished | ToolProgress) -> None:
        if isinstance(event, ToolProgress):
            self._live.progress[event.call_id] = progress_text(event)
            return
        self._end_text()
        if self._text_last:
            self._transcript.line("")
        self._text_last, self._shown = False, ""
        width = self._transcript.width
        if isinstance(event, ToolStarted):
            self._running[event.call_id] = event.name
            self._transcript.print(started_line(event, width))
        else:
            self._running.pop(event.call_id, None)
            self._live.progress.pop(event.call_id, None)
            self._transcript.print(finished_line(event, width))
        self._live.begin(f"running {', '.join(self._running.values())}" if self._running else "thinking")

    async def _show_images(self, event: ToolFinished) -> None:
        """Where a result's images are, and the images where the terminal can show them."""
        for path in event.images:
            self._transcript.line(f"  {path}", "dim")
            self._transcript.raw(await asyncio.to_thread(self._pictures.shown, path, self._transcript.width))

    def _count(self, usage: Usage) -> None:
        self._live.usage = usage
        self._spent["input"] += usage.input_tokens
        self._spent["output"] += usage.output_tokens

    def _final(self, final: Final) -> None:
        self._end_text()
        if final.answer.strip() not in self._shown:
            self._print([*self._blocks.feed(final.answer), *self._blocks.finish()])
        self.answer = final.answer
        if final.stopped_by != "answer":
            self._transcript.line(f"\n{why_stopped(final.stopped_by, final.answer)}", "yellow")
        self._transcript.line(f"\n  {spent_text(self._seconds, self._spent['input'], self._spent['output'])}", "dim")

    def _failed(self, failed: Failed) -> None:
        self._end_text()
        if self._debug and failed.trace:
            self._transcript.line(failed.trace, "dim")
        if failed.exit_code == INTERRUPTED:
            self._transcript.line("\n  stopped; the thread goes on", "yellow")
            return
        self._transcript.line(f"\nerror: {failed.message}", "red")
        if failed.hint:
            self._transcript.line(f"hint: {failed.hint}")


def spent_text(seconds: float, input_tokens: int, output_tokens: int) -> str:
    """`2.3 s · 1,234 tokens in, 56 out`."""
    took = f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    return f"{took} · {input_tokens:,} tokens in, {output_tokens:,} out" if input_tokens else took
