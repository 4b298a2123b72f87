"""From results to a report: one table a protocol with the fastest on top, percentiles, single requests, charts."""

import os
import platform
from collections.abc import Sequence
from itertools import groupby

from app.bench.language import tells_latin_apart
from app.bench.percentile import PERCENTILES
from app.bench.phase import PhaseResult
from app.bench.run_record import RunRecord
from app.reports import (
    Bar,
    BarChart,
    Cell,
    Chart,
    Column,
    Detail,
    LineChart,
    Report,
    Series,
    Span,
    Table,
    TimelineChart,
)

_SHOWN = {
    "ttft": ("TTFT", "ms", 1000),
    "itl": ("ITL", "ms", 1000),
    "tpot": ("TPOT", "ms", 1000),
    "latency": ("latency", "s", 1),
}
"""Name, unit and factor from seconds."""
_SUMMARY = (
    "#",
    "endpoint",
    "answered",
    Column("latency", "s", 2, "lower"),
    Column("TTFT", "ms", 1, "lower"),
    Column("ITL", "ms", 2, "lower"),
    Column("TPOT", "ms", 2, "lower"),
    Column("output", "tokens/s", 1, "higher"),
    Column("input", "tokens/s", 1, "higher"),
    Column("QPS", "1/s", 2, "higher"),
    Column("memory", "MiB", 0),
    Column("GPU", "MiB", 0),
    Column("KV cache", "%", 1),
    "right language",
)
NOTES = (
    "Latency, TTFT and TPOT are medians over the answered requests, ITL is the mean; rates are over the wall time.",
    "TTFT ends with the first event that has content, reasoning or a tool call; the empty role chunk is not counted.",
    "ITL is the time between two such events. TPOT = (latency - TTFT) / (n - 1), with n output tokens as the server "
    "counts them, so it tells servers apart that send several tokens in one event.",
    "# ranks by share of answered requests, then by output tokens/s.",
    "memory is the resident memory of the server's processes on this machine, the most that was seen; GPU is what NVML "
    "says they hold there (of Ollama, its own figure); n/a was not to be had.",
    "One request before each protocol is not measured.",
)


def build_report(run: RunRecord) -> Report:
    """The report of a run."""
    protocols = _by_protocol(run.results)
    tables = [_summary(title, results) for title, results in protocols]
    tables += [_percentiles(title, results) for title, results in protocols if not title.startswith("Sweep")]
    tables += _single_requests(run.results)
    return Report(
        title=run.name or "Serving benchmark",
        made_with=run.command,
        tables=tables,
        charts=_charts(run.results),
        notes=[*NOTES, *_conditional_notes(run)],
        details=_failures(run.results),
        facts=run.facts,
        data={"run": run.id, "results": run.records()},
        made_at=run.made_at,
    )


def machine_facts() -> dict[str, str]:
    """The machine this process measures from."""
    load = os.getloadavg()[0]
    return {
        "measured from": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}",
        "Python": platform.python_version(),
    }


def request_table(results: Sequence[PhaseResult]) -> Table:
    """Every request, for a spreadsheet."""
    columns = ["endpoint", "protocol", "at once", "number", "started s", "latency s", "ttft s", "tpot s", "events"]
    columns += ["input tokens", "output tokens", "tokens counted by server", "finish reason", "language right", "error"]
    rows: list[list[Cell]] = [
        [
            *(record.target, record.protocol, record.concurrency, record.number, record.started, record.latency),
            *(record.ttft, record.tpot, len(record.gaps) + 1 if record.ttft is not None else 0),
            *(record.input_tokens, record.output_tokens, record.counted, record.finish_reason),
            *(record.language_right, record.error),
        ]
        for result in results
        for record in result.records
    ]
    return Table("Requests", columns, rows)


def ranked(results: Sequence[PhaseResult]) -> list[PhaseResult]:
    """The best first: more answers, then more output tokens per second."""
    return sorted(
        results,
        key=lambda result: (
            -len(result.answered) / max(len(result.records), 1),
            -(result.output_tokens_per_second or result.queries_per_second),
        ),
    )


def _by_protocol(results: Sequence[PhaseResult]) -> list[tuple[str, list[PhaseResult]]]:
    """Results that can be compared, under the words that head their table."""
    keys = list(dict.fromkeys(result.phase for result in results))
    groups: list[tuple[str, list[PhaseResult]]] = []
    for phase in keys:
        words = {
            "single": f"One after another: {phase.requests} requests",
            "concurrent": f"At once: {phase.requests} requests, {phase.concurrency} at a time",
            "sweep": f"Sweep: {phase.requests} requests, {phase.concurrency} at a time",
        }[phase.protocol]
        groups.append((words, ranked([result for result in results if result.phase == phase])))
    return groups


def _summary(title: str, results: Sequence[PhaseResult]) -> Table:
    rows: list[list[Cell]] = [
        [
            *(place, result.target, f"{len(result.answered)}/{len(result.records)}"),
            *(_scaled(result.typical(metric), metric) for metric in ("latency", "ttft", "itl", "tpot")),
            *(result.output_tokens_per_second, result.input_tokens_per_second, result.queries_per_second),
            *(result.memory.rss, result.memory.gpu, _percent(result.memory.kv_cache_used), result.language),
        ]
        for place, result in enumerate(results, 1)
    ]
    return Table(title, _SUMMARY, rows, appendix=title.startswith("Sweep"))


