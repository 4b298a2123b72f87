"""Two runs side by side: what changed, as ratios, and whether the spread of the requests allows to say so."""

from collections.abc import Iterator

from app.bench.phase import PhaseResult
from app.bench.run_record import RunRecord
from app.errors import UsageError
from app.reports import Bar, BarChart, Cell, Column, Report, Table

_METRICS = {
    "ttft": ("TTFT", "ms", 1000, False),
    "itl": ("ITL", "ms", 1000, False),
    "tpot": ("TPOT", "ms", 1000, False),
    "latency": ("latency", "s", 1, False),
    "output_rate": ("output of a request", "tokens/s", 1, True),
}
"""Name, unit, factor, and whether more is better."""
_COLUMNS = (
    "endpoint",
    "protocol",
    "metric",
    Column("A", digits=2),
    Column("B", digits=2),
    Column("B/A", digits=3),
    "B is",
)
_NOTES = (
    "A and B are medians over the answered requests, of ITL the means.",
    "B is better or worse where the middle halves (25th to 75th percentile) of A's and B's values lie apart; where "
    "they overlap, more requests are needed to tell.",
)


def build_comparison(first: RunRecord, second: RunRecord, command: str) -> Report:
    """The report of a comparison.

    Raises:
        UsageError: The runs have nothing in common.
    """
    pairs = list(_pairs(first, second))
    if not pairs:
        raise UsageError(
            f"the runs {first.id} and {second.id} have no endpoint and protocol in common.",
            hint="Name endpoints alike in both, or compare runs of one endpoint each.",
        )
    rows = [row for pair in pairs for row in _rows(*pair)]
    facts = {
        "A": f"{first.id} {first.name}, {first.made_at:%Y-%m-%d %H:%M}".replace(" ,", ","),
        "B": f"{second.id} {second.name}, {second.made_at:%Y-%m-%d %H:%M}".replace(" ,", ","),
    }
    return Report(
        title="What changed from A to B",
        made_with=command,
        tables=[Table("Ratios", _COLUMNS, rows)],
        charts=[_chart(rows)],
        notes=_NOTES,
        facts=facts,
        data={"A": first.id, "B": second.id},
    )


def _pairs(first: RunRecord, second: RunRecord) -> Iterator[tuple[PhaseResult, PhaseResult]]:
    """Results of the same endpoint and protocol; with one endpoint each their names need not agree."""
    alone = all(len({result.target for result in run.results}) == 1 for run in (first, second))
    for one in first.results:
        for other in second.results:
            same = (one.phase.protocol, one.phase.concurrency) == (other.phase.protocol, other.phase.concurrency)
            if same and (alone or one.target == other.target):
                yield one, other


def _rows(one: PhaseResult, other: PhaseResult) -> Iterator[list[Cell]]:
    name = one.target if one.target == other.target else f"{one.target} / {other.target}"
    phase = one.phase
    protocol = phase.protocol if phase.protocol == "single" else f"{phase.protocol}, {phase.concurrency} at once"
    for metric, (label, unit, factor, more) in _METRICS.items():
        before, after = one.typical(metric), other.typical(metric)
        if before and after:
            verdict = _verdict(one, other, metric, more_is_better=more)
            yield [name, protocol, f"{label}, {unit}", before * factor, after * factor, after / before, verdict]


def _verdict(one: PhaseResult, other: PhaseResult, metric: str, *, more_is_better: bool) -> str:
    low, high = (one.at(metric, share) or 0.0 for share in (25, 75))
    other_low, other_high = (other.at(metric, share) or 0.0 for share in (25, 75))
    if other_low <= high and low <= other_high:
        return "not to be told"
    return "better" if (other_low > high) == more_is_better else "worse"


def _chart(rows: list[list[Cell]]) -> BarChart:
    bars = [Bar(f"{row[2]}", _number(row[5]), group=f"{row[0]}, {row[1]}") for row in rows]
    return BarChart("B/A", "times A", bars, "1 is no change.", digits=2, wide=True)


def _number(cell: Cell) -> float | None:
    return cell if isinstance(cell, float) else None
