"""One typed tree of settings. The docstring under a field is its documentation.

Sources, strongest first: flags, environment, ``.env``, defaults. Nested names use two underscores
(``MODEL__BASE_URL``). ``.env.example`` and ``docs/settings.md`` are generated from this file.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

Placement = Literal["user", "tool", "off"]
Url = Annotated[str, StringConstraints(pattern=r"^https?://")]


class _Section(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)


class Endpoint(_Section):
    """One OpenAI-compatible server."""

    base_url: Url
    """Address up to and including `/v1`."""
    model: str = ""
    """Served model name; empty asks the server."""
    api_key: SecretStr = SecretStr("")
    """Key sent as bearer token; empty sends `EMPTY`."""
    images: Placement | None = None
    """`off` for a model that cannot see; unset takes `MODEL__IMAGES`."""


class ModelSettings(_Section):
    """Which chat model answers, and how it is asked."""

    base_url: Url | None = None
    """Address of an OpenAI-compatible server, up to and including `/v1`. Unset means a server that
    `serve` started, else the embedded model."""
    name: str = ""
    """Served model name; empty takes the endpoint's first. `embedded` is the model that comes with Switchyard."""
    api_key: SecretStr = SecretStr("")
    """Key for `base_url`. A key alone never names an endpoint."""
    endpoints: dict[str, Endpoint] = Field(default_factory=dict[str, Endpoint])
    """Several endpoints by name, as JSON; `--model NAME` picks one."""
    fallbacks: list[str] = Field(default_factory=list[str])
    """Names that take over, in order, when the first fails before its first token. `embedded` is allowed."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """Sampling temperature; unset leaves it to the server."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Most tokens of one answer; unset leaves it to the server."""
    connect_timeout: float = Field(default=3.0, gt=0)
    """Seconds to wait for a connection to the endpoint."""
    timeout: float = Field(default=300.0, gt=0)
    """Seconds to wait for the next piece of an answer."""
    images: Placement = "user"
    """Where images of tool results go: a user message after them, the tool message itself, or nowhere (`off`, for a
    model that cannot see)."""
    images_kept: int = Field(default=2, ge=1)
    """The last images of tool results that always stay in the prompt; older ones leave, this many at a time."""
    image_side: int = Field(default=640, ge=28)
    """Pixels that the longer side of such an image has at most when it is sent; the file stays as it is."""
    stream: bool = True
    """Whether answers are asked for piece by piece. `batch` asks for whole answers, which costs half the CPU; then
    `timeout` bounds the whole answer."""


class AgentSettings(_Section):
    """How a turn runs."""

    max_steps: int = Field(default=25, ge=1)
    """Model calls allowed in one turn."""
    timeout: float | None = Field(default=None, gt=0)
    """Seconds of wall time for one turn; unset means no limit."""
    system_prompt: Path | None = None
    """File that replaces the shipped system prompt."""
    policy: Path | None = None
    """Policy file; unset takes policy.toml of the working directory, else the shipped one."""


class McpSettings(_Section):
    """How MCP servers are reached."""

    config: Path | None = None
    """The mcp.json to use; unset takes the working directory's (trusted once per content), else the shipped one."""
    init_timeout: float = Field(default=30.0, gt=0)
    """Seconds a server may take to start and answer `initialize`."""
    call_timeout: float = Field(default=120.0, gt=0)
    """Seconds one tool call may take; a server's own `timeout` in mcp.json wins."""
    result_limit: int = Field(default=16_000, ge=200)
    """Characters of a tool result shown to the model; the whole goes to a file."""
    tools: list[str] = Field(default_factory=list[str])
    """`server:tool` globs; when given, only matching tools are offered."""
    strict: bool = False
    """Treat every server as required: one that fails ends the run with exit code 5."""


