"""Evaluations as a report: who calls tools how well, where it fails, and what came in place of what was expected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.reports import Bar, BarChart, Chart, Column, Detail, LineChart, Report, Series, Table
from app.tool_eval.evaluation import Evaluation, Mode
from app.tool_eval.interview import Exchange, Outcome
from app.tool_eval.outcome_json import as_data
from app.tool_eval.plan import EvalOptions, Selection
from app.tool_eval.scores import (
    Tally,
    by_category,
    by_language,
    fault_kinds,
    macro_average,
    pass_hat,
    rates,
    tally,
)

_ALL = "all"
_SCORES = (Column("model", "%"), Column("agent", "%"), Column("saved"), Column("lost"))
_RANKED = (*(replace(column, better="higher") for column in _SCORES[:2]), *_SCORES[2:])
"""The same where a row is an endpoint, so that the best of them can be marked."""


def make_report(
    evaluations: Sequence[Evaluation], selection: Selection, options: EvalOptions, made_with: str
) -> Report:
    """The report of one run of the command."""
    tables = [_summary(evaluations)]
    tables += [_categories(one, len(evaluations) > 1) for one in evaluations]
    tables += [_parts(evaluations), _kinds(evaluations)]
    tables += [_languages(evaluations)] if any(case.language for case in selection.cases) else []
    if options.mode.repeat > 1:
        tables.append(_pass_table(evaluations))
    return Report(
        title="Tool calling",
        made_with=made_with,
        tables=tables,
        charts=_charts(evaluations, options.mode),
        notes=_notes(evaluations, selection, options),
        details=[detail for one in evaluations for detail in _failures(one, len(evaluations) > 1)],
        facts=_facts(evaluations, selection, options),
        data={"evaluations": [as_data(one) for one in evaluations]},
    )


def _summary(evaluations: Sequence[Evaluation]) -> Table:
    rows: list[list[Any]] = []
    for one in evaluations:
        whole, tallies = tally(_ALL, one.outcomes), by_category(one.outcomes)
        macro = macro_average(tallies, _own)
        rows.append([one.candidate.name, whole.asked, *_scores(whole), _percent(macro), whole.skipped, whole.seconds])
    columns = [*_RANKED, Column("mean of categories", "%"), Column("skipped"), Column("median", "s", 2)]
    note = "model: as it came. agent: after our router's repairs. saved: right only after them. lost: wrong after them."
    return Table("Scores", ["endpoint", Column("asked"), *columns], rows, note)


def _categories(one: Evaluation, named: bool) -> Table:
    rows = [[found.name, found.asked, *_scores(found), found.seconds] for found in by_category(one.outcomes)]
    title = f"By category: {one.candidate.name}" if named else "By category"
    return Table(title, ["category", Column("asked"), *_SCORES, Column("median", "s", 2)], rows)


def _languages(evaluations: Sequence[Evaluation]) -> Table:
    rows = [
        [one.candidate.name, found.name, found.asked, *_scores(found)]
        for one in evaluations
        for found in by_language(one.outcomes)
    ]
    return Table("By language", ["endpoint", "language", Column("asked"), *_SCORES], rows)


def _parts(evaluations: Sequence[Evaluation]) -> Table:
    rows: list[list[Any]] = []
    for one in evaluations:
        found = rates(one.outcomes)
        shares = (found.parsed, found.known, found.fitting, found.precision, found.recall, found.f1, found.leaked)
        parser = one.parser
        counted = [parser.with_call, parser.without_call] if parser else [None, None]
        tokens = [found.prompt_tokens, found.output_tokens]
        rows.append([one.candidate.name, *map(_percent, shares), *tokens, *(_whole(count) for count in counted)])
    headed = ["JSON", "known tool", "fits schema", "precision", "recall", "F1", "leaks"]
    columns = [Column(name, "%") for name in headed]
    counts = [Column("tokens in"), Column("tokens out"), Column("parser: call"), Column("parser: none")]
    note = (
        "JSON, known tool, fits schema: of all calls. precision, recall: a call came where one was wanted. leaks: "
        "replies with a call left in the text. parser: vllm:tool_call_parser_invocations_total, which counts each "
        "piece while it streams."
    )
    return Table("Parts of the verdict", ["endpoint", *columns, *counts], rows, note)


def _kinds(evaluations: Sequence[Evaluation]) -> Table:
    counted = {one.candidate.name: dict(fault_kinds(one.outcomes)) for one in evaluations}
    kinds = dict.fromkeys(kind for counts in counted.values() for kind in counts)
    rows = [[kind, *(counts.get(kind, 0) for counts in counted.values())] for kind in kinds]
    return Table("What failed first", ["fault", *(Column(name) for name in counted)], rows)


def _pass_table(evaluations: Sequence[Evaluation]) -> Table:
    rows: list[list[Any]] = []
    for one in evaluations:
        own = pass_hat(one.outcomes, lambda outcome: not outcome.own)
        agent = pass_hat(one.outcomes, lambda outcome: not outcome.agent)
        pairs = enumerate(zip(own, agent, strict=True), 1)
        rows += [[one.candidate.name, k, _percent(model), _percent(ours)] for k, (model, ours) in pairs]
    note = "pass^k: the chance that k attempts of a case are all right."
    return Table("pass^k", ["endpoint", Column("k"), *_SCORES[:2]], rows, note)


def _charts(evaluations: Sequence[Evaluation], mode: Mode) -> list[Chart]:
    if len(evaluations) > 1:
        charts: list[Chart] = [
            _category_chart(f"Right by category, {who}", evaluations, ((share, ""),))
            for who, share in (("model", _own), ("agent", _agent))
        ]
    else:
        charts = [_category_chart("Right by category", evaluations, ((_own, ", model"), (_agent, ", agent")))]
    if mode.repeat > 1:
        series = [
            Series(one.candidate.name, [(float(k), 100 * value) for k, value in enumerate(_own_hat(one), 1)])
            for one in evaluations
        ]
        charts.append(LineChart("All of k attempts right", "k", "%", series))
    return charts


def _category_chart(
    title: str, evaluations: Sequence[Evaluation], shares: Sequence[tuple[Callable[[Tally], float | None], str]]
) -> BarChart:
    bars = [
        Bar(found.name, _percent(share(found)), group=f"{one.candidate.name}{who}")
        for one in evaluations
        for found in by_category(one.outcomes)
        for share, who in shares
    ]
    return BarChart(title, "%", bars, digits=0, wide=True)


def _own(found: Tally) -> float | None:
    return found.own


def _agent(found: Tally) -> float | None:
    return found.agent


def _own_hat(one: Evaluation) -> list[float]:
    return pass_hat(one.outcomes, lambda outcome: not outcome.own)


def _failures(one: Evaluation, named: bool) -> list[Detail]:
    return [_detail(one, outcome, named) for outcome in one.outcomes if outcome.own or outcome.agent]


def _detail(one: Evaluation, outcome: Outcome, named: bool) -> Detail:
    case, last = outcome.case, _telling(outcome)
    verdict = "saved by the agent" if not outcome.agent else "lost by the agent" if not outcome.own else "failed"
    who = f"{one.candidate.name}: " if named else ""
    attempt = f", attempt {outcome.attempt}" if outcome.attempt > 1 else ""
    faults = outcome.own or outcome.agent
    parts = [
        ("asked", last.turn.user or case.asked),
        ("expected", str(last.turn.expect)),
        ("came", str(last.reply)),
        ("wrong", "\n".join(f"{fault.kind}: {fault.said}" for fault in faults)),
    ]
    if last.read.calls != last.reply.calls:
        parts.append(("the agent reads", str(last.read)))
    return Detail(f"{who}{case.category} / {case.id}{attempt}: {verdict}, {faults[0].kind}", parts)


def _telling(outcome: Outcome) -> Exchange:
    """The exchange in which it first went wrong."""
    return next(exchange for exchange in outcome.exchanges if exchange.own or exchange.agent)


def _notes(evaluations: Sequence[Evaluation], selection: Selection, options: EvalOptions) -> list[str]:
    notes = list(selection.notes)
    notes.append(
        "Replies were streamed, as the agent asks for them unless MODEL__STREAM=false."
        if options.mode.stream
        else "Replies came whole (--whole); parsers read streams in another way."
    )
    if any(outcome.skipped for one in evaluations for outcome in one.outcomes):
        notes.append("Skipped cases ask for what the embedded model does not know, such as a call that is required.")
    if options.mode.repeat > 1 and options.sampling.temperature == 0:
        notes.append("At temperature 0 attempts hardly differ; --temperature 0.7 shows how steady a model is.")
    return notes


def _facts(evaluations: Sequence[Evaluation], selection: Selection, options: EvalOptions) -> Mapping[str, str]:
    mode, sampling = options.mode, options.sampling
    temperature = "the server's" if sampling.temperature is None else f"{sampling.temperature:g}"
    return {
        **{one.candidate.name: f"{one.candidate.model} at {one.candidate.place}" for one in evaluations},
        "cases": f"{len(selection.cases)}, {selection.source}",
        "attempts": str(mode.repeat),
        "temperature": temperature,
        "at once": str(mode.concurrency),
    }


def _scores(found: Tally) -> list[Any]:
    return [_percent(found.own), _percent(found.agent), found.saved, found.lost]


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _whole(count: float | None) -> int | None:
    return None if count is None else int(count)
