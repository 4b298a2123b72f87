"""Is the beginning of a prompt that was just read read again from the cache?

The agent's prompts grow at their end only, so this decides how long a person waits in a long thread.
"""

import re

from app.doctor.answer import Answer
from app.doctor.finding import Finding, ok, skipped, warning
from app.doctor.patient import Patient
from app.doctor.probes import TIME, user

_CHECK = "prefix cache"
_HITS = re.compile(r"^vllm:prefix_cache_hits_total(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
_ENOUGH = 0.5
"""Share of the prompt that has to come from the cache; the last block never does."""

_QUESTION = (user(" ".join(["What time is it in Asia/Tokyo?"] * 12)),)
_TOOLS = tuple({**TIME, "function": {**TIME["function"], "name": f"get_current_time_{number}"}} for number in range(12))
"""Long enough for several blocks of the cache, whichever part of a prompt the template shows."""


async def check_prefix_cache(patient: Patient) -> Finding:
    """Ask the same twice and look at what the second answer cost."""
    await patient.ask(_QUESTION, tools=_TOOLS, max_tokens=1)
    before = await _hits(patient)
    again = await patient.ask(_QUESTION, tools=_TOOLS, max_tokens=1)
    cached = await _cached(patient, again, before)
    if again.refusal or cached is None:
        return skipped(_CHECK, again.refusal or "the endpoint says nothing about its cache.")
    said = f"{cached} of {again.prompt_tokens} prompt tokens came from the cache."
    if cached >= _ENOUGH * (again.prompt_tokens or 0):
        return ok(_CHECK, said)
    return warning(_CHECK, said, "Every step reads the whole thread again: switch prefix caching on at the server.")


async def _cached(patient: Patient, answer: Answer, before: float | None) -> int | None:
    """By the answer's own usage, else by vLLM's counters, which others that use the server move too."""
    if answer.cached_tokens is not None:
        return answer.cached_tokens
    after = await _hits(patient)
    return None if before is None or after is None else int(after - before)


async def _hits(patient: Patient) -> float | None:
    values = _HITS.findall(await patient.read("metrics"))
    return sum(map(float, values)) if values else None
