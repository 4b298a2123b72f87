"""The only wiring: settings in, a running agent out.

MCP servers start first and get ready while the heavy imports run; everything is closed in reverse.
Files are read off the event loop, because LangGraph's development server refuses blocking calls on it.
"""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from app.cold_start import end_cold_start
from app.errors import ConfigurationError
from app.logs.server_lines import log_server
from app.masking import remember_secrets, secrets_in
from app.mcp_client.config import McpConfig, load_config
from app.mcp_client.handlers import ServerHandlers
from app.mcp_client.hub import Hub, ServerStatus, open_hub
from app.metrics.agent_metrics import AgentMetrics
from app.metrics.served import served_metrics
from app.paths import state_folder
from app.policy_file import load_policy
from app.sampling import AskSampling, Sampling
from app.settings import SettingsTree
from app.settings_sources import load_environment
from app.shipped import local_or_shipped
from app.store import Store, open_sqlite_store
from app.tracing.opened import import_exporter, open_tracing
from app.tracing.traced_toolset import TracedToolset
from app.tracing.tracing import Tracing
from app.trust import AskForTrust, choose_mcp_config

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from app.chat.models import ConfiguredModels
    from app.robot.opened import OpenRobot
    from graphs.policy import Policy
    from graphs.state import AgentState, Context
    from graphs.toolset import Toolset


WORTH_A_WORD = 1.0
"""Seconds of waiting for servers after which a person is told."""


@dataclass(frozen=True)
class Runtime:
    """Everything a session needs, open."""

    settings: SettingsTree
    hub: Hub
    models: "ConfiguredModels"
    policy: "Policy"
    store: Store
    agent: "CompiledStateGraph[AgentState, Context, Any, Any]"
    metrics: AgentMetrics | None = None
    robot: "OpenRobot | None" = None
    """The robot worked with, behind its guard; None without one."""
    tracing: Tracing | None = None

    @property
    def durability(self) -> Literal["sync", "async"]:
        """`sync` as soon as a tool is bound whose calls cannot be repeated without harm."""
        return "async" if all(spec.read_only for spec in self.hub.specs()) else "sync"


@asynccontextmanager
async def open_hub_for(
    settings: SettingsTree,
    *,
    ask_for_trust: AskForTrust | None = None,
    handlers: ServerHandlers | None = None,
    on_status: Callable[[ServerStatus], None] | None = None,
    robot: "OpenRobot | None" = None,
) -> AsyncGenerator[Hub, None]:
    """Start the MCP servers of the settings, and a robot's; await `hub.ready()` before using their tools."""
    config = await _read_config(settings, ask_for_trust, robot)
    home = await asyncio.to_thread(state_folder, settings.storage)
    async with open_hub(
        config,
        log_dir=home / "logs",
        output_dir=home / "outputs",
        init_timeout=settings.mcp.init_timeout,
        call_timeout=settings.mcp.call_timeout,
        result_limit=settings.mcp.result_limit,
        tools=settings.mcp.tools,
        strict=settings.mcp.strict,
        handlers=handlers,
        on_status=on_status,
    ) as hub:
        yield hub


@asynccontextmanager
async def open_store_for(settings: SettingsTree) -> AsyncGenerator[Store, None]:
    """Open the threads of the settings, in PostgreSQL when that is named."""
    if settings.storage.postgres:
        from app.postgres_store import open_postgres_store

        opened = open_postgres_store(settings.storage.postgres.get_secret_value())
    else:
        home = await asyncio.to_thread(state_folder, settings.storage)
        opened = open_sqlite_store(home / "threads.sqlite")
    async with opened as store:
        yield store


@asynccontextmanager
async def open_runtime(
    settings: SettingsTree,
    *,
    ask_for_trust: AskForTrust | None = None,
    handlers: ServerHandlers | None = None,
    ask_sampling: AskSampling | None = None,
    on_status: Callable[[ServerStatus], None] | None = None,
    on_wait: Callable[[list[str]], None] | None = None,
) -> AsyncGenerator[Runtime, None]:
    """Open everything a session needs.

    Args:
        settings: all of them.
        ask_for_trust: shows an mcp.json and asks the person whether to use it.
        handlers: who answers what servers ask; completions come from the chat model, if `sample` is unset.
        ask_sampling: asks the person about such a completion where the policy asks; without it that is refused.
        on_status: hears of every change of a server's state.
        on_wait: hears which servers keep a person waiting.

    Raises:
        ConfigurationError: mcp.json, policy.toml or the database cannot be used.
        RequiredServerDown: a required MCP server failed.
    """
    policy = await asyncio.to_thread(load_policy, settings.agent)
    sampling, handlers = Sampling(policy, ask_sampling), handlers or ServerHandlers()
    handlers = replace(handlers, sample=handlers.sample or sampling.sample)
    async with AsyncExitStack() as stack:
        metrics = stack.enter_context(served_metrics(settings.metrics))
        servers = _open_servers(settings, ask_for_trust, handlers, _watched(on_status, metrics))
        hub, robot = await stack.enter_async_context(servers)
        await asyncio.to_thread(_import_agent, settings)
        tracing = stack.enter_context(open_tracing(settings.tracing))
        store = await stack.enter_async_context(open_store_for(settings))
        models = await stack.enter_async_context(_open_models(settings, metrics))
        sampling.open(models)
        await _ready(hub, on_wait)
        toolset, policy = _tools(hub, policy, robot, tracing)
        agent = _agent(await asyncio.to_thread(_prompts, settings, robot), toolset, models, policy, store)
        end_cold_start()
        yield Runtime(settings, hub, models, policy, store, agent, metrics, robot, tracing)


