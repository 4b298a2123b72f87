"""One agent on a bench: scripted model, function tools, journal, checkpoints, and the events of its runs."""

from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Command, Interrupt

from graphs.agent import build_agent
from graphs.chat_models import ModelChoice
from graphs.model_call import Attempts
from graphs.policy import Policy
from graphs.state import Context
from tests.graphs.scripted import FunctionToolset, MemoryJournal, ScriptedModel, ScriptedModels


def strict_saver() -> InMemorySaver:
    """Checkpoints that hold messages and JSON types only, as LANGGRAPH_STRICT_MSGPACK has it."""
    return InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=None))


@dataclass
class Bench:
    model: ScriptedModel = field(default_factory=ScriptedModel)
    toolset: FunctionToolset = field(default_factory=FunctionToolset)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    policy: Policy = Policy()
    saver: BaseCheckpointSaver = field(default_factory=strict_saver)
    context: Context = Context()
    attempts: Attempts = Attempts(backoff=0)
    events: list[Any] = field(default_factory=list)
    thread: str = "t1"
    context_window: int | None = None
    fallbacks: list[ModelChoice] = field(default_factory=list)

    def choices(self) -> list[ModelChoice]:
        return [ModelChoice(name="first", model=self.model, context_window=self.context_window), *self.fallbacks]

    def agent(self) -> Any:
        graph = build_agent(
            models=ScriptedModels(self.choices()),
            toolset=self.toolset,
            journal=self.journal,
            policy=self.policy,
            system_prompt="Be useful.",
            summary_prompt="Shorten this.",
            attempts=self.attempts,
        )
        return graph.compile(checkpointer=self.saver)

    @property
    def config(self) -> Any:
        return {"configurable": {"thread_id": self.thread}, "recursion_limit": 200}

    async def send(self, text: str) -> dict[str, Any]:
        return await self.stream({"messages": [HumanMessage(text)]})

    async def resume(self, *decisions: dict[str, Any]) -> dict[str, Any]:
        return await self.stream(Command(resume={"decisions": list(decisions)}))

    async def stream(self, given: Any) -> dict[str, Any]:
        """Run to the end or to a question; returns the state."""
        parts = self.agent().astream(
            given, self.config, context=self.context, stream_mode=["custom"], version="v2", durability="sync"
        )
        async for part in parts:
            self.events.append(part["data"])
        return await self.state()

    async def state(self) -> dict[str, Any]:
        return (await self.agent().aget_state(self.config)).values

    async def questions(self) -> list[Interrupt]:
        return list((await self.agent().aget_state(self.config)).interrupts)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def results(state: dict[str, Any]) -> list[ToolMessage]:
    messages: list[AnyMessage] = state["messages"]
    return [message for message in messages if isinstance(message, ToolMessage)]