class StorageSettings(_Section):
    """Where threads, the journal, logs and long outputs are kept."""

    home: Path = Path("~/.local/state/switchyard")
    """Folder of the thread database, server logs and output files."""
    postgres: SecretStr | None = None
    """PostgreSQL connection string for threads and journal instead of SQLite (needs the extra `postgres`)."""


class ServingSettings(_Section):
    """How `serve` starts vLLM."""

    vllm: str = ""
    """Command that runs vLLM, such as `/opt/vllm/bin/vllm`; unset takes `vllm` of PATH, else what `--install` made."""
    start_timeout: float = Field(default=1800.0, gt=0)
    """Seconds a server may take to be ready; large models are downloaded in that time."""


class MetricsSettings(_Section):
    """What Prometheus may read of `run`, `repl`, `batch`, its workers and `threads resume` while they run."""

    port: int | None = Field(default=None, ge=1, le=65535)
    """Port of `/metrics`; unset serves none. `--metrics-port` wins over it."""
    host: str = "127.0.0.1"
    """Address to listen on; the page is open to whoever reaches it."""
    strict: bool = False
    """A port that cannot be used ends the program (exit code 2) instead of costing a warning. `--metrics-port` implies
    it."""
    file: Path | None = None
    """File that gets the counts when the program ends, in the form of node_exporter's textfile collector: for programs
    too short to be asked."""


class TracingSettings(_Section):
    """Where spans of what the agent does go, beside a collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names."""

    file: Path | None = None
    """File that spans are appended to, one JSON object on a line; unset writes none. `--trace-file` wins over it."""
    content: bool = False
    """Whether spans hold prompts, arguments, results and answers. Secrets that are known or look like some are masked;
    what else is in a conversation is not."""
    flush: float = Field(default=2.0, ge=0)
    """Seconds that the end of a program may wait for a collector to take the last spans."""


class LogSettings(_Section):
    """What `run`, `repl`, `batch`, its workers and `threads resume` write for machines to read, secrets masked."""

    format: Literal["off", "json"] = "off"
    """`json` writes one object a line on stderr, in place of what would be said to a person."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is written. Of libraries, warnings and errors; everything with `debug`."""
    file: Path | None = None
    """File that the lines are added to instead, with stderr left to people; implies `json`."""


class TerminalSettings(_Section):
    """What a terminal is shown beside text."""

    images: Literal["auto", "off"] = "auto"
    """Images of tools, inline in terminals that can (kitty, Ghostty, iTerm2, WezTerm, mintty), never in a pipe; their
    paths are shown always."""


class RobotSettings(_Section):
    """Which robot is worked with, and how far."""

    profile: str = ""
    """Profile of the robot: a name of `robots/*.yaml` or a path. Unset means no robot."""
    tools: Literal["auto", "simple", "ros", "all"] = "auto"
    """What the model gets: `simple` closed-loop tools, `ros` for ros-mcp-server, `all` for both. `auto` gives the
    embedded model the simple ones and every other model all."""
    mode: Literal["normal", "read-only", "dry-run"] = "normal"
    """What the guard lets through: with `read-only` no command, with `dry-run` it answers as if it had."""
    servers: list[str] = Field(default_factory=lambda: ["ros", "robot"])
    """Names in mcp.json of the servers that reach the robot; their calls are guarded, and no others."""


class BenchSettings(_Section):
    """What `bench` measures with."""

    evalscope_python: Path | None = None
    """Python of an environment with evalscope, for `--engine evalscope`; unset takes our own (extra `bench`)."""


class SettingsTree(_Section):
    """All settings, already read and checked."""

    model: ModelSettings = ModelSettings()
    agent: AgentSettings = AgentSettings()
    mcp: McpSettings = McpSettings()
    storage: StorageSettings = StorageSettings()
    serving: ServingSettings = ServingSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()
    robot: RobotSettings = RobotSettings()
    terminal: TerminalSettings = TerminalSettings()
    bench: BenchSettings = BenchSettings()
