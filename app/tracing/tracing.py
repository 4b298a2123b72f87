"""Makes spans and hands those that ended to whoever keeps them: a file, a collector.

Masking happens here, on the way out, so that no part that fills a span can forget it. Only what people, models and
servers wrote is masked: looking through every id and number would cost more than all else that is done for a span.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app.masking import mask
from app.tracing.span import Kind, Place, Span, Value, new_id

WRITTEN = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
)
"""Attributes that hold content."""


class SpanSink(Protocol):
    """Keeps spans. Never raises, never waits."""

    def write(self, span: Span) -> None:
        """A span has ended."""
        ...


def take_all(trace_id: int) -> bool:
    """The sampler of a program that nobody told to leave traces out."""
    return True


@dataclass(frozen=True, kw_only=True)
class Tracing:
    """What is open while spans are recorded."""

    sinks: Sequence[SpanSink]
    content: bool = False
    """Whether prompts, arguments and results are recorded."""
    caller: Place | None = None
    """Who started this program, if they said so."""
    sampler: Callable[[int], bool] = take_all
    """Whether a collector wants a trace that begins here, by its id."""

    def begin_trace(self, name: str, attributes: Mapping[str, Value]) -> Span:
        """The first span of a run: under the caller's, or of a trace of its own."""
        if self.caller:
            place = replace(self.caller, span_id=new_id(64))
            return Span(name=name, place=place, parent_id=self.caller.span_id, attributes=dict(attributes))
        trace_id = new_id(128)
        place = Place(trace_id=trace_id, span_id=new_id(64), sampled=self.sampler(trace_id))
        return Span(name=name, place=place, attributes=dict(attributes))

    def begin(
        self, name: str, parent: Span, attributes: Mapping[str, Value], kind: Kind = "internal", at: int | None = None
    ) -> Span:
        """A span within another, begun now or at a time that has passed."""
        return Span(
            name=name,
            place=replace(parent.place, span_id=new_id(64)),
            parent_id=parent.place.span_id,
            kind=kind,
            started=at or time.time_ns(),
            attributes=dict(attributes),
        )

    def end(self, span: Span, at: int | None = None) -> None:
        """The span is over, now or at a time that has passed; ending it again does nothing."""
        if span.ended is not None:
            return
        span.ended = max(at or time.time_ns(), span.started)
        if span.error:
            span.error = mask(span.error)
        for name in WRITTEN if self.content else ():
            if name in span.attributes:
                span.attributes[name] = mask(str(span.attributes[name]))
        for sink in self.sinks:
            sink.write(span)
