"""Runs one allowed call, with the journal written before and after.

One call per task: a resumed run then repeats only what was not finished. Tools are never retried;
whether an unfinished call had an effect is a question for the person, unless the tool only reads.
"""

import asyncio
import contextvars
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from langchain_core.messages import ToolCall, ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import Send
from typing_extensions import TypedDict

from graphs.call_check import find_spec
from graphs.call_report import CallReport
from graphs.events import ToolProgress
from graphs.interrupts import ActionRequest, HITLRequest, ReviewConfig
from graphs.journal import Journal
from graphs.person import ask_person
from graphs.state import AgentState, Context
from graphs.toolset import OnProgress, ToolResult, Toolset, ToolSpec
from graphs.validation import describe_unknown_tool

INTERRUPTED = ToolResult(text="Interrupted by the person; the outcome of this call is unknown.", status="error")
SKIPPED = ToolResult(
    text="This call was sent before a crash, and its outcome is unknown. The person chose not to send it again.",
    status="error",
    failure="denied",
)


class ToolRun(TypedDict):
    """What one task of the fan-out gets."""

    call: ToolCall
    repaired: bool


def fan_out(calls: Sequence[ToolCall], repaired: Collection[str]) -> list[Send]:
    """One task per call, in call order."""
    return [Send("tool_execution", ToolRun(call=call, repaired=call["id"] in repaired)) for call in calls]


@dataclass(frozen=True, kw_only=True)
class ToolExecution:
    """Calls tools through the toolset, and keeps the journal."""

    toolset: Toolset
    journal: Journal

    async def run(self, state: ToolRun, runtime: Runtime[Context]) -> AgentState:
        """The one ToolMessage of this call."""
        call = state["call"]
        specs = self.toolset.specs()
        spec = find_spec(specs, call["name"])
        report = CallReport(call=call, spec=spec, emit=runtime.stream_writer, repaired=state["repaired"])
        info = runtime.execution_info
        thread = (info.thread_id if info else None) or ""
        known = await self._known_result(thread, call, spec)
        if known is not None:
            report.start()
            return AgentState(messages=[report.finish(known, 0.0)])
        if spec is None:
            told = f"Not executed. {describe_unknown_tool(call['name'], specs)}"
            return AgentState(messages=[report.refuse(told, "server_down")])
        return AgentState(messages=[await self._send(thread, call, report)])

    async def _known_result(self, thread: str, call: ToolCall, spec: ToolSpec | None) -> ToolResult | None:
        """What an earlier attempt left, or the person's wish to skip the call; None means it is to be sent.

        A run without a thread is never resumed, so there is no earlier attempt. A thread that was forked in Studio
        may hold a call under an old id with new arguments: that is another call.
        """
        entry = await self.journal.find(thread, call["id"] or "") if thread else None
        if entry is None or (entry.name, entry.arguments) != (call["name"], call["args"]):
            return None
        if entry.result is not None:
            return entry.result
        if spec is not None and spec.read_only:
            return None
        [decision] = ask_person(_ask_outcome(call, spec))
        if decision["type"] == "approve":
            return None
        await self.journal.finish(thread, call["id"] or "", SKIPPED)
        return SKIPPED

    async def _send(self, thread: str, call: ToolCall, report: CallReport) -> ToolMessage:
        call_id = report.call_id
        report.start()
        await self.journal.start(thread, call_id, call["name"], call["args"])
        began = time.monotonic()
        try:
            result = await self.toolset.call(
                call["name"], call["args"], call_id=call_id, on_progress=_progress_of(report)
            )
        except asyncio.CancelledError:
            await asyncio.shield(self.journal.finish(thread, call_id, INTERRUPTED))
            raise
        seconds = time.monotonic() - began
        await self.journal.finish(thread, call_id, result)
        return report.finish(result, seconds)


def _progress_of(report: CallReport) -> OnProgress:
    """Progress arrives in the connection's own task; LangGraph's writer works only in this one's context."""
    context = contextvars.copy_context()

    def on_progress(progress: float, total: float | None, message: str | None) -> None:
        event = ToolProgress(call_id=report.call_id, progress=progress, total=total, message=message)
        context.run(report.emit, event)

    return on_progress


def _ask_outcome(call: ToolCall, spec: ToolSpec | None) -> HITLRequest:
    told = f"{spec.qualified if spec else call['name']} was sent before a crash; its outcome is unknown. Send it again?"
    return HITLRequest(
        action_requests=[ActionRequest(name=call["name"], args=call["args"], description=told)],
        review_configs=[ReviewConfig(action_name=call["name"], allowed_decisions=["approve", "reject"])],
        call_ids=[call["id"] or ""],
        kind="outcome_unknown",
    )
