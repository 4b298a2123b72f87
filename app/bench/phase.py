"""One stretch of a measurement: so many requests, so many of them at once, against one server."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.bench.memory import MemoryReading
from app.bench.percentile import mean, median, percentile
from app.bench.request_record import RequestRecord

METRICS = ("ttft", "itl", "tpot", "latency", "output_rate")
"""What each request gives values of; seconds, but for the rate in tokens per second."""


@dataclass(frozen=True)
class Phase:
    """What is sent."""

    protocol: str
    concurrency: int
    requests: int


@dataclass(frozen=True)
class PhaseResult:
    """What came back."""

    target: str
    phase: Phase
    wall: float
    """Seconds from the first request to the end of the last answer."""
    records: Sequence[RequestRecord]
    memory: MemoryReading = MemoryReading()

    @cached_property
    def answered(self) -> list[RequestRecord]:
        """The requests that got a whole answer."""
        return [record for record in self.records if record.ok]

    def values(self, metric: str) -> list[float]:
        """All values of one of METRICS, of requests that succeeded; ITL has one for each gap."""
        if metric == "itl":
            return [gap for record in self.answered for gap in record.gaps]
        found = {
            "ttft": [record.ttft for record in self.answered],
            "tpot": [record.tpot for record in self.answered],
            "latency": [record.latency for record in self.answered],
            "output_rate": [record.output_rate for record in self.answered],
        }[metric]
        return [value for value in found if value is not None]

    def typical(self, metric: str) -> float | None:
        """The median of a metric; of ITL the mean.

        A client that is late reads several events at once: the gaps between them are nothing, and the one
        before is too long. Their mean does not mind.
        """
        return mean(self.values(metric)) if metric == "itl" else median(self.values(metric))

    def at(self, metric: str, share: float) -> float | None:
        """A percentile of a metric."""
        return percentile(self.values(metric), share)

    @property
    def output_tokens_per_second(self) -> float | None:
        """Output tokens of all answers over the wall time."""
        return _rate([record.output_tokens for record in self.answered], self.wall)

    @property
    def input_tokens_per_second(self) -> float | None:
        """Prompt tokens of all answers over the wall time."""
        return _rate([record.input_tokens for record in self.answered], self.wall)

    @property
    def queries_per_second(self) -> float:
        """Answers over the wall time."""
        return len(self.answered) / self.wall if self.wall else 0.0

    @property
    def language(self) -> str | None:
        """`3/4` answers in the right language of those that could be told; None when none could."""
        told = [record.language_right for record in self.answered if record.language_right is not None]
        return f"{sum(told)}/{len(told)}" if told else None


def _rate(counts: Sequence[int | None], wall: float) -> float | None:
    known = [count for count in counts if count is not None]
    return sum(known) / wall if known and wall else None
