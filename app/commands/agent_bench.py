"""``bench agent``: tasks through the agent, one after another; progress on stderr, the report on stdout."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.agent_bench.agent_report import build_report
from app.agent_bench.attempt import Attempt
from app.agent_bench.contender import Contender, contenders
from app.agent_bench.results import Results
from app.agent_bench.task import AgentTask, TaskSet
from app.agent_bench.task_file import load_tasks
from app.agent_bench.trial import Trial
from app.commands.give_report import command_line, give_report
from app.commands.one_shot import ask_for_trust
from app.console import can_ask, printable, say, shortened, warn
from app.errors import UsageError
from app.settings import SettingsTree
from app.settings_sources import load_settings
from app.shipped import shipped


@dataclass(frozen=True, kw_only=True)
class AgentBenchOptions:
    """The flags of ``bench agent`` that are not settings."""

    endpoints: Sequence[str] = ()
    models: Sequence[str] = ()
    tasks: Path | None = None
    only: Sequence[str] = ()
    repeat: int = 1
    yes: bool = False
    min_score: float | None = None


def measure_agent(
    options: AgentBenchOptions, *, folder: Path | None, form: str, flags: Mapping[str, Mapping[str, Any]]
) -> int:
    """Run all tasks with all models and report; 1 where one never answered, or stays under `min_score`.

    Raises:
        SwitchyardError: Something that was asked for cannot be measured.
    """
    task_set = _chosen(load_tasks(options.tasks), options.only)
    settings = _on_own_tools(load_settings(flags), task_set)
    rivals = contenders(settings, endpoints=options.endpoints, models=options.models)
    results = asyncio.run(_measure(rivals, task_set, options))
    give_report(build_report(results, task_set, options.repeat, command_line()), folder, form)
    low = [one for one in results if options.min_score is not None and 100 * one.pass_hat[0] < options.min_score]
    for one in low:
        say(f"{one.name} has {100 * one.pass_hat[0]:.1f} %, under the {options.min_score:g} % of --min-score.")
    return 0 if not low and all(one.ended for one in results) else 1


def _chosen(task_set: TaskSet, only: Sequence[str]) -> TaskSet:
    """The set with the tasks of these ids alone, if any are given."""
    known = [task.id for task in task_set.tasks]
    if missing := next((name for name in only if name not in known), ""):
        raise UsageError(f"there is no task '{missing}'.", hint=f"There are: {', '.join(known)}.")
    tasks = tuple(task for task in task_set.tasks if task.id in only) if only else task_set.tasks
    return TaskSet(tasks=tasks, source=task_set.source, variables=task_set.variables, harmless=task_set.harmless)


def _on_own_tools(settings: SettingsTree, task_set: TaskSet) -> SettingsTree:
    """The tasks that come along are about the servers that come along, whatever the working directory has."""
    if not task_set.harmless:
        return settings
    if settings.mcp.config is not None:
        raise UsageError(
            "the tasks that come along need the servers that come along.", hint="Name tasks of yours with --tasks."
        )
    mcp = settings.mcp.model_copy(update={"config": shipped("mcp.json")})
    return settings.model_copy(update={"mcp": mcp})


async def _measure(rivals: Sequence[Contender], task_set: TaskSet, options: AgentBenchOptions) -> list[Results]:
    asks = ask_for_trust if can_ask() else None
    trials = [
        Trial(contender=one, task_set=task_set, approve_all=options.yes or task_set.harmless, ask_for_trust=asks)
        for one in rivals
    ]
    return [await _results(trial, options.repeat) for trial in trials]


async def _results(trial: Trial, repeat: int) -> Results:
    model, endpoint = await trial.warm_up(warn)
    name = trial.contender.name or model
    attempts: list[Attempt] = []
    for task in trial.task_set.tasks:
        for number in range(1, repeat + 1):
            attempt = await trial.attempt(task, number)
            attempts.append(attempt)
            _tell(name, task, attempt, say)
    streamed = trial.contender.settings.model.stream
    return Results(name=name, model=model, endpoint=endpoint, streamed=streamed, attempts=attempts)


def _tell(name: str, task: AgentTask, attempt: Attempt, tell: Callable[[str], None]) -> None:
    verdict = "right" if attempt.right else f"wrong, {attempt.faults[0].kind}: {attempt.faults[0].said}"
    tell(shortened(printable(f"{name}: {task.id} {attempt.number}: {attempt.seconds:.2f} s, {verdict}"), 140))
