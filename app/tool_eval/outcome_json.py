"""An evaluation as plain data, for programs that read the JSON form of a report."""

from dataclasses import asdict
from typing import Any

from app.tool_eval.evaluation import Evaluation
from app.tool_eval.interview import Exchange, Outcome
from app.tool_eval.scores import by_category, pass_hat, rates, tally


def as_data(one: Evaluation) -> dict[str, Any]:
    """Scores, and every reply with what was expected."""
    found = rates(one.outcomes)
    return {
        "endpoint": one.candidate.name,
        "model": one.candidate.model,
        "place": one.candidate.place,
        "scores": asdict(tally("all", one.outcomes)),
        "categories": [asdict(tallied) for tallied in by_category(one.outcomes)],
        "rates": {**asdict(found), "f1": found.f1},
        "pass_hat": pass_hat(one.outcomes, lambda outcome: not outcome.own),
        "pass_hat_agent": pass_hat(one.outcomes, lambda outcome: not outcome.agent),
        "parser": asdict(one.parser) if one.parser else None,
        "outcomes": [_outcome(outcome) for outcome in one.outcomes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "case": outcome.case.id,
        "category": outcome.case.category,
        "language": outcome.case.language,
        "attempt": outcome.attempt,
        "skipped": outcome.skipped,
        "model": None if outcome.skipped else not outcome.own,
        "agent": None if outcome.skipped else not outcome.agent,
        "seconds": round(outcome.seconds, 4),
        "replies": [_exchange(exchange) for exchange in outcome.exchanges],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    reply = exchange.reply
    return {
        "expected": str(exchange.turn.expect),
        "calls": [{"id": call.id, "name": call.name, "arguments": call.raw_arguments} for call in reply.calls],
        "text": reply.text,
        "refusal": reply.refusal,
        "finish_reason": reply.finish_reason,
        "agent_calls": [{"name": call.name, "arguments": call.raw_arguments} for call in exchange.read.calls],
        "repaired": exchange.repaired,
        "faults": [asdict(fault) for fault in exchange.own],
        "agent_faults": [asdict(fault) for fault in exchange.agent],
        "prompt_tokens": reply.prompt_tokens,
        "output_tokens": reply.output_tokens,
    }
