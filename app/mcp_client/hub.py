"""All servers of a run, as one toolset.

The hub opens at once: every stdio server's process runs before ``open_hub`` is entered, and mcp itself is
imported in a thread meanwhile, so a caller can spend the servers' start-up time on imports of its own and then
``await hub.ready()``. A server that fails costs its own tools and nothing else, unless it is required.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import RequiredServerDown
from app.mcp_client import offerings
from app.mcp_client.config import McpConfig
from app.mcp_client.connection import Answer, Connection, Limits
from app.mcp_client.content import render_result
from app.mcp_client.failures import CallFailed, ServerDown, TimedOut
from app.mcp_client.handlers import ServerHandlers
from app.mcp_client.home_loop import HomeLoop
from app.mcp_client.names import Origin, assign_names
from app.mcp_client.sdk_logs import quiet_sdk_logs
from app.mcp_client.server_log import ServerLog
from app.mcp_client.status import ServerStatus
from app.mcp_client.tools import is_offered, tool_spec
from graphs.toolset import OnProgress, ToolResult, ToolSpec


@dataclass(frozen=True, kw_only=True)
class HubOptions:
    """What holds for all servers."""

    log_dir: Path
    """Folder of the servers' logs."""
    output_dir: Path
    """Folder of images, audio and long outputs."""
    limits: Limits
    """Seconds a server may take to answer initialize, and one call to return unless the server's entry says else."""
    result_limit: int
    """Characters of a result that are kept."""
    tools: tuple[str, ...]
    """``server:tool`` globs; when given, only these are offered."""
    strict: bool
    """Take every server as required."""
    handlers: ServerHandlers
    """Who answers the servers' questions."""
    on_status: Callable[[ServerStatus], None] | None
    """Called whenever a server's state or tools change."""


