"""What one check found: one sentence, and a hint where there is something to do.

Results rather than exceptions, because one failed check must not hide the next.
"""

from dataclasses import dataclass
from typing import Literal

from app.errors import SwitchyardError

State = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row of the doctor's table."""

    check: str
    state: State
    said: str
    """One sentence."""
    hint: str = ""
    """What to do; empty where there is nothing."""
    exit_code: int = 1
    """What a failure means for the exit code."""


def ok(check: str, said: str) -> Finding:
    """It works."""
    return Finding(check=check, state="ok", said=said)


def warning(check: str, said: str, hint: str) -> Finding:
    """It works, but not as well as it could."""
    return Finding(check=check, state="warning", said=said, hint=hint)


def failed(check: str, said: str, hint: str) -> Finding:
    """It does not work."""
    return Finding(check=check, state="failed", said=said, hint=hint)


def skipped(check: str, reason: str, hint: str = "") -> Finding:
    """It was not tried, or does not apply."""
    return Finding(check=check, state="skipped", said=reason, hint=hint)


def refused(check: str, error: SwitchyardError, *, exit_code: int = 1) -> Finding:
    """It failed with an error that a person is meant to read."""
    return Finding(check=check, state="failed", said=error.message, hint=error.hint, exit_code=exit_code)


def exit_code(findings: list[Finding]) -> int:
    """0 when nothing failed, else the highest code among the failures: 1, or 4 for an endpoint out of reach."""
    return max((finding.exit_code for finding in findings if finding.state == "failed"), default=0)
