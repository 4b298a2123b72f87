"""``doctor``: every check as a row on stdout while it is made, or all of them as JSON at the end."""

import asyncio
import json
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.commands.one_shot import ask_for_trust
from app.console import can_ask, printable, say, styled
from app.doctor.examination import Order, examine
from app.doctor.finding import Finding, exit_code

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}
_INDENT = 26
_WIDTH = 110


def run_doctor(*, query: str, as_json: bool, flags: Mapping[str, Mapping[str, Any]]) -> int:
    """Examine everything and print what was found; returns the exit code."""
    order = Order(flags=flags, query=query, ask_for_trust=ask_for_trust if can_ask() else None)
    findings = asyncio.run(_examine(order, as_json=as_json))
    if as_json:
        rows = [{k: v for k, v in asdict(finding).items() if k != "exit_code"} for finding in findings]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        say(_summary(findings))
    return exit_code(findings)


async def _examine(order: Order, *, as_json: bool) -> list[Finding]:
    findings: list[Finding] = []
    async for finding in examine(order):
        findings.append(finding)
        if not as_json:
            print("\n".join(render_row(finding)), flush=True)
    return findings


def render_row(finding: Finding) -> list[str]:
    """The lines of one finding: state, check and sentence in columns, the hint below."""
    state = finding.state.ljust(8)
    if sys.stdout.isatty():
        state = styled(state, _COLOURS[finding.state])
    said, *rest = _wrapped(finding.said) or [""]
    lines = [f"{state} {finding.check.ljust(_INDENT - 10)} {said}", *(" " * _INDENT + line for line in rest)]
    if finding.hint:
        lines += [" " * _INDENT + line for line in _wrapped(f"hint: {finding.hint}")]
    return lines


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(printable(text), _WIDTH - _INDENT, break_long_words=False, break_on_hyphens=False)


def _summary(findings: list[Finding]) -> str:
    counts = {state: sum(finding.state == state for finding in findings) for state in _COLOURS}
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count)
