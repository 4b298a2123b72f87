"""Why a turn ended without a plain answer, in the words every door uses."""

_REASONS = {
    "max_steps": "the turn reached its limit of steps",
    "repetition": "the model repeated the same call with the same result",
    "denied": "the model went on after it had been denied three times",
    "cut_off": "the answer was cut off at the model's token limit",
}


def why_stopped(stopped_by: str, answer: str) -> str:
    """One sentence for `Final.stopped_by`, with what the answer that came is worth."""
    reason = _REASONS.get(stopped_by, f"the turn was stopped by {stopped_by}")
    if not answer.strip():
        return f"{reason}; there is no answer."
    return f"{reason}." if stopped_by == "cut_off" else f"{reason}; this is the answer so far."
