"""One attempt at a task: an agent opened for it alone, its turn, and a look at what it left.

Every attempt has MCP servers and a state folder of its own, so that no attempt meets what another left behind; the
time to open them is not measured. Attempts run one after another: side by side they would wait for each other.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.agent_bench.attempt import Attempt, Ending
from app.agent_bench.contender import Contender
from app.agent_bench.stopwatch import Stopwatch
from app.agent_bench.task import AgentTask, TaskSet
from app.agent_bench.verdict import judge
from app.errors import UsageError
from app.events import ApprovalNeeded, Event, Failed, Final
from app.runtime import Runtime, open_runtime
from app.sampling import approve_sampling
from app.session import Session
from app.settings import StorageSettings
from app.tool_eval.case import Tools
from app.trust import AskForTrust


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Runs attempts of one contender."""

    contender: Contender
    task_set: TaskSet
    approve_all: bool
    ask_for_trust: AskForTrust | None = None

    async def warm_up(self, on_warning: Callable[[str], None]) -> tuple[str, str]:
        """Run the first task unmeasured, once it is known that every tool a task names is there.

        Returns:
            Served model name and address.

        Raises:
            EndpointError: The model does not answer.
            UsageError: A task names a tool that no server offers.
            ConfigurationError: mcp.json or the policy cannot be used.
        """
        async with self._open() as runtime:
            for line in [*runtime.hub.warnings, *_failed_servers(runtime)]:
                on_warning(line)
            _check_tools(self.task_set.tasks, _names(runtime))
            await self._run(runtime, self.task_set.tasks[0], 0)
            described = runtime.models.describe(self.contender.settings.model.name)
        return described.model, described.endpoint

    async def attempt(self, task: AgentTask, number: int) -> Attempt:
        """Run and judge a task; failures of the turn are part of the attempt."""
        async with self._open() as runtime:
            return await self._run(runtime, task, number)

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncGenerator[Runtime, None]:
        """The agent, its model chosen, on empty ground."""
        settings = self.contender.settings
        with tempfile.TemporaryDirectory(prefix="switchyard-") as folder:
            storage = StorageSettings(home=Path(folder) / "state")
            work = Path(folder) / "work"
            work.mkdir()
            with _variables(self.task_set.variables, work):
                async with open_runtime(
                    settings.model_copy(update={"storage": storage}),
                    ask_for_trust=self.ask_for_trust,
                    ask_sampling=approve_sampling if self.approve_all else None,
                ) as runtime:
                    await runtime.models.choose(settings.model.name)
                    yield runtime

    async def _run(self, runtime: Runtime, task: AgentTask, number: int) -> Attempt:
        from graphs.state import Context

        settings = self.contender.settings
        approve = "all" if self.approve_all else "ask"
        context = Context(model=settings.model.name, max_steps=settings.agent.max_steps, approve=approve)
        session = Session(runtime, f"bench:{task.id}", context)
        ending, watch = Ending(), Stopwatch()
        async for event in session.send(task.query):
            watch.note(event)
            ending = _ending(event) or ending
        seconds = watch.now
        attempt = Attempt(
            task=task,
            number=number,
            ending=ending,
            seconds=seconds,
            model=watch.model,
            tools=watch.tools,
            asked=watch.asked,
            state=await _state(runtime, task),
        )
        tools = Tools(tuple(spec.as_openai() for spec in runtime.hub.specs()))
        return replace(attempt, faults=judge(attempt, tools, _names(runtime)))


def _ending(event: Event) -> Ending | None:
    if isinstance(event, Final):
        return Ending(answer=event.answer, stopped_by=event.stopped_by)
    if isinstance(event, Failed):
        return Ending(error=event.message)
    if isinstance(event, ApprovalNeeded):
        actions = [action["name"] for pending in event.requests for action in pending.request["action_requests"]]
        return Ending(error=f"approval is needed for {', '.join(sorted(set(actions)))}; --yes gives it.")
    return None


async def _state(runtime: Runtime, task: AgentTask) -> str | None:
    """What the task's state check returns, an error's words among it."""
    if task.state is None:
        return None
    name, call_id = _names(runtime)[task.state.tool], f"state-{time.monotonic_ns()}"
    return (await runtime.hub.call(name, dict(task.state.arguments), call_id=call_id)).text


def _names(runtime: Runtime) -> dict[str, str]:
    """The name the model sees, by that name and by `server:tool`."""
    return {key: spec.name for spec in runtime.hub.specs() for key in (spec.qualified, spec.name)}


def _check_tools(tasks: Sequence[AgentTask], names: Mapping[str, str]) -> None:
    for task in tasks:
        needed = [call.name for call in task.calls or ()] + ([task.state.tool] if task.state else [])
        if missing := next((name for name in needed if name not in names), ""):
            raise UsageError(
                f"task '{task.id}' needs the tool {missing}, which no MCP server offers.",
                hint="`python -m app list-tools` shows what there is; --mcp-config names another mcp.json.",
            )


def _failed_servers(runtime: Runtime) -> list[str]:
    failed = [status for status in runtime.hub.statuses() if status.state == "failed"]
    return [f"MCP server {status.name} is not available: {status.cause}" for status in failed]


@contextlib.contextmanager
def _variables(variables: Mapping[str, str], folder: Path) -> Generator[None]:
    """The environment with these; servers inherit it, and mcp.json reads it."""
    before = dict(os.environ)
    os.environ.update({name: value.replace("{folder}", str(folder)) for name, value in variables.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
