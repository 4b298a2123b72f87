"""The command line. Declares the commands and imports what runs them only when one is called."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.batch_cli import batch
from app.bench_cli import bench
from app.eval_cli import evaluate
from app.robot_cli import robot as robot_commands
from app.robot_option import TakesRobot
from app.serve_cli import serve

app = typer.Typer(
    name="switchyard",
    help="An agent you run yourself: an open model drives MCP tools, from a clock to a robot.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
threads = typer.Typer(help="List, show, delete and continue conversations.", no_args_is_help=True)
app.add_typer(threads, name="threads")
app.add_typer(serve, name="serve")
app.add_typer(robot_commands, name="robot")
app.add_typer(bench, name="bench")
app.add_typer(batch, name="batch")
app.command("eval")(evaluate)


class Output(StrEnum):
    """Forms of the answer on stdout."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


ModelOption = Annotated[str, typer.Option("--model", "-m", help="Served model name, or the name of an endpoint.")]
BaseUrlOption = Annotated[str, typer.Option("--base-url", help="OpenAI-compatible endpoint, up to and including /v1.")]
McpConfigOption = Annotated[Path | None, typer.Option("--mcp-config", help="The mcp.json to use.")]
ToolsOption = Annotated[list[str], typer.Option("--tools", help="Offer only tools that match this server:tool glob.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Every MCP server is required (exit code 5).")]
MaxStepsOption = Annotated[int | None, typer.Option("--max-steps", min=1, help="Model calls allowed in one turn.")]
TimeoutOption = Annotated[
    float | None, typer.Option("--timeout", min=0.1, help="Seconds for the turn (exit code 124).")
]
TraceFileOption = Annotated[
    Path | None, typer.Option("--trace-file", help="Append spans of what happens to this file, as JSON lines.")
]
MetricsPortOption = Annotated[
    int | None, typer.Option("--metrics-port", min=1, max=65535, help="Serve /metrics for Prometheus at this port.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No talk on stderr but errors.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]
RobotOption = Annotated[
    str, typer.Option("--robot", metavar="[PROFILE]", help="Work with a robot: a profile, else the simulated one.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Approve what asks; never what is denied.")]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="Form of the answer on stdout.")]


def wants_debug() -> bool:
    """Whether --debug was given, also where parsing did not get that far."""
    return "--debug" in sys.argv


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"switchyard {version('switchyard')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """An agent you run yourself: an open model drives MCP tools, from a clock to a robot."""


@app.command(cls=TakesRobot)
def run(
    query: Annotated[str, typer.Argument(help="What to ask; - reads it from stdin.")],
    output: OutputOption = Output.TEXT,
    thread: Annotated[str, typer.Option("--thread", "-t", help="Continue this thread.")] = "",
    image: Annotated[list[Path] | None, typer.Option("--image", "-i", help="Show this image to the model.")] = None,
    yes: YesOption = False,
    robot: RobotOption = "",
    model: ModelOption = "",
    base_url: BaseUrlOption = "",
    mcp_config: McpConfigOption = None,
    tools: ToolsOption = [],  # noqa: B006  # typer copies the default
    max_steps: MaxStepsOption = None,
    timeout: TimeoutOption = None,
    strict: StrictOption = False,
    metrics_port: MetricsPortOption = None,
    trace_file: TraceFileOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Ask once and print the answer."""
    from app.commands.run import RunOptions, run_query

    flags = _flags(model, base_url, mcp_config, tools, max_steps, timeout, strict, robot, metrics_port, trace_file)
    options = RunOptions(query, output.value, thread, tuple(image or ()), yes, quiet, debug)
    raise typer.Exit(run_query(options, flags))


@app.command(cls=TakesRobot)
def repl(
    thread: Annotated[str, typer.Option("--thread", "-t", help="Continue this thread.")] = "",
    robot: RobotOption = "",
    model: ModelOption = "",
    base_url: BaseUrlOption = "",
    mcp_config: McpConfigOption = None,
    tools: ToolsOption = [],  # noqa: B006  # typer copies the default
    max_steps: MaxStepsOption = None,
    timeout: TimeoutOption = None,
    strict: StrictOption = False,
    metrics_port: MetricsPortOption = None,
    trace_file: TraceFileOption = None,
    yes: YesOption = False,
    debug: DebugOption = False,
) -> None:
    """Hold a conversation in the terminal."""
    from app.commands.repl import run_repl

    flags = _flags(model, base_url, mcp_config, tools, max_steps, timeout, strict, robot, metrics_port, trace_file)
    raise typer.Exit(run_repl(thread=thread, yes=yes, debug=debug, flags=flags))


