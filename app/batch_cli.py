"""The commands of ``batch``, apart from the others because it has a worker beside it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.default_command import starting_with

batch = typer.Typer(
    cls=starting_with("run"),
    help="Answer many queries: `batch IN OUT`; a run that ended early goes on where it stopped.",
    no_args_is_help=True,
)

Input = Annotated[
    Path, typer.Argument(metavar="IN", help="JSONL: {id?, query or messages, thread?, model?, images?}; - reads stdin.")
]
Results = Annotated[Path, typer.Argument(metavar="OUT", help="JSONL of answers, as they come; also says what is done.")]
Concurrency = Annotated[int, typer.Option("--concurrency", "-c", min=1, max=1000, help="Items at once.")]
Retries = Annotated[int, typer.Option("--retries", min=0, help="More attempts when an endpoint does not answer.")]
Queue = Annotated[str, typer.Option("--queue", metavar="URL", envvar="BATCH_QUEUE", help="PostgreSQL of the workers.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve what asks; never what is denied.")]
KeepThreads = Annotated[bool, typer.Option("--keep-threads", help="Keep the thread of every answer.")]
Stream = Annotated[bool, typer.Option("--stream", help="Ask for answers piece by piece; costs CPU.")]
Model = Annotated[str, typer.Option("--model", "-m", help="Served model name, or the name of an endpoint.")]
BaseUrl = Annotated[str, typer.Option("--base-url", help="OpenAI-compatible endpoint, up to and including /v1.")]
McpConfig = Annotated[Path | None, typer.Option("--mcp-config", help="The mcp.json to use.")]
Tools = Annotated[list[str], typer.Option("--tools", help="Offer only tools that match this server:tool glob.")]
Strict = Annotated[bool, typer.Option("--strict", help="Every MCP server is required (exit code 5).")]
MaxSteps = Annotated[int | None, typer.Option("--max-steps", min=1, help="Model calls allowed for one item.")]
Timeout = Annotated[float | None, typer.Option("--timeout", min=0.1, help="Seconds for one item.")]
TraceFile = Annotated[
    Path | None, typer.Option("--trace-file", help="Append spans of what happens to this file, as JSON lines.")
]
MetricsPort = Annotated[
    int | None, typer.Option("--metrics-port", min=1, max=65535, help="Serve /metrics for Prometheus at this port.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@batch.command("run")
def run_batch(
    source: Input,
    results: Results,
    concurrency: Concurrency = 16,
    retries: Retries = 3,
    failures: Annotated[
        Path | None, typer.Option("--failures", help="JSONL of what failed [default: OUT with .failures.jsonl].")
    ] = None,
    give_up_after: Annotated[
        int, typer.Option("--give-up-after", min=0, help="Stop when so many items in a row failed; 0 never stops.")
    ] = 50,
    queue: Queue = "",
    yes: Yes = False,
    keep_threads: KeepThreads = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
    stream: Stream = False,
    model: Model = "",
    base_url: BaseUrl = "",
    mcp_config: McpConfig = None,
    tools: Tools = [],  # noqa: B006  # typer copies the default
    max_steps: MaxSteps = None,
    timeout: Timeout = None,
    strict: Strict = False,
    metrics_port: MetricsPort = None,
    trace_file: TraceFile = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Answer all items of a file; `batch IN OUT` is short for it."""
    from app.commands.batch import BatchOptions, run_items

    options = BatchOptions(
        source, results, failures, concurrency, retries, give_up_after, yes, keep_threads, as_json, quiet, queue
    )
    flags = _flags(model, base_url, mcp_config, tools, max_steps, timeout, strict, stream, metrics_port, trace_file)
    raise typer.Exit(run_items(options, flags))


@batch.command()
def worker(
    queue: Queue,
    concurrency: Concurrency = 16,
    retries: Retries = 3,
    yes: Yes = False,
    keep_threads: KeepThreads = False,
    stream: Stream = False,
    model: Model = "",
    base_url: BaseUrl = "",
    mcp_config: McpConfig = None,
    tools: Tools = [],  # noqa: B006  # typer copies the default
    max_steps: MaxSteps = None,
    timeout: Timeout = None,
    strict: Strict = False,
    metrics_port: MetricsPort = None,
    trace_file: TraceFile = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run items of all batches that were given the same --queue, until it is stopped."""
    from app.commands.batch_worker import WorkerOptions, run_worker

    flags = _flags(model, base_url, mcp_config, tools, max_steps, timeout, strict, stream, metrics_port, trace_file)
    raise typer.Exit(run_worker(WorkerOptions(queue, concurrency, retries, yes, keep_threads, quiet), flags))


def _flags(
    model: str,
    base_url: str,
    mcp_config: Path | None,
    tools: list[str],
    max_steps: int | None,
    timeout: float | None,
    strict: bool,
    stream: bool,
    metrics_port: int | None,
    trace_file: Path | None,
) -> dict[str, dict[str, Any]]:
    """Flags that were given, nested like the settings they override."""
    named: dict[str, dict[str, Any]] = {
        "model": {"name": model or None, "base_url": base_url or None, "stream": stream},
        "mcp": {"config": mcp_config, "tools": tools or None, "strict": strict or None},
        "agent": {"max_steps": max_steps, "timeout": timeout},
        "metrics": {"port": metrics_port, "strict": metrics_port and True},
        "tracing": {"file": trace_file},
    }
    return {
        section: {name: value for name, value in values.items() if value is not None}
        for section, values in named.items()
    }
