"""``bench``: measure model servers, keep the run, show it; ``bench compare | list | show``."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from app.bench.bench_report import build_report, machine_facts, request_table
from app.bench.comparison import build_comparison
from app.bench.measure import BuiltinEngine, Engine, measure_plan
from app.bench.phase import PhaseResult
from app.bench.plan import Plan, PlanOptions, make_plan
from app.bench.run_record import RunRecord
from app.bench.run_store import RunStore, new_run_id
from app.commands.give_report import command_line, give_report
from app.console import printable, say, shortened
from app.errors import SwitchyardError
from app.paths import state_folder
from app.reports import Report, write_report
from app.settings import SettingsTree
from app.settings_sources import load_settings


def measure(options: PlanOptions, *, name: str, folder: Path | None, form: str) -> int:
    """Measure, keep and show; 1 when some endpoint gave no answer at all.

    Raises:
        SwitchyardError: Something that was asked for cannot be measured.
    """
    settings = load_settings()
    if options.offline:
        from app.bench.offline import check_profiles, serving_python

        check_profiles(options.offline)
        serving_python(settings)
    engine = _engine(options, settings)
    plan = asyncio.run(make_plan(options, settings))
    facts = machine_facts() | _facts(plan)
    results = asyncio.run(measure_plan(plan, engine, say))
    results += _offline(plan, settings)
    if not results:
        raise SwitchyardError("nothing could be measured.", hint="The lines above say why.")
    command = command_line()
    run = RunRecord(id=new_run_id(), name=name, command=command, facts=facts, results=results)
    _store(settings).add(run)
    _show(run, folder, form)
    say(f"kept as run {run.id}; `bench compare {run.id} OTHER` sets another beside it.")
    return 0 if all(result.answered for result in results) else 1


def compare_runs(first: str, second: str, *, folder: Path | None, form: str) -> int:
    """Show what changed from one run to another.

    Raises:
        UsageError: There is no such run, or nothing to compare.
    """
    store = _store(load_settings())
    command = command_line()
    give_report(build_comparison(store.find(first), store.find(second), command), folder, form)
    return 0


def show_run(run: str, *, folder: Path | None, form: str) -> int:
    """Show a run that was kept.

    Raises:
        UsageError: There is no such run.
    """
    _show(_store(load_settings()).find(run), folder, form)
    return 0


def list_runs(*, as_json: bool) -> int:
    """Print the runs, the latest first."""
    lines = _store(load_settings()).all()
    if as_json:
        print(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=2))
    else:
        for line in lines:
            when = line.made_at[:16].replace("T", " ")
            print(f"{line.id}  {when}  {printable(line.name or shortened(line.command, 80))}")
    return 0


def _engine(options: PlanOptions, settings: SettingsTree) -> Engine:
    if options.engine == "evalscope":
        from app.bench.evalscope_engine import EvalscopeEngine

        return EvalscopeEngine(settings.bench, max_tokens=options.max_tokens, timeout=options.timeout)
    return BuiltinEngine(max_tokens=options.max_tokens, timeout=options.timeout)


def _offline(plan: Plan, settings: SettingsTree) -> list[PhaseResult]:
    from app.bench.offline import measure_offline

    return [result for name in plan.options.offline for result in measure_offline(name, plan, settings, say)]


def _facts(plan: Plan) -> dict[str, str]:
    models = {target.name: target.model for target in plan.targets}
    named = {"models": ", ".join(f"{name}: {Path(model).name}" for name, model in models.items())} if models else {}
    return {
        "engine": plan.options.engine,
        "prompts": f"{len(plan.prompts)} in turn, at most {plan.options.max_tokens} tokens each",
        **named,
    }


def _store(settings: SettingsTree) -> RunStore:
    return RunStore(state_folder(settings.storage) / "bench.sqlite")


def _show(run: RunRecord, folder: Path | None, form: str) -> None:
    give_report(build_report(run), folder, form)
    if folder:
        requests = Report(title=run.name, made_with=run.command, tables=[request_table(run.results)])
        write_report(requests, folder, "requests", ["csv"])
