"""``threads resume``: answers what a thread waits for, or goes on where a crash cut it short."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from app.approval import approve, reject
from app.commands.turn_output import OutputForm
from app.console import can_ask, is_for_people
from app.errors import UsageError
from app.events import ApprovalNeeded, Event
from app.logs.opened import open_log
from app.session import Session
from app.settings_sources import load_settings
from graphs.interrupts import Decision, HITLResponse


@dataclass(frozen=True)
class ResumeOptions:
    """The flags of ``threads resume`` that are not settings."""

    thread: str
    output: str
    approve: bool
    reject: bool
    reason: str
    quiet: bool
    debug: bool


def resume_thread(options: ResumeOptions, flags: Mapping[str, Mapping[str, Any]]) -> int:
    """Continue a thread; returns the exit code.

    Raises:
        UsageError: both --approve and --reject, an unknown thread, or a thread that has nothing left to do.
    """
    if options.approve and options.reject:
        raise UsageError("--approve and --reject exclude each other.", hint="Give one of them.")
    settings = load_settings(flags)
    open_log(settings)
    from app.commands.one_shot import OneShot, run_one_shot

    decided = options.approve or options.reject
    shot = OneShot(
        thread=options.thread,
        output=cast(OutputForm, options.output),
        quiet=options.quiet or not is_for_people(),
        interactive=can_ask() and not decided,
        debug=options.debug,
    )
    return run_one_shot(settings, shot, lambda session: _continue(session, options))


async def _continue(session: Session, options: ResumeOptions) -> AsyncGenerator[Event, None]:
    """Answer with the flags as often as the turn asks; without them, let the door ask."""
    if await session.runtime.store.threads.find(session.thread) is None:
        raise UsageError(f"there is no thread {session.thread}.", hint="threads list shows all.")
    requests = await session.pending()
    if not requests and not await session.is_unfinished():
        raise UsageError(
            f"thread {session.thread} is not waiting for anything.", hint="Send it a message: run --thread."
        )
    if not requests:
        events = session.resume()
    elif options.approve or options.reject:
        events = session.answer(_answers(ApprovalNeeded(requests=requests), options))
    else:
        yield ApprovalNeeded(requests=requests)
        return
    async for event in events:
        yield event


def _answers(asked: ApprovalNeeded, options: ResumeOptions) -> dict[str, HITLResponse]:
    decision: Decision = approve() if options.approve else reject(options.reason)
    return {
        pending.interrupt_id: {"decisions": [decision for _ in pending.request["action_requests"]]}
        for pending in asked.requests
    }
