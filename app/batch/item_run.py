"""One item through the agent, however often that takes, and whatever an earlier run left of it.

The item's message has an id of its own in the thread. Where it is found, the turn is taken up instead of begun: a
finished one is only read, an unfinished one goes on from its checkpoint, and the call journal keeps calls from being
sent twice.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.batch.item import BatchItem
from app.batch.left_turn import answers_by_policy, read_answer
from app.batch.outcome import INTERRUPTED, NEEDS_APPROVAL, TRANSIENT, Outcome
from app.events import ApprovalNeeded, Event, Failed, Final, ToolFinished, Usage
from app.runtime import Runtime
from app.session import Session

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

    from graphs.state import Context

_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often an item is tried when an endpoint does not answer."""

    retries: int = 3
    backoff: float = 1.0
    """Seconds before the second attempt; doubles with each further one, up to half a minute."""

    def pause(self, attempt: int) -> float:
        """Seconds to wait after an attempt, spread so that items do not come back all at once."""
        longest = min(self.backoff * 2 ** (attempt - 1), _LONGEST_PAUSE)
        return longest * random.uniform(0.5, 1)  # spread, not secrecy


class ItemRunner:
    """Runs items of one batch, many at once."""

    def __init__(self, runtime: Runtime, patience: Patience, *, approve_all: bool = False) -> None:
        self.runtime = runtime
        self._patience = patience
        self._approve_all = approve_all
        self._at_work: set[Session] = set()
        self._cancelled = asyncio.Event()

    def cancel(self) -> None:
        """Cut short every turn under way; their outcomes are interruptions."""
        self._cancelled.set()
        for session in self._at_work:
            session.cancel()

    async def run(self, item: BatchItem, batch: str, *, fresh: bool) -> Outcome:
        """The item's outcome.

        Args:
            item: what to ask.
            batch: name of its batch.
            fresh: that no earlier run can have begun it, which saves a look.
        """
        outcome = Outcome(item=item, thread=item.thread_in(batch))
        session = Session(self.runtime, outcome.thread, self._context(item))
        self._at_work.add(session)
        began = time.monotonic()
        try:
            await self._persist(session, outcome, item.mark_in(batch), fresh=fresh and not item.thread)
        except Exception as error:  # noqa: BLE001  # one item must not end the others
            outcome.fail(f"{type(error).__name__}: {error}", "", 1)
        finally:
            self._at_work.discard(session)
        outcome.seconds = time.monotonic() - began
        return outcome

    async def forget(self, outcome: Outcome) -> None:
        """Delete the thread of an item whose answer is kept; one that the item named stays."""
        if outcome.answered and not outcome.item.thread:
            with contextlib.suppress(Exception):  # what is left over costs space, not an answer
                await self.runtime.store.delete_thread(outcome.thread)

    async def _persist(self, session: Session, outcome: Outcome, mark: str, *, fresh: bool) -> None:
        """Try until there is an answer, or a failure that will not pass."""
        while not self._cancelled.is_set():
            outcome.attempts += 1
            outcome.fail("", "", 0)
            begun = not fresh or outcome.attempts > 1
            events = await self._taken_up(session, outcome, mark) if begun else self._sent(session, outcome.item, mark)
            async for event in events:
                _note(event, outcome)
            if outcome.exit_code not in TRANSIENT or outcome.attempts > self._patience.retries:
                return
            if self.runtime.metrics:
                self.runtime.metrics.note_retry("item")
            await self._wait(self._patience.pause(outcome.attempts))
        outcome.fail("interrupted.", "Its thread is kept.", INTERRUPTED)

    async def _wait(self, seconds: float) -> None:
        waiting = asyncio.create_task(self._cancelled.wait())
        await asyncio.wait([waiting], timeout=seconds)
        waiting.cancel()

    def _sent(self, session: Session, item: BatchItem, mark: str) -> AsyncGenerator[Event, None]:
        from langchain_core.messages import convert_to_messages

        images = [Path(image) for image in item.images]
        earlier = cast("list[AnyMessage]", convert_to_messages(list(item.earlier)))
        return session.send(item.text, images, earlier=earlier, message_id=mark)

    async def _taken_up(self, session: Session, outcome: Outcome, mark: str) -> AsyncGenerator[Event, None]:
        """The rest of the turn that an earlier attempt began, or all of it."""
        messages = await session.messages()
        if all(message.id != mark for message in messages):
            return self._sent(session, outcome.item, mark)
        requests = await session.pending()
        if not requests:
            return session.resume() if await session.is_unfinished() else read_answer(session, mark)
        asked = ApprovalNeeded(requests=requests)
        answers = answers_by_policy(self.runtime, asked, approve_all=self._approve_all)
        return session.answer(answers) if answers else _only(asked)

    def _context(self, item: BatchItem) -> "Context":
        from graphs.state import Context

        settings = self.runtime.settings
        return Context(
            model=item.model or settings.model.name,
            system_prompt=item.system_prompt,
            max_steps=settings.agent.max_steps,
            approve="all" if self._approve_all else "ask",
        )


def _note(event: Event, outcome: Outcome) -> None:
    if isinstance(event, Usage):
        outcome.tokens["input"] += event.input_tokens
        outcome.tokens["output"] += event.output_tokens
    elif isinstance(event, ToolFinished):
        outcome.tool_calls += 1
    elif isinstance(event, Final):
        outcome.answer, outcome.stopped_by, outcome.steps = event.answer, event.stopped_by, event.steps
    elif isinstance(event, Failed):
        outcome.fail(event.message, event.hint, event.exit_code)
    elif isinstance(event, ApprovalNeeded):
        outcome.fail(*_unapproved(event, outcome.thread))


def _unapproved(asked: ApprovalNeeded, thread: str) -> tuple[str, str, int]:
    names = sorted({action["name"] for pending in asked.requests for action in pending.request["action_requests"]})
    later = f"threads resume {thread} --approve (or --reject) answers it; the batch then takes the turn up."
    if any(pending.request["kind"] == "outcome_unknown" for pending in asked.requests):
        told = f"{', '.join(names)} was sent before a crash, its outcome is unknown, and nobody is here to decide."
        return told, later, NEEDS_APPROVAL
    told = f"approval is needed for {', '.join(names)}, and nobody is here to give it."
    return told, f"Allow it in the policy, run the batch with --yes, or: {later}", NEEDS_APPROVAL


async def _only(event: Event) -> AsyncGenerator[Event, None]:
    yield event
