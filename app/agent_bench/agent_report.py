"""From attempts to a report: who gets tasks done, where the time goes, and what went wrong."""

from collections.abc import Callable, Sequence

from app.agent_bench.attempt import Attempt
from app.agent_bench.results import Results
from app.agent_bench.task import AgentTask, TaskSet
from app.bench.bench_report import machine_facts
from app.bench.percentile import median, percentile
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

NOTES = (
    "turn: from sending the message to the end of the answer. model: waiting for the model; tools: waiting for tools, "
    "those side by side counted once; ours: the rest (checks, checkpoints, the journal, pauses before trying again).",
    "TTFT ends with the first piece that has text, reasoning or a call; the empty one that names the role is none.",
    "Times are of turns that ended with an answer, right or wrong; n/a was not to be had.",
    "pass@1 is the share of attempts that are right, pass^k the chance that k attempts of a task are all right.",
    "Every attempt had MCP servers and a state folder of its own; opening them, and one attempt before the first, are "
    "not measured. Fallbacks were switched off.",
)
_PARTS: dict[str, Callable[[Attempt], float]] = {
    "model": lambda attempt: attempt.model_seconds,
    "tools": lambda attempt: attempt.tool_seconds,
    "ours": lambda attempt: attempt.own_seconds,
}


def build_report(results: Sequence[Results], task_set: TaskSet, repeat: int, command: str) -> Report:
    """The report of one run of the command."""
    tables = [_summary(results, repeat), _time(results), _tasks(results), _percentiles(results)]
    if repeat > 1:
        tables.append(_steadiness(results))
    return Report(
        title="Agent benchmark",
        made_with=command,
        tables=[*tables, _attempts(results)],
        charts=_charts(results, repeat),
        notes=NOTES,
        details=[_detail(one, attempt) for one in results for attempt in one.attempts if attempt.faults],
        facts=machine_facts() | _facts(results, task_set, repeat),
        data={"models": [_data(one) for one in results]},
    )


def _summary(results: Sequence[Results], repeat: int) -> Table:
    columns = ["model", "right", Column("pass@1", "%", 1, "higher")]
    columns += [Column(f"pass^{repeat}", "%", 1, "higher")] if repeat > 1 else []
    columns += [Column("turn, median", "s", 3, "lower"), Column("turn, 95 %", "s", 3, "lower"), Column("steps")]
    columns += [Column("tokens in", digits=0), Column("tokens out", digits=0)]
    columns += [Column("tool calls"), Column("tool errors", "%")]
    rows: list[list[Cell]] = []
    for one in results:
        right, turns = sum(attempt.right for attempt in one.attempts), one.values(_turn)
        steady = [100 * one.pass_hat[k - 1] for k in sorted({1, repeat})]
        rows.append(
            [
                *(one.name, f"{right}/{len(one.attempts)}", *steady, median(turns), percentile(turns, 95)),
                *(one.mean(lambda a: a.steps), one.mean(lambda a: a.input_tokens), one.mean(lambda a: a.output_tokens)),
                *(one.mean(lambda a: len(a.tools)), one.tool_errors),
            ]
        )
    return Table("Tasks done", columns, rows, "steps, tokens and tool calls are means of a turn.")


def _time(results: Sequence[Results]) -> Table:
    columns = ["model", *(Column(part, "s", 3) for part in _PARTS), *(Column(f"{part} share", "%") for part in _PARTS)]
    columns += [Column("ours per step, median", "ms", 1, "lower"), Column("ours per step, 95 %", "ms", 1, "lower")]
    rows: list[list[Cell]] = []
    for one in results:
        steps = one.values(lambda attempt: attempt.own_per_step)
        means, shares = [map(how, _PARTS.values()) for how in (one.mean, one.share)]
        rows.append([one.name, *means, *shares, _ms(median(steps)), _ms(percentile(steps, 95))])
    return Table("Where the time of a turn goes", columns, rows, "Means of a turn. A step is one request to the model.")


def _tasks(results: Sequence[Results]) -> Table:
    columns = ["task", "model", "right", Column("turn, median", "s", 3)]
    columns += [*(Column(part, "s", 3) for part in _PARTS), Column("steps"), Column("tool calls"), "fails by"]
    rows: list[list[Cell]] = []
    for task in dict.fromkeys(name for one in results for name in one.by_task):
        for one in results:
            made = one.by_task[task]
            ended = [attempt for attempt in made if attempt.ended]
            parts = [median([part(attempt) for attempt in ended]) for part in _PARTS.values()]
            counts = [median([attempt.steps for attempt in ended]), median([len(attempt.tools) for attempt in ended])]
            kinds = dict.fromkeys(fault.kind for attempt in made for fault in attempt.faults)
            right = f"{sum(attempt.right for attempt in made)}/{len(made)}"
            turn = median([attempt.seconds for attempt in ended])
            rows.append([task, one.name, right, turn, *parts, *counts, ", ".join(kinds)])
    return Table("By task", columns, rows, "Medians of a task's attempts.")


