"""``eval``: how well tools are called; progress on stderr, the report on stdout and in files."""

import asyncio
import shlex
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from app.console import printable, say
from app.reports import Report, print_tables, render_csv, render_json, render_markdown, write_report
from app.settings_sources import load_settings
from app.tool_eval.eval_report import make_report
from app.tool_eval.evaluation import Evaluation, evaluate
from app.tool_eval.plan import EvalOptions, Selection, open_candidates, select_cases
from app.tool_eval.scores import tally

_FORMS = {"json": render_json, "markdown": render_markdown, "csv": render_csv}
_SHOWN_FAILURES = 10


def evaluate_tools(
    options: EvalOptions,
    *,
    folder: Path | None,
    form: str,
    min_score: float | None,
    flags: Mapping[str, Mapping[str, Any]],
) -> int:
    """Evaluate and report; returns the exit code, 1 where a model stays under `min_score`."""
    selection = select_cases(options)
    evaluations = asyncio.run(_evaluations(options, selection, flags))
    report = make_report(evaluations, selection, options, _command_line())
    _show(report, form)
    if folder:
        paths = write_report(report, folder)
        say(f"written: {', '.join(map(str, paths))}")
    scores = {one.candidate.name: 100 * (tally("", one.outcomes).own or 0.0) for one in evaluations}
    low = {name: score for name, score in scores.items() if min_score is not None and score < min_score}
    for name, score in low.items():
        say(f"{name} has {score:.1f} %, under the {min_score:g} % that --min-score asks for.")
    return 1 if low else 0


async def _evaluations(
    options: EvalOptions, selection: Selection, flags: Mapping[str, Mapping[str, Any]]
) -> list[Evaluation]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    candidates = await open_candidates(options, load_settings(flags))
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    made: list[Evaluation] = []
    async with AsyncExitStack() as stack:
        for candidate in candidates:
            stack.push_async_callback(candidate.aclose)
        progress = stack.enter_context(Progress(*columns, console=console, transient=True, disable=not _can_draw()))
        for candidate in candidates:
            task = progress.add_task(printable(candidate.name), total=len(selection.cases) * options.mode.repeat)
            made.append(
                await evaluate(candidate, selection.cases, options.mode, lambda _, task=task: progress.advance(task))
            )
    return made


def _show(report: Report, form: str) -> None:
    if form in _FORMS:
        print(_FORMS[form](report), end="")
        return
    from rich.console import Console

    console = Console()
    print_tables(console, report)
    for detail in report.details[:_SHOWN_FAILURES]:
        console.print(f"\n{printable(detail.title)}", style="bold", markup=False, highlight=False)
        for label, text in detail.parts:
            told = printable(text).replace("\n", f"\n{' ' * 18}")
            console.print(f"  {label + ':':<16}{told}", markup=False, highlight=False, soft_wrap=True)
    if len(report.details) > _SHOWN_FAILURES:
        say(f"{len(report.details) - _SHOWN_FAILURES} more failures: --out FOLDER writes all of them into report.html.")


def _can_draw() -> bool:
    return sys.stderr.isatty()


def _command_line() -> str:
    return shlex.join(["python", "-m", "app", *sys.argv[1:]])
