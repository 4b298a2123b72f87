"""One request as it was seen at the client's end. Times are seconds."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RequestRecord:
    """What one request took and brought."""

    target: str
    protocol: str
    concurrency: int
    number: int
    """From 1, in the order they were sent."""
    started: float
    """Since the protocol began."""
    latency: float
    """From sending to the end of the stream."""
    ttft: float | None = None
    """To the first event with content, reasoning or a tool call; the empty role chunk is none."""
    gaps: Sequence[float] = ()
    """Between such events, one after another."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    counted: bool = True
    """Whether the server counted the tokens; else events were counted."""
    text: str = ""
    finish_reason: str = ""
    error: str = ""
    """Why it failed; empty when it did not."""
    expected_language: str = ""
    language_right: bool | None = None
    """None was not to be told: too short, a tool call, or nothing expected."""

    @property
    def ok(self) -> bool:
        """Whether a whole answer came."""
        return not self.error

    @property
    def tpot(self) -> float | None:
        """Seconds per output token after the first: (latency - TTFT) / (n - 1)."""
        if self.ttft is None or self.output_tokens is None or self.output_tokens < 2:
            return None
        return (self.latency - self.ttft) / (self.output_tokens - 1)

    @property
    def output_rate(self) -> float | None:
        """Output tokens per second of this request's own time."""
        return self.output_tokens / self.latency if self.output_tokens and self.latency else None