def _percentiles(results: Sequence[Results]) -> Table:
    columns = ["model", "what", Column("number"), *(Column(f"{share} %", "ms", 1) for share in (50, 95))]
    rows: list[list[Cell]] = []
    for one in results:
        kinds = {"model request": one.model_calls, "TTFT": one.first_tokens}
        kinds |= {f"tool {name}": seconds for name, seconds in one.tool_calls.items()}
        kinds |= {"ours per step": one.values(lambda attempt: attempt.own_per_step)}
        for what, seconds in kinds.items():
            rows.append(
                [one.name, what, len(seconds), _ms(percentile(seconds, 50)), _ms(percentile(seconds, 95))],
            )
    return Table("Model, tools and us", columns, rows)


def _steadiness(results: Sequence[Results]) -> Table:
    rows = [[one.name, k, 100 * share] for one in results for k, share in enumerate(one.pass_hat, 1)]
    return Table("pass^k", ["model", Column("k"), Column("all right", "%")], rows)


def _attempts(results: Sequence[Results]) -> Table:
    columns = ["task", "model", "attempt", "right", Column("turn", "s", 3), *(Column(p, "s", 3) for p in _PARTS)]
    columns += ["steps", Column("TTFT", "ms"), "tool calls", "tokens in", "tokens out", "wrong"]
    rows: list[list[Cell]] = [
        [
            *(attempt.task.id, one.name, attempt.number, attempt.right, attempt.seconds),
            *(part(attempt) for part in _PARTS.values()),
            *(attempt.steps, _ms(_first(attempt)) if one.streamed else None, len(attempt.tools)),
            *(attempt.input_tokens, attempt.output_tokens),
            "; ".join(f"{fault.kind}: {fault.said}" for fault in attempt.faults),
        ]
        for one in results
        for attempt in one.attempts
    ]
    return Table("Attempts", columns, rows, "TTFT of the first request.", appendix=True)


def _charts(results: Sequence[Results], repeat: int) -> list[Chart]:
    bars = [
        Bar(task, median(turns), percentile(turns, 10), percentile(turns, 90), one.name)
        for one in results
        for task, made in one.by_task.items()
        if (turns := [attempt.seconds for attempt in made if attempt.ended])
    ]
    charts: list[Chart] = [BarChart("Turn, s", "s", bars, "Median of a task's attempts.", digits=2, wide=True)]
    charts += [_timeline(one, several=len(results) > 1) for one in results]
    if repeat > 1:
        series = [
            Series(one.name, [(float(k), 100 * share) for k, share in enumerate(one.pass_hat, 1)]) for one in results
        ]
        charts.append(LineChart("All of k attempts right", "k", "%", series))
    return charts


def _timeline(one: Results, *, several: bool) -> TimelineChart:
    firsts = [made[0] for made in one.by_task.values()]
    spans = [span for attempt in firsts for span in _spans(attempt, streamed=one.streamed)]
    title = f"Inside a turn: {one.name}" if several else "Inside a turn"
    note = "The first attempt of each task. Dark is a reply that is coming in; the gaps are ours."
    return TimelineChart(title, spans, note)


def _spans(attempt: Attempt, *, streamed: bool) -> list[Span]:
    row = attempt.task.id
    spans = [
        Span(
            row,
            call.start,
            call.start + call.seconds,
            call.start + call.first_token if streamed and call.first_token is not None else None,
            "model",
            call.ok,
        )
        for call in attempt.model
    ]
    return spans + [Span(row, call.start, call.start + call.seconds, None, "tools", call.ok) for call in attempt.tools]


def _detail(one: Results, attempt: Attempt) -> Detail:
    made = "\n".join(map(str, attempt.asked)) or "no call"
    state = [] if attempt.state is None else [("left behind", attempt.state)]
    return Detail(
        f"{one.name}: {attempt.task.id}, attempt {attempt.number}: {attempt.faults[0].kind}",
        [
            ("asked", attempt.task.query),
            ("expected", _expected(attempt.task)),
            ("called", made),
            ("answered", attempt.ending.answer or attempt.ending.error),
            *state,
            ("wrong", "\n".join(f"{fault.kind}: {fault.said}" for fault in attempt.faults)),
        ],
    )


def _expected(task: AgentTask) -> str:
    lines = [f"an answer with /{task.says}/"] if task.says else ["an answer"]
    if task.calls is not None:
        how = {"any": "these calls", "same": "these calls, in this order", "among_others": "these calls among others"}
        lines += [f"{how[task.order]}: {', '.join(map(str, task.calls))}" if task.calls else "no call"]
    if task.state:
        lines.append(f"/{task.state.says}/ in what {task.state.tool} returns")
    return "\n".join(lines)


def _facts(results: Sequence[Results], task_set: TaskSet, repeat: int) -> dict[str, str]:
    return {
        **{one.name: f"{one.model} at {one.endpoint}" for one in results},
        "tasks": f"{len(task_set.tasks)}, {task_set.source}",
        "attempts of each": str(repeat),
    }


def _data(one: Results) -> dict[str, object]:
    return {
        "name": one.name,
        "model": one.model,
        "endpoint": one.endpoint,
        "pass_hat": one.pass_hat,
        "attempts": [attempt.as_data() for attempt in one.attempts],
    }


def _first(attempt: Attempt) -> float | None:
    return attempt.model[0].first_token if attempt.model else None


def _turn(attempt: Attempt) -> float:
    return attempt.seconds


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds
