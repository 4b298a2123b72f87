"""One run of the benchmark as it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.bench.memory import MemoryReading
from app.bench.phase import Phase, PhaseResult
from app.bench.request_record import RequestRecord


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What was measured, when, and how to do it again."""

    id: str
    name: str
    command: str
    facts: Mapping[str, str]
    results: Sequence[PhaseResult]
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def records(self) -> list[dict[str, Any]]:
        """The results as JSON has them."""
        return [
            {
                "target": result.target,
                "phase": asdict(result.phase),
                "wall": result.wall,
                "memory": asdict(result.memory),
                "requests": [asdict(record) for record in result.records],
            }
            for result in self.results
        ]


def result_from(record: Mapping[str, Any]) -> PhaseResult:
    """The opposite of one entry of `RunRecord.records`."""
    return PhaseResult(
        target=record["target"],
        phase=Phase(**record["phase"]),
        wall=record["wall"],
        records=[RequestRecord(**request) for request in record["requests"]],
        memory=MemoryReading(**record["memory"]),
    )