def _tools(hub: Hub, policy: "Policy", robot: "OpenRobot | None", tracing: Tracing | None) -> "tuple[Toolset, Policy]":
    """What is called, and under which policy: a robot has its own word on both."""
    toolset, policy = (robot.toolset(hub), robot.policy(policy)) if robot else (hub, policy)
    return TracedToolset(toolset) if tracing else toolset, policy


def _watched(
    on_status: Callable[[ServerStatus], None] | None, metrics: AgentMetrics | None
) -> Callable[[ServerStatus], None]:
    """Who hears of servers: counts, log, door."""
    watchers = [metrics and metrics.note_server, log_server, on_status]

    def tell(status: ServerStatus) -> None:
        for watch in watchers:
            if watch:
                watch(status)

    return tell


@asynccontextmanager
async def _open_servers(
    settings: SettingsTree,
    ask_for_trust: AskForTrust | None,
    handlers: ServerHandlers,
    on_status: Callable[[ServerStatus], None] | None,
) -> AsyncGenerator[tuple[Hub, "OpenRobot | None"], None]:
    """The robot's guard first, for its servers are told where it listens; it is closed after them."""
    async with (
        open_robot_for(settings) as robot,
        open_hub_for(settings, ask_for_trust=ask_for_trust, handlers=handlers, on_status=on_status, robot=robot) as hub,
    ):
        yield hub, robot


@asynccontextmanager
async def open_robot_for(settings: SettingsTree, *, mode: str = "") -> AsyncGenerator["OpenRobot | None", None]:
    """Start the guard of the settings' robot; what one takes is imported only where there is one.

    Args:
        settings: all of them.
        mode: of the guard, instead of that in the settings.

    Raises:
        ConfigurationError: the profile cannot be used, or the guard does not start.
    """
    if not settings.robot.profile:
        yield None
        return
    from app.robot.opened import open_robot

    async with open_robot(settings, mode=mode) as robot:
        yield robot


async def _read_config(
    settings: SettingsTree, ask_for_trust: AskForTrust | None, robot: "OpenRobot | None"
) -> McpConfig:
    """Off the event loop, unless a person may be asked: Ctrl-C could not end a thread that waits for an answer."""

    def read() -> McpConfig:
        remember_secrets(secrets_in(settings))
        path = choose_mcp_config(settings.mcp, ask_for_trust)
        environment = {**load_environment(), **(robot.variables if robot else {})}
        config = load_config(path, environment=environment, enable=robot.servers if robot else None)
        remember_secrets(secret for server in config.servers for secret in server.secrets)
        return config

    return read() if ask_for_trust else await asyncio.to_thread(read)


async def _ready(hub: Hub, on_wait: Callable[[list[str]], None] | None) -> None:
    ready = asyncio.create_task(hub.ready())
    done, _ = await asyncio.wait([ready], timeout=WORTH_A_WORD)
    if not done and on_wait:
        on_wait([server.name for server in hub.statuses() if server.state == "starting"])
    await ready


def _import_agent(settings: SettingsTree) -> None:
    """Import what is slow to import, in a thread, while the servers start."""
    importlib.import_module("graphs.agent")
    importlib.import_module("app.checkpoints")
    import_exporter()
    importlib.import_module("app.chat.models").import_for(settings)


@asynccontextmanager
async def _open_models(
    settings: SettingsTree, metrics: AgentMetrics | None
) -> AsyncGenerator["ConfiguredModels", None]:
    from app.chat.models import open_chat_models

    models = open_chat_models(settings)
    models.on_fallback = metrics.note_fallback if metrics else None
    try:
        yield models
    finally:
        await models.aclose()


def _prompts(settings: SettingsTree, robot: "OpenRobot | None") -> tuple[str, str]:
    """The system prompt, with a robot's, and the one that asks for a summary."""
    system = settings.agent.system_prompt or local_or_shipped("prompts/system.md")
    try:
        parts = [system.read_text(encoding="utf-8"), *([robot.prompt()] if robot else [])]
        return "\n".join(parts), local_or_shipped("prompts/summary.md").read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"the prompt {error.filename} cannot be read: {error.strerror}.", hint="Check AGENT__SYSTEM_PROMPT."
        ) from error


def _agent(
    prompts: tuple[str, str], toolset: "Toolset", models: "ConfiguredModels", policy: "Policy", store: Store
) -> "CompiledStateGraph[AgentState, Context, Any, Any]":
    from graphs.agent import build_agent

    system_prompt, summary_prompt = prompts
    builder = build_agent(
        models=models,
        toolset=toolset,
        journal=store.journal,
        policy=policy,
        system_prompt=system_prompt,
        summary_prompt=summary_prompt,
    )
    return builder.compile(checkpointer=store.checkpointer)
