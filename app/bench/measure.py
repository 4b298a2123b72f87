"""Runs a plan: every phase against every server in turn, so that none has the machine to itself only once."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import Protocol

from app.bench.language import in_language
from app.bench.memory_watch import watching_memory
from app.bench.phase import Phase, PhaseResult
from app.bench.plan import Plan
from app.bench.prompt_set import Prompt
from app.bench.request_record import RequestRecord
from app.bench.sse_client import Slot, open_client, open_connections, request_body, time_request
from app.bench.target import Target

Progress = Callable[[str], None]


class Engine(Protocol):
    """What sends the requests of one phase."""

    async def run(self, target: Target, phase: Phase, prompts: Sequence[Prompt]) -> tuple[list[RequestRecord], float]:
        """The records in the order of their numbers, and the wall time in seconds."""
        ...


class BuiltinEngine:
    """Our own client. One request before each phase is not measured, and the connections are open by then."""

    def __init__(self, *, max_tokens: int, timeout: float) -> None:
        self._max_tokens = max_tokens
        self._timeout = timeout

    async def run(self, target: Target, phase: Phase, prompts: Sequence[Prompt]) -> tuple[list[RequestRecord], float]:
        """The records in the order of their numbers, and the wall time in seconds."""
        asked = list(islice(cycle(prompts), phase.requests))
        free = asyncio.Semaphore(phase.concurrency)
        async with open_client(target, timeout=self._timeout) as client:

            async def ask(number: int, prompt: Prompt, began: float) -> RequestRecord:
                slot = Slot(phase.protocol, phase.concurrency, number, began)
                body = request_body(target, prompt, self._max_tokens)
                async with free:
                    return await time_request(client, target, prompt, slot, body, self._timeout)

            await open_connections(client, phase.concurrency)
            await ask(0, asked[0], time.perf_counter())
            began = time.perf_counter()
            records = await asyncio.gather(*(ask(number, prompt, began) for number, prompt in enumerate(asked, 1)))
            return list(records), time.perf_counter() - began


async def measure_plan(plan: Plan, engine: Engine, on_progress: Progress) -> list[PhaseResult]:
    """All results, phase by phase and within a phase in the order of the servers."""
    results: list[PhaseResult] = []
    for phase in plan.phases:
        for target in plan.targets:
            on_progress(f"{target.name}: {phase.protocol}, {phase.requests} requests, {phase.concurrency} at once")
            async with watching_memory(target) as watch:
                records, wall = await engine.run(target, phase, plan.prompts)
            results.append(PhaseResult(target.name, phase, wall, with_language(records), watch.most))
            if failed := [record for record in records if not record.ok]:
                on_progress(f"{target.name}: {len(failed)} of {len(records)} failed, the first with {failed[0].error}")
    return results


def with_language(records: Sequence[RequestRecord]) -> list[RequestRecord]:
    """The same with the verdict on each answer's language, which is not made while the clock runs."""
    return [replace(record, language_right=in_language(record.text, record.expected_language)) for record in records]
