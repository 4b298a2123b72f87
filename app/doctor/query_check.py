"""Does the whole agent answer a query: model, tools, policy and store together?

A thread of its own, deleted afterwards. What needs approval is not run: nobody is asked here.
"""

from app.doctor.finding import Finding, ok, refused, warning
from app.errors import SwitchyardError
from app.events import ApprovalNeeded, Event, Failed, Final, ToolFinished
from app.runtime import Runtime, open_runtime
from app.session import Session
from app.settings import SettingsTree
from app.thread_list import new_thread_id
from app.trust import AskForTrust
from app.turn_end import why_stopped

_CHECK = "query"


async def check_query(settings: SettingsTree, text: str, ask_for_trust: AskForTrust | None) -> Finding:
    """Ask `text` as a run would."""
    try:
        async with open_runtime(settings, ask_for_trust=ask_for_trust) as runtime:
            events = await _ask(runtime, text)
    except SwitchyardError as error:
        return refused(_CHECK, error)
    return _judge(events)


async def _ask(runtime: Runtime, text: str) -> list[Event]:
    from graphs.state import Context

    agent = runtime.settings.agent
    context = Context(model=runtime.settings.model.name, max_steps=agent.max_steps, approve="ask")
    thread = f"doctor-{new_thread_id()}"
    try:
        return [event async for event in Session(runtime, thread, context).send(text)]
    finally:
        await runtime.store.delete_thread(thread)


def _judge(events: list[Event]) -> Finding:
    end = events[-1]
    called = [f"{event.server}:{event.name}" for event in events if isinstance(event, ToolFinished)]
    tools = f" (called {', '.join(called)})" if called else ""
    if isinstance(end, Failed):
        return refused(_CHECK, SwitchyardError(end.message, hint=end.hint))
    if isinstance(end, ApprovalNeeded):
        names = ", ".join(action["name"] for pending in end.requests for action in pending.request["action_requests"])
        hint = "Nobody is asked here: `run` asks in a terminal, or takes --yes."
        return warning(_CHECK, f"stopped to ask for approval of {names}{tools}.", hint)
    assert isinstance(end, Final)
    if end.stopped_by != "answer":
        return warning(_CHECK, why_stopped(end.stopped_by, end.answer), "Ask it with `run` to see each step.")
    return ok(_CHECK, f"{' '.join(end.answer.split())}{tools}")
