"""The commands of ``bench``, apart from the others as those of ``serve`` are."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.default_command import starting_with

bench = typer.Typer(
    cls=starting_with("run", alone=True),
    help="Measure model servers side by side; `bench` alone measures the one that `run` would use.",
)


class Protocol(StrEnum):
    """How requests follow each other."""

    SINGLE = "single"
    CONCURRENT = "concurrent"
    BOTH = "both"
    NONE = "none"


class Engine(StrEnum):
    """What sends the requests."""

    BUILTIN = "builtin"
    EVALSCOPE = "evalscope"


class Form(StrEnum):
    """Forms of the report on stdout."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


EndpointOption = Annotated[
    list[str] | None,
    typer.Option("--endpoint", "-e", metavar="NAME=URL[,model=...]", help="A server to measure; can be repeated."),
]
EndpointsFile = Annotated[
    Path | None, typer.Option("--endpoints", help="YAML file of servers [default: benchmarks/endpoints.yaml].")
]
Requests = Annotated[int, typer.Option("--requests", "-n", min=1, help="Requests of a protocol.")]
Concurrency = Annotated[int, typer.Option("--concurrency", "-c", min=1, help="Requests at once, when concurrent.")]
Sweep = Annotated[str, typer.Option("--sweep", metavar="1,2,4,8", help="Also measure with so many requests at once.")]
Prompts = Annotated[Path | None, typer.Option("--prompts", help="YAML or JSONL file of prompts.")]
MaxTokens = Annotated[int, typer.Option("--max-tokens", min=1, help="Most tokens of one answer.")]
Offline = Annotated[
    list[str] | None,
    typer.Option("--offline", metavar="PROFILE", help="Also without a server: vLLM's batch and transformers."),
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for report.html, .md, .csv, .json and requests.csv.")]
Title = Annotated[str, typer.Option("--name", help="Name of the run, for `bench compare`.")]
RequestTimeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds for one request.")]
Folder = Annotated[Path | None, typer.Option("--out", help="Folder for report.html, .md, .csv and .json.")]
Models = Annotated[list[str] | None, typer.Option("--model", "-m", help="A model by its name; can be repeated.")]
BaseUrl = Annotated[str, typer.Option("--base-url", help="OpenAI-compatible endpoint, up to and including /v1.")]
Tasks = Annotated[Path | None, typer.Option("--tasks", help="YAML or JSONL file of tasks; without it our own.")]
TaskIds = Annotated[list[str] | None, typer.Option("--task", help="Only this task; can be repeated.")]
Repeat = Annotated[int, typer.Option("--repeat", "-k", min=1, help="Attempts of each task, for pass^k.")]
McpConfig = Annotated[Path | None, typer.Option("--mcp-config", help="The mcp.json to use.")]
MaxSteps = Annotated[int | None, typer.Option("--max-steps", min=1, help="Model calls allowed in one turn.")]
TurnTimeout = Annotated[float | None, typer.Option("--timeout", min=0.1, help="Seconds for one turn.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve what asks; our own tasks need no approval.")]
MinScore = Annotated[float | None, typer.Option("--min-score", min=0, max=100, help="Under this percentage: exit 1.")]
FormOption = Annotated[Form, typer.Option("--output", "-o", help="Form of the report on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@bench.command("run")
def run_bench(
    endpoint: EndpointOption = None,
    endpoints: EndpointsFile = None,
    protocol: Annotated[
        Protocol, typer.Option("--protocol", help="One after another, at once, or both.")
    ] = Protocol.BOTH,
    requests: Requests = 5,
    concurrency: Concurrency = 5,
    sweep: Sweep = "",
    prompts: Prompts = None,
    max_tokens: MaxTokens = 128,
    engine: Annotated[Engine, typer.Option("--engine", help="What sends the requests.")] = Engine.BUILTIN,
    offline: Offline = None,
    timeout: RequestTimeout = 300.0,
    name: Title = "",
    out: Out = None,
    output: FormOption = Form.TEXT,
    debug: Debug = False,
) -> None:
    """Measure servers; `bench --endpoint ...` is short for it."""
    from app.bench.plan import PlanOptions
    from app.commands.bench import measure

    options = PlanOptions(
        endpoints=tuple(endpoint or ()),
        endpoints_file=endpoints,
        protocol=protocol.value,
        requests=requests,
        concurrency=concurrency,
        sweep=sweep,
        prompts=prompts,
        max_tokens=max_tokens,
        engine=engine.value,
        offline=tuple(offline or ()),
        timeout=timeout,
    )
    raise typer.Exit(measure(options, name=name, folder=out, form=output.value))


@bench.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="Id or name of a run.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Id or name of the run to set beside it.")],
    out: Out = None,
    output: FormOption = Form.TEXT,
    debug: Debug = False,
) -> None:
    """Show what changed from one run to another, as ratios B/A."""
    from app.commands.bench import compare_runs

    raise typer.Exit(compare_runs(first, second, folder=out, form=output.value))


@bench.command("list")
def list_runs(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Show the runs that were kept, the latest first."""
    from app.commands.bench import list_runs

    raise typer.Exit(list_runs(as_json=as_json))


@bench.command()
def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id or name of a run.")],
    out: Out = None,
    output: FormOption = Form.TEXT,
    debug: Debug = False,
) -> None:
    """Show the report of a run again."""
    from app.commands.bench import show_run

    raise typer.Exit(show_run(run, folder=out, form=output.value))


@bench.command()
def agent(
    endpoint: EndpointOption = None,
    model: Models = None,
    base_url: BaseUrl = "",
    tasks: Tasks = None,
    task: TaskIds = None,
    repeat: Repeat = 1,
    mcp_config: McpConfig = None,
    max_steps: MaxSteps = None,
    timeout: TurnTimeout = None,
    yes: Yes = False,
    min_score: MinScore = None,
    out: Folder = None,
    output: FormOption = Form.TEXT,
    debug: Debug = False,
) -> None:
    """Measure the agent end to end: tasks with real MCP servers, the time they take, and whether they get done."""
    from app.commands.agent_bench import AgentBenchOptions, measure_agent

    options = AgentBenchOptions(
        endpoints=tuple(endpoint or ()),
        models=tuple(model or ()),
        tasks=tasks,
        only=tuple(task or ()),
        repeat=repeat,
        yes=yes,
        min_score=min_score,
    )
    given: dict[str, dict[str, Any]] = {
        "model": {"base_url": base_url or None},
        "mcp": {"config": mcp_config},
        "agent": {"max_steps": max_steps, "timeout": timeout},
    }
    flags = {
        section: {name: value for name, value in values.items() if value is not None}
        for section, values in given.items()
    }
    raise typer.Exit(measure_agent(options, folder=out, form=output.value, flags=flags))