class Hub:
    """The toolset over all servers; made by `open_hub`."""

    def __init__(self, config: McpConfig, options: HubOptions) -> None:
        self._home = HomeLoop()
        self._config = config
        self._options = options
        self._names: dict[Origin, str] = {}
        self._specs: tuple[ToolSpec, ...] = ()
        self._all_spawned = asyncio.Event()
        self._connections = {
            entry.name: Connection(
                entry,
                workspace=config.workspace,
                log=ServerLog(options.log_dir, entry.name),
                limits=options.limits,
                handlers=options.handlers,
                may_import=self._all_spawned,
                on_change=self._changed,
            )
            for entry in config.servers
            if not entry.disabled
        }
        self._starts = [asyncio.create_task(connection.start()) for connection in self._connections.values()]
        self._started = asyncio.create_task(self._finish_start())

    async def ready(self) -> None:
        """Wait until every server is up or has failed.

        Raises:
            RequiredServerDown: One that is required has failed; names it, the cause and its log.
        """
        await asyncio.shield(self._started)
        for status in self.statuses():
            if status.state == "failed" and (status.required or self._options.strict):
                log = f"Its log is {status.log_file}." if status.log_file else f"See {self._config.path}."
                raise RequiredServerDown(f"MCP server {status.name} is required and failed: {status.cause}", hint=log)

    @property
    def warnings(self) -> Sequence[str]:
        """What was odd about mcp.json and ignored, a sentence each."""
        return self._config.warnings

    def statuses(self) -> list[ServerStatus]:
        """Every server of the configuration, in its order."""
        return [self._status(name) for name in self._config.names]

    def specs(self) -> Sequence[ToolSpec]:
        """The tools of all servers in the configuration's order; a new sequence only when something changed."""
        return self._specs

    async def call(
        self, name: str, arguments: dict[str, Any], *, call_id: str, on_progress: OnProgress | None = None
    ) -> ToolResult:
        """Run one call; see `graphs.toolset.Toolset`."""
        spec = next((spec for spec in self._specs if spec.name == name), None)
        if spec is None:
            return _failed(f"there is no tool named {name}")
        connection, progress = self._connections[spec.server], self._home.bring_back(on_progress)
        try:
            answer = await self._home.run(lambda: connection.call(spec.tool, arguments, progress))
        except (ServerDown, CallFailed) as error:
            return _failed(f"{spec.server}: {error}", error)
        return await self._render(spec, answer)

    async def _render(self, spec: ToolSpec, answer: Answer) -> ToolResult:
        try:
            return await asyncio.to_thread(
                render_result,
                answer.raw,
                folder=self._options.output_dir,
                origin=f"{spec.server}-{spec.tool}",
                limit=self._options.result_limit,
                notes=answer.notes,
            )
        except OSError as error:
            return _failed(f"{spec.server}: the call was made, but its output could not be kept in a file: {error}")

    async def resources(self) -> list[offerings.Resource]:
        """Resources and resource templates of every server that is up."""
        return await self._home.run(lambda: offerings.list_resources(self._connections.values()))

    async def read_resource(self, server: str, uri: str) -> str:
        """The text of a resource; what is not text goes to files that the text names.

        Raises:
            SwitchyardError: There is no such server, or it refused or is down.
        """
        connection = offerings.connection_named(self._connections, server)
        return await self._home.run(lambda: offerings.read_resource(connection, uri, self._options.output_dir))

    async def prompts(self) -> list[offerings.Prompt]:
        """Prompts of every server that is up."""
        return await self._home.run(lambda: offerings.list_prompts(self._connections.values()))

    async def get_prompt(self, server: str, name: str, arguments: dict[str, str]) -> list[offerings.PromptMessage]:
        """The messages of a prompt; raises as `read_resource` does."""
        connection = offerings.connection_named(self._connections, server)
        folder = self._options.output_dir
        return await self._home.run(lambda: offerings.get_prompt(connection, name, arguments, folder))

    async def ping(self, server: str) -> float:
        """Seconds a server takes to answer a ping; raises as `read_resource` does. Connects it again if it was lost."""
        return await self._home.run(lambda: offerings.ping(offerings.connection_named(self._connections, server)))

    async def close(self) -> None:
        """End all sessions and processes."""
        for task in (self._started, *self._starts):
            task.cancel()
        await asyncio.gather(*(connection.close() for connection in self._connections.values()))
        await asyncio.gather(self._started, *self._starts, return_exceptions=True)

    async def spawned(self) -> None:
        """Wait until all processes run or could not be started; only then mcp is imported, which slows starting."""
        await asyncio.gather(*(connection.spawned.wait() for connection in self._connections.values()))
        self._all_spawned.set()

    async def _finish_start(self) -> None:
        await asyncio.gather(*self._starts)
        self._rebuild()

    def _changed(self, connection: Connection) -> None:
        if self._started.done():
            self._rebuild()
        if self._options.on_status is not None:
            self._options.on_status(self._status(connection.entry.name))

    def _rebuild(self) -> None:
        """Make the specs anew. Not before all have started, or names would depend on who was first."""
        offered = [
            (connection.entry.name, raw)
            for connection in self._connections.values()
            for raw in self._offered(connection)
        ]
        names = assign_names([(server, raw["name"]) for server, raw in offered], self._names)
        specs = tuple(tool_spec(names[server, raw["name"]], server, raw) for server, raw in offered)
        self._names |= names
        if specs != self._specs:
            self._specs = specs

    def _offered(self, connection: Connection) -> list[dict[str, Any]]:
        return [
            raw
            for raw in connection.tools
            if isinstance(raw.get("name"), str) and is_offered(connection.entry, raw["name"], self._options.tools)
        ]

    def _status(self, name: str) -> ServerStatus:
        connection = self._connections.get(name)
        if connection is None:
            bad = next((bad for bad in self._config.bad if bad.name == name), None)
            if bad is None:
                return ServerStatus(name=name, state="disabled")
            return ServerStatus(name=name, state="failed", cause=bad.cause, required=bad.required)
        return ServerStatus(
            name=name,
            state=connection.state,
            cause=connection.cause,
            log_file=connection.log.path,
            tool_count=len(self._offered(connection)),
            required=connection.entry.required,
            seconds=connection.seconds,
            instructions=connection.instructions,
            pid=connection.pid,
        )


def _failed(text: str, error: Exception | None = None) -> ToolResult:
    down = "server_down" if isinstance(error, ServerDown) else ""
    failure = "timeout" if isinstance(error, TimedOut) else down
    return ToolResult(text=text, status="error", size=len(text), failure=failure)


@asynccontextmanager
async def open_hub(
    config: McpConfig,
    *,
    log_dir: Path,
    output_dir: Path,
    init_timeout: float = 30.0,
    call_timeout: float = 120.0,
    result_limit: int = 16_000,
    tools: Sequence[str] = (),
    strict: bool = False,
    handlers: ServerHandlers | None = None,
    on_status: Callable[[ServerStatus], None] | None = None,
) -> AsyncGenerator[Hub]:
    """Start all servers and yield at once; everything is ended on leaving. See `HubOptions` for the arguments."""
    options = HubOptions(
        log_dir=log_dir,
        output_dir=output_dir,
        limits=Limits(init=init_timeout, call=call_timeout),
        result_limit=result_limit,
        tools=tuple(tools),
        strict=strict,
        handlers=handlers or ServerHandlers(),
        on_status=on_status,
    )
    quiet_sdk_logs()
    hub = Hub(config, options)
    try:
        await hub.spawned()
        yield hub
    finally:
        await hub.close()