@app.command("list-tools", cls=TakesRobot)
def list_tools(
    server: Annotated[str, typer.Option("--server", "-s", help="Only this server.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
    robot: RobotOption = "",
    mcp_config: McpConfigOption = None,
    tools: ToolsOption = [],  # noqa: B006  # typer copies the default
    strict: StrictOption = False,
    debug: DebugOption = False,
) -> None:
    """Show MCP servers, their state and their tools with the policy's verdict."""
    from app.commands.list_tools import run_list_tools

    flags = _flags("", "", mcp_config, tools, None, None, strict, robot)
    raise typer.Exit(run_list_tools(server=server, as_json=as_json, flags=flags))


@app.command(cls=TakesRobot)
def doctor(
    query: Annotated[str, typer.Option("--query", help="Also ask this through the whole agent.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
    robot: RobotOption = "",
    model: ModelOption = "",
    base_url: BaseUrlOption = "",
    mcp_config: McpConfigOption = None,
    debug: DebugOption = False,
) -> None:
    """Check settings, endpoint, tool calling, MCP servers and store, with a hint for what does not work."""
    from app.commands.doctor import run_doctor

    flags = _flags(model, base_url, mcp_config, [], None, None, False, robot)
    raise typer.Exit(run_doctor(query=query, as_json=as_json, flags=flags))


@threads.command("list")
def threads_list(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Show all threads, the latest first."""
    from app.commands.threads import list_threads

    raise typer.Exit(list_threads(as_json=as_json))


@threads.command("show")
def threads_show(
    thread: Annotated[str, typer.Argument(help="Id of the thread.")],
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Print a thread's messages."""
    from app.commands.threads import show_thread

    raise typer.Exit(show_thread(thread, as_json=as_json))


@threads.command("delete")
def threads_delete(thread: Annotated[str, typer.Argument(help="Id of the thread.")]) -> None:
    """Forget a thread."""
    from app.commands.threads import delete_thread

    raise typer.Exit(delete_thread(thread))


@threads.command("resume", cls=TakesRobot)
def threads_resume(
    thread: Annotated[str, typer.Argument(help="Id of the thread.")],
    approve: Annotated[bool, typer.Option("--approve", help="Approve every call that waits.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Reject every call that waits.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; the model reads it.")] = "",
    output: OutputOption = Output.TEXT,
    robot: RobotOption = "",
    model: ModelOption = "",
    base_url: BaseUrlOption = "",
    mcp_config: McpConfigOption = None,
    timeout: TimeoutOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Go on with a thread that waits for approval, or that was cut short."""
    from app.commands.resume import ResumeOptions, resume_thread

    flags = _flags(model, base_url, mcp_config, [], None, timeout, False, robot)
    options = ResumeOptions(thread, output.value, approve, reject, reason, quiet, debug)
    raise typer.Exit(resume_thread(options, flags))


def _flags(
    model: str,
    base_url: str,
    mcp_config: Path | None,
    tools: list[str],
    max_steps: int | None,
    timeout: float | None,
    strict: bool,
    robot: str = "",
    metrics_port: int | None = None,
    trace_file: Path | None = None,
) -> dict[str, dict[str, Any]]:
    """Flags that were given, nested like the settings they override."""
    named: dict[str, dict[str, Any]] = {
        "model": {"name": model or None, "base_url": base_url or None},
        "mcp": {"config": mcp_config, "tools": tools or None, "strict": strict or None},
        "robot": {"profile": robot or None},
        "agent": {"max_steps": max_steps, "timeout": timeout},
        "metrics": {"port": metrics_port, "strict": metrics_port and True},
        "tracing": {"file": trace_file},
    }
    return {
        section: given
        for section, values in named.items()
        if (given := {name: value for name, value in values.items() if value is not None})
    }
