"""Why a turn ended without a plain answer, in the words every door uses."""

_REASONS = {
    "max_steps": "the turn reached its limit of steps; this is the answer so far.",
    "repetition": "the model repeated the same call with the same result; this is the answer so far.",
    "denied": "the model went on after it had been denied three times; this is the answer so far.",
    "cut_off": "the answer was cut off at the model's token limit.",
}


def why_stopped(stopped_by: str) -> str:
    """One sentence for `Final.stopped_by`."""
    return _REASONS.get(stopped_by, f"the turn was stopped by {stopped_by}.")
