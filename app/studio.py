"""What ``langgraph dev`` serves: the agent for LangGraph Studio, and a lifespan that keeps its servers open.

Named by ``langgraph.json``. The graph is the one of the other doors; the server replaces its checkpointer, so
Studio's threads are the server's own, while calls go into the same journal as everywhere.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from app.studio_runtime import runtime_holder

if TYPE_CHECKING:
    from app.studio_runtime import Agent


async def agent() -> "Agent":
    """The agent; called by the server for every run and every look at a thread, so it opens nothing."""
    return await runtime_holder.agent()


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
    """Hold MCP servers and chat models open for as long as the server runs."""
    async with runtime_holder.open():
        yield


app = Starlette(lifespan=lifespan)
