"""A span, and the ids by which programs agree on where it belongs.

Of our own instead of OpenTelemetry's SDK: ids, times and attributes are all that a trace file and a `traceparent` need,
so neither takes an extra, and a run pays for no import. What a collector gets is made of them in `app.tracing.otlp`.
"""

import random
import re
import time
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["internal", "client"]
Value = str | int | float | bool | list[str]

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_SAMPLED = 1
_random = random.SystemRandom()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in which trace something is, as W3C Trace Context tells it."""

    trace_id: int
    span_id: int
    sampled: bool = True
    carried: tuple[tuple[str, str], ...] = ()
    """`tracestate` and `baggage` that came from outside and go on to others as they are."""

    @property
    def traceparent(self) -> str:
        """The form in which it is handed to others."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{_SAMPLED if self.sampled else 0:02x}"

    def as_carrier(self) -> dict[str, str]:
        """The fields that go to another program."""
        return {"traceparent": self.traceparent, **dict(self.carried)}


def read_place(carrier: dict[str, str]) -> Place | None:
    """The place that another program handed over; None where there is none, or none that can be read."""
    found = _TRACEPARENT.fullmatch(carrier.get("traceparent", "").strip())
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    carried = tuple((name, carrier[name]) for name in ("tracestate", "baggage") if carrier.get(name))
    sampled = bool(int(found[3], 16) & _SAMPLED)
    return Place(trace_id=int(found[1], 16), span_id=int(found[2], 16), sampled=sampled, carried=carried)


@dataclass(slots=True, kw_only=True)
class Span:
    """Something that took time."""

    name: str
    place: Place
    parent_id: int | None = None
    kind: Kind = "internal"
    started: int = field(default_factory=time.time_ns)
    """Nanoseconds since 1970."""
    ended: int | None = None
    attributes: dict[str, Value] = field(default_factory=dict[str, Value])
    error: str = ""
    """What went wrong, in one sentence; its kind is the attribute `error.type`."""

    def fail(self, kind: str, told: str = "") -> None:
        """Mark it as failed."""
        self.attributes["error.type"] = kind
        self.error = told or kind


def new_id(bits: int) -> int:
    """A random id that is not zero."""
    return _random.getrandbits(bits) or 1
