"""Which run a log line belongs to: known to everything that runs in a turn's task, libraries included."""

import contextvars
import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class RunIds:
    """Ids of a run and its thread."""

    run: str
    thread: str


current_run: contextvars.ContextVar[RunIds | None] = contextvars.ContextVar("current_run", default=None)


def new_run(thread: str) -> RunIds:
    """Ids for a run that begins."""
    return RunIds(secrets.token_hex(6), thread)


def context_of(ids: RunIds) -> contextvars.Context:
    """The context of now, belonging to this run: for the run's task."""
    context = contextvars.copy_context()
    context.run(current_run.set, ids)
    return context