def _percentiles(title: str, results: Sequence[PhaseResult]) -> Table:
    columns = ["endpoint", "metric", *(Column(f"{share} %", digits=2) for share in PERCENTILES)]
    rows: list[list[Cell]] = [
        [result.target, f"{name}, {unit}", *(_scaled(result.at(metric, share), metric) for share in PERCENTILES)]
        for result in results
        for metric, (name, unit, _) in _SHOWN.items()
        if result.values(metric)
    ]
    return Table(f"Percentiles. {title}", columns, rows, appendix=True)


def _single_requests(results: Sequence[PhaseResult]) -> list[Table]:
    """Each request of the single protocol: the first ones show what a cache or a cold start makes."""
    single = [result for result in results if result.phase.protocol == "single"]
    if not single:
        return []
    columns = ["endpoint", "request", Column("latency", "s", 3), Column("TTFT", "ms"), Column("TPOT", "ms", 2)]
    columns += [Column("tokens in"), Column("tokens out"), "ended by"]
    rows: list[list[Cell]] = [
        [
            *(record.target, record.number, record.latency if record.ok else None, _scaled(record.ttft, "ttft")),
            *(_scaled(record.tpot, "tpot"), record.input_tokens, record.output_tokens),
            record.error or record.finish_reason,
        ]
        for result in single
        for record in list(result.records)[:10]
    ]
    return [Table("Single requests", columns, rows, appendix=True)]


def _charts(results: Sequence[PhaseResult]) -> list[Chart]:
    compared = [result for result in results if result.phase.protocol != "sweep"]
    charts: list[Chart] = []
    if compared:
        charts += [_metric_bars(compared, metric) for metric in ("ttft", "tpot", "latency")]
        charts += [_rate_bars(compared), _timeline(compared)]
    sweep = [result for result in results if result.phase.protocol == "sweep"]
    if len({result.phase.concurrency for result in sweep}) > 1:
        charts += [_sweep_lines(sweep, "output tokens/s"), _sweep_lines(sweep, "TTFT, ms")]
    return charts


def _metric_bars(results: Sequence[PhaseResult], metric: str) -> BarChart:
    name, unit, factor = _SHOWN[metric]
    bars = [
        Bar(
            result.target,
            _scaled(result.typical(metric), metric),
            _scaled(result.at(metric, 10), metric),
            _scaled(result.at(metric, 90), metric),
            _group(result),
        )
        for result in results
    ]
    note = "Median; the line goes from the 10th to the 90th percentile. Shorter is better."
    return BarChart(f"{name}, {unit}", unit, bars, note, digits=1 if factor > 1 else 2)


def _rate_bars(results: Sequence[PhaseResult]) -> BarChart:
    bars = [Bar(result.target, result.output_tokens_per_second, group=_group(result)) for result in results]
    return BarChart("Output, tokens/s", "tokens/s", bars, "All answers over the wall time. Longer is better.")


def _timeline(results: Sequence[PhaseResult]) -> TimelineChart:
    spans = [
        Span(
            result.target,
            record.started,
            record.started + record.latency,
            None if record.ttft is None else record.started + record.ttft,
            _group(result),
            record.ok,
        )
        for result in sorted(results, key=lambda result: result.target)
        for record in list(result.records)[:20]
    ]
    return TimelineChart("Every request", spans, "Pale until the first token. Each protocol begins at 0 s.")


def _sweep_lines(results: Sequence[PhaseResult], what: str) -> LineChart:
    lines: list[Series] = []
    for target in dict.fromkeys(result.target for result in results):
        mine = [result for result in results if result.target == target]
        values = [
            result.output_tokens_per_second if what.startswith("output") else _scaled(result.typical("ttft"), "ttft")
            for result in mine
        ]
        pairs = zip(mine, values, strict=True)
        lines.append(
            Series(target, [(result.phase.concurrency, value) for result, value in pairs if value is not None])
        )
    return LineChart(f"Sweep: {what}", "requests at a time", what, lines)


def _group(result: PhaseResult) -> str:
    return "one after another" if result.phase.concurrency == 1 else f"{result.phase.concurrency} at once"


def _failures(results: Sequence[PhaseResult]) -> list[Detail]:
    failed = [record for result in results for record in result.records if not record.ok]
    by_cause = groupby(sorted(failed, key=lambda record: (record.target, record.error)), lambda r: (r.target, r.error))
    return [
        Detail(f"{target}: {len(list(records))} requests failed", [("why", error)])
        for (target, error), records in by_cause
    ]


def _conditional_notes(run: RunRecord) -> list[str]:
    records = [record for result in run.results for record in result.records]
    notes: list[str] = []
    if any(not record.counted for record in records if record.ok):
        names = sorted({record.target for record in records if record.ok and not record.counted})
        notes.append(f"{', '.join(names)} sent no usage, so events were counted as tokens there.")
    if any(record.language_right is not None for record in records) and not tells_latin_apart():
        notes.append("Languages were told by their script alone; the extra `lang` tells English from German.")
    if any(result.target.endswith("(transformers)") for result in run.results):
        notes.append("Rows without a server have no network, HTTP or parsing of tool calls in them.")
    return notes


def _scaled(value: float | None, metric: str) -> float | None:
    return None if value is None else value * _SHOWN[metric][2]


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100
