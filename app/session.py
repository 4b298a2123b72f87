"""One thread of conversation. The only place that runs the graph and turns what it streams into events.

A turn runs in a task of its own, so that a door can cancel it while it goes on reading events: the
tool in flight is told, the reader still gets the turn's end.
"""

import asyncio
import time
import traceback
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.errors import AgentFailed, Interrupted, SwitchyardError
from app.events import ApprovalNeeded, Event, Failed, Final, Notice, PendingRequest, Token, Usage
from app.logs.opened import log_is_open
from app.logs.run_ids import RunIds, context_of, new_run
from app.logs.run_log import RunLog
from app.masking import mask
from app.runtime import Runtime
from app.tracing.run_trace import recorded_run
from graphs.interrupts import HITLRequest, HITLResponse

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage
    from langgraph.types import StateSnapshot

    from app.metrics.agent_metrics import RunCount
    from graphs.state import Context


class Session:
    """A thread, its settings for this run, and the turn that is under way."""

    def __init__(self, runtime: Runtime, thread: str, context: "Context") -> None:
        self.runtime = runtime
        self.thread = thread
        self.context = context
        self._turn: asyncio.Task[None] | None = None
        self._why: Interrupted | None = None
        """What the turn was cancelled for."""

    async def send(
        self,
        text: str,
        images: Sequence[Path] = (),
        *,
        earlier: "Sequence[AnyMessage]" = (),
        message_id: str | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Begin a turn with a person's message, on disk before the model hears of it.

        Calls that still wait for approval are closed as not executed: the person went on without them.

        Args:
            text: what the person says.
            images: files shown with it.
            earlier: messages to put before it, for a conversation that was held elsewhere.
            message_id: id of the message, for callers that look for it later.
        """
        from langchain_core.messages import HumanMessage
        from langgraph.graph import START

        from app.chat.images import image_block

        content: Any = [{"type": "text", "text": text}, *map(image_block, images)] if images else text
        model = self.context.model or self.runtime.settings.model.name
        await self.runtime.store.threads.touch(self.thread, title=_title(text), model=model)
        messages = [*_passed_over(await self.pending()), *earlier, HumanMessage(content, id=message_id)]
        update = {"messages": messages, "steps": 0, "stopped_by": None}
        await self.runtime.agent.aupdate_state(self._config, update, as_node=START)
        async for event in self._events(None):
            yield event

    async def answer(self, responses: Mapping[str, HITLResponse]) -> AsyncGenerator[Event, None]:
        """Go on with a person's decisions, by interrupt id."""
        from langgraph.types import Command

        async for event in self._events(Command(resume=dict(responses))):
            yield event

    async def resume(self) -> AsyncGenerator[Event, None]:
        """Go on with a turn that a crash or an interruption left unfinished."""
        async for event in self._events(None):
            yield event

    def cancel(self, why: Interrupted | None = None) -> bool:
        """Stop the turn under way; its events end with Failed, which says why. False when none is."""
        if self._turn is None or self._turn.done():
            return False
        self._why = self._why or why
        return self._turn.cancel()

    async def pending(self) -> list[PendingRequest]:
        """The questions this thread waits for."""
        return _requests(await self._state())

    async def is_unfinished(self) -> bool:
        """Whether a turn stopped before its end.

        Not asked of `next`, which leaves out tasks whose results are on disk: after a crash between the last result
        of a step and the step's checkpoint it is empty.
        """
        return bool((await self._state()).tasks)

    async def ending(self) -> Event:
        """How the last turn ended, told again for one who did not hear it."""
        return self._end(await self._state(), 0.0, {}, "")

    async def messages(self) -> "list[AnyMessage]":
        """The thread so far, oldest first."""
        return list((await self._state()).values.get("messages", []))

    @property
    def _config(self) -> Any:
        return {"configurable": {"thread_id": self.thread}, "recursion_limit": 4 * self.context.max_steps + 20}

    async def _state(self) -> "StateSnapshot":
        return await self.runtime.agent.aget_state(self._config)

    async def _events(self, given: Any) -> AsyncGenerator[Event, None]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._why = None
        ids = new_run(self.thread)
        watchers = self._watchers(ids)
        self._turn = asyncio.create_task(self._run(given, queue), context=context_of(ids))
        self._turn.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            while (event := await queue.get()) is not None:
                for watcher in watchers:
                    watcher.add(event)
                yield event
        finally:
            for watcher in watchers:
                watcher.end()
            self._turn.cancel()
            await asyncio.wait([self._turn])
        await self._turn

    def _watchers(self, ids: RunIds) -> "list[RunCount | RunLog]":
        """Who hears of a run beside the door."""
        counts = [self.runtime.metrics.begin_run()] if self.runtime.metrics else []
        return [*counts, *([RunLog(ids)] if log_is_open() else [])]

    async def _run(self, given: Any, queue: asyncio.Queue[Event | None]) -> None:
        with recorded_run(self.runtime.tracing, self.thread) as record:

            def tell(event: Event) -> None:
                record(event)
                queue.put_nowait(event)

            await self._play(given, tell)

    async def _play(self, given: Any, tell: Callable[[Event], None]) -> None:
        started, usage, shown = time.monotonic(), {"input_tokens": 0, "output_tokens": 0}, ""
        self._tell_notices(tell)
        try:
            async with asyncio.timeout(self.runtime.settings.agent.timeout):
                async for event in self._graph_events(given):
                    self._tell_notices(tell)
                    tell(event)
                    if isinstance(event, Token):
                        shown += event.text
                    elif isinstance(event, Usage):
                        usage["input_tokens"] += event.input_tokens
                        usage["output_tokens"] += event.output_tokens
            tell(self._end(await self._state(), time.monotonic() - started, usage, shown))
        except asyncio.CancelledError:
            tell(_failed(self._why or Interrupted("interrupted.", hint="The thread is kept."), shown))
        except Exception as error:  # noqa: BLE001  # every failure of a turn becomes its last event
            tell(_failed(self._explained(error), shown, traceback.format_exc()))

    async def _graph_events(self, given: Any) -> AsyncGenerator[Event, None]:
        parts = self.runtime.agent.astream(
            given,
            self._config,
            context=self.context,
            stream_mode=["custom"],
            version="v2",
            durability=self.runtime.durability,
        )
        async for part in parts:
            if part["type"] == "custom":
                yield cast(Event, part["data"])

    def _tell_notices(self, tell: Callable[[Event], None]) -> None:
        for notice in self.runtime.models.take_notices():
            tell(Notice(text=notice))

    def _end(self, state: "StateSnapshot", seconds: float, usage: dict[str, int], shown: str) -> Event:
        if requests := _requests(state):
            return ApprovalNeeded(requests=requests)
        stopped_by = state.values.get("stopped_by") or "answer"
        answer = state.values["messages"][-1].text
        if stopped_by == "empty" or (stopped_by == "answer" and not answer.strip()):
            error = AgentFailed("the model gave no answer.", hint="Ask again, or try another model.")
            return _failed(error, shown)
        return Final(
            answer=answer,
            stopped_by=stopped_by,
            steps=state.values.get("steps", 0),
            seconds=round(seconds, 3),
            usage=usage,
        )

    def _explained(self, error: Exception) -> SwitchyardError:
        from app.failures import explained

        return explained(error, endpoint=self.runtime.models.describe(self.context.model).endpoint)


def _requests(state: "StateSnapshot") -> list[PendingRequest]:
    return [
        PendingRequest(interrupt_id=interrupt.id, request=cast(HITLRequest, interrupt.value))
        for task in state.tasks
        for interrupt in task.interrupts
    ]


def _passed_over(requests: list[PendingRequest]) -> "list[AnyMessage]":
    from langchain_core.messages import ToolMessage

    text = "Not executed: the person went on without approving this call."
    return [
        ToolMessage(text, tool_call_id=call_id, name=action["name"], status="error")
        for pending in requests
        if pending.request["kind"] == "approval"
        for call_id, action in zip(pending.request["call_ids"], pending.request["action_requests"], strict=True)
    ]


def _failed(error: SwitchyardError, shown: str, trace: str = "") -> Failed:
    return Failed(
        message=mask(error.message), hint=error.hint, exit_code=error.exit_code, shown=shown, trace=mask(trace)
    )


def _title(text: str) -> str:
    return " ".join(text.split())[:60]
