"""The one runtime of a LangGraph server process.

The server loads ``app/studio.py`` twice, under names of its own: once for the graph and once for the lifespan. What
both need is held here, in a module that is imported once. Opening servers in the graph's factory was decided
against: it is called for every run and for every look at a thread.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import SwitchyardError
from app.mcp_client.status import ServerStatus
from app.runtime import Runtime, open_runtime
from app.settings_sources import load_settings
from app.studio_context import studio_context

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from graphs.state import AgentState, Context

    Agent = CompiledStateGraph[AgentState, Context, Any, Any]

_log = logging.getLogger("app.studio")


@dataclass(frozen=True)
class _Opened:
    runtime: Runtime
    agent: "Agent"


class RuntimeHolder:
    """Opens the runtime once and gives it to every run, whichever event loop the run has."""

    def __init__(self) -> None:
        self._opened: Future[_Opened] = Future()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Runtime, None]:
        """Start the servers and models of the settings; nobody can be asked for trust here.

        Raises:
            SwitchyardError: settings, mcp.json or policy cannot be used, or a required server is down.
        """
        try:
            settings = await asyncio.to_thread(load_settings)
            async with open_runtime(settings, on_status=_warn_of_failure) as runtime:
                form = await asyncio.to_thread(studio_context, settings)
                self._opened.set_result(_Opened(runtime, runtime.agent.copy({"context_schema": form})))
                try:
                    yield runtime
                finally:
                    self._opened = Future()
        except SwitchyardError as error:
            _log.error("%s Hint: %s", error.message, error.hint)
            raise

    async def agent(self) -> "Agent":
        """The agent; a run that the server takes up again while it starts waits here until all is open."""
        opened = await asyncio.shield(asyncio.wrap_future(self._opened))
        for notice in opened.runtime.models.take_notices():
            _log.warning("%s", notice)
        return opened.agent


def _warn_of_failure(server: ServerStatus) -> None:
    if server.state == "failed":
        _log.warning("%s", server)


runtime_holder = RuntimeHolder()
