"""The spans of one run, made of the events a session hears anyway.

    invoke_agent switchyard      the run
      step 1                     a request to the model, and everything up to the next one
        chat MODEL               each attempt
        execute_tool TOOL        each call, refused ones too
          tools/call TOOL        the request to the server (`app.tracing.current`)
      step 2 ...

Names and attributes follow OpenTelemetry's conventions for generative AI; what they have no word for begins with
`switchyard.`. Decided against instrumenting LangChain: its callbacks take the empty piece that carries the role for a
first token, cost something for every token, and know nothing of refused calls, repairs or servers.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from app.events import (
    ApprovalNeeded,
    Event,
    Failed,
    Final,
    ModelRequest,
    Reasoning,
    Token,
    ToolFinished,
    ToolStarted,
    Usage,
)
from app.logs.run_ids import current_run
from app.tracing.attributes import call_facts, chat_facts, end_facts
from app.tracing.content import answer_json, arguments_json, prompt_facts
from app.tracing.current import current_trace
from app.tracing.span import Span, Value
from app.tracing.tracing import Tracing
from graphs.current_request import current_request

AGENT = "switchyard"
_NANOSECONDS = 1_000_000_000
_LONGEST_NAME = 64
"""Characters of a tool name; what is longer is none, and was written by a model."""


class RunTrace:
    """One run: give it every event, then finish it."""

    def __init__(self, tracing: Tracing, thread: str) -> None:
        self.tracing = tracing
        self._common: dict[str, Value] = {"gen_ai.agent.name": AGENT, "gen_ai.conversation.id": thread}
        facts: dict[str, Value] = {**self._common, "gen_ai.operation.name": "invoke_agent"}
        self._run = tracing.begin_trace(f"invoke_agent {AGENT}", facts)
        if ids := current_run.get():
            self._run.attributes["switchyard.run.id"] = ids.run
        self._steps = 0
        self._answered = False
        self._step = self._begin_step(self._run.started)
        self._chats: dict[str, Span] = {}
        self._replied: tuple[Span, int, str] | None = None
        self._calls: dict[str, Span] = {}
        self._said: list[str] = []
        self._thought: list[str] = []
        self._tokens = [0, 0]
        self._hear: dict[type, Callable[[Any], None]] = {
            ModelRequest: self._end_chat,
            ToolStarted: self._start_call,
            ToolFinished: self._end_call,
            Usage: lambda _: self._write_reply(),
            Final: self._note_end,
            Failed: self._note_end,
            ApprovalNeeded: self._note_end,
        }
        if tracing.content:
            self._hear |= {
                Token: lambda e: self._said.append(e.text),
                Reasoning: lambda e: self._thought.append(e.text),
            }

    def hear(self, event: Event) -> None:
        """Note one event."""
        if note := self._hear.get(type(event)):
            note(event)

    def begin_chat(self, messages: Sequence[dict[str, Any]]) -> dict[str, str]:
        """A request to a chat model is about to be sent; gives the headers that say whose it is.

        One that makes a summary of a long thread is no step's own request: it has no span here.
        """
        request = current_request.get()
        if not request:
            return self._step.place.as_carrier()
        span = self._chats[request] = self._new_chat(time.time_ns())
        if self.tracing.content:
            span.attributes |= prompt_facts(messages)
            self._run.attributes.setdefault(
                "gen_ai.input.messages", prompt_facts(messages[-1:])["gen_ai.input.messages"]
            )
        return span.place.as_carrier()

    def call_span(self, call_id: str, name: str) -> Span:
        """The span of a tool call, begun by whoever hears of the call first."""
        if call_id not in self._calls:
            facts: dict[str, Value] = {
                **self._common,
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": name[:_LONGEST_NAME],
                "gen_ai.tool.call.id": call_id,
                "gen_ai.tool.type": "function",
            }
            self._calls[call_id] = self.tracing.begin(f"execute_tool {name[:_LONGEST_NAME]}", self._step, facts)
        return self._calls[call_id]

    def finish(self) -> None:
        """The run is over; what is still open was cut short."""
        self._write_reply()
        for span in [*self._chats.values(), *self._calls.values()]:
            span.fail("cancelled")
            self.tracing.end(span)
        self.tracing.end(self._step)
        self._run.attributes |= {
            "gen_ai.usage.input_tokens": self._tokens[0],
            "gen_ai.usage.output_tokens": self._tokens[1],
            "switchyard.steps": self._steps,
        }
        self.tracing.end(self._run)

    def _begin_step(self, at: int) -> Span:
        self._steps += 1
        self._answered = False
        facts: dict[str, Value] = {**self._common, "switchyard.step": self._steps}
        return self.tracing.begin(f"step {self._steps}", self._run, facts, at=at)

    def _new_chat(self, at: int) -> Span:
        """A chat that began at this time, and with it a new step where the last one has its answer or calls of one."""
        if self._answered:
            self.tracing.end(self._step, at)
            self._step = self._begin_step(at)
        facts: dict[str, Value] = {**self._common, "gen_ai.operation.name": "chat"}
        return self.tracing.begin("chat", self._step, facts, "client", at=at)

    def _end_chat(self, event: ModelRequest) -> None:
        now = time.time_ns()
        began = now - int(event.seconds * _NANOSECONDS)
        span = self._chats.pop(event.request_id, None) or self._new_chat(began)
        span.name = f"chat {event.model}"
        span.attributes |= chat_facts(event)
        if event.outcome == "ok":
            self._answered = True
            self._run.attributes["gen_ai.request.model"] = event.model
        else:
            span.fail(event.outcome)
        self._tokens[0] += event.input_tokens
        self._tokens[1] += event.output_tokens
        self._replied = (span, now, event.finish_reason)
        if not self.tracing.content:
            self._write_reply()

    def _write_reply(self) -> None:
        """End the chat that is over; with its content, once the text that was held back has come."""
        if self._replied is None:
            return
        span, at, finish_reason = self._replied
        if said := answer_json("".join(self._thought), "".join(self._said), finish_reason):
            span.attributes["gen_ai.output.messages"] = said
        self._replied = None
        self._said.clear()
        self._thought.clear()
        self.tracing.end(span, at)

    def _start_call(self, event: ToolStarted) -> None:
        self._write_reply()
        self._answered = True
        span = self.call_span(event.call_id, event.name)
        span.attributes["switchyard.tool.repaired"] = event.repaired
        if self.tracing.content:
            span.attributes["gen_ai.tool.call.arguments"] = arguments_json(event.arguments)

    def _end_call(self, event: ToolFinished) -> None:
        span = self.call_span(event.call_id, event.name)
        span.attributes |= call_facts(event)
        if event.outcome != "ok":
            span.fail(event.outcome, event.result if self.tracing.content else "")
        if self.tracing.content:
            span.attributes["gen_ai.tool.call.result"] = event.result
        self.tracing.end(span)
        del self._calls[event.call_id]

    def _note_end(self, event: Final | Failed | ApprovalNeeded) -> None:
        self._write_reply()
        self._run.attributes |= end_facts(event)
        if isinstance(event, Failed):
            self._run.fail(str(self._run.attributes["switchyard.outcome"]), event.message)
        elif isinstance(event, Final) and self.tracing.content:
            self._run.attributes["gen_ai.output.messages"] = answer_json("", event.answer, "stop")


@contextmanager
def recorded_run(tracing: Tracing | None, thread: str) -> Generator[Callable[[Event], None]]:
    """Record what the caller's task does from here on; gives what wants to hear every event.

    The context variable is not taken back: the task ends with the run.
    """
    if tracing is None:
        yield lambda _: None
        return
    run = RunTrace(tracing, thread)
    current_trace.set(run)
    try:
        yield run.hear
    finally:
        run.finish()
