"""kill -9 at a hundred moments, each job resumed until it is done, judged by the server's own ledger.

    uv run python -m benchmarks.crash [--count 100] [--seed N] [--jobs 2]

The same trials as `tests/crash`, with every resume in a fresh process too. Exit code 1 when a promise broke.
"""

import argparse
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.crash.moments import PHASES, Moment, draw
from tests.crash.trial import Finished, Trial, Verdict, environment
from tests.scripted_openai import ScriptedOpenAI
from tests.source_tree import ROOT

COLUMNS = ("phase", "killed", "asked about", "sent again", "skipped", "executed twice", "lost or wrong")


@dataclass(frozen=True)
class Outcome:
    """One trial and what became of it."""

    moment: Moment
    verdict: Verdict


def main() -> int:
    """Run the trials and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--jobs", type=int, default=2, help="trials at the same time")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.count} moments", flush=True)
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(pool.map(play, draw(options.seed, options.count)))
    print_table(outcomes)
    print(f"{time.monotonic() - began:.0f} s")
    broken = [(outcome.moment, fault) for outcome in outcomes for fault in outcome.verdict.faults]
    for moment, fault in broken:
        print(f"broken: {moment}: {fault}")
    return 1 if broken else 0


def play(moment: Moment) -> Outcome:
    """One trial with a home of its own; one that cannot be finished counts as broken."""
    with tempfile.TemporaryDirectory() as folder, ScriptedOpenAI() as endpoint:
        home = Path(folder)
        variables = environment(home)

        def run(words: Sequence[str]) -> Finished:
            command = [sys.executable, "-m", "app", *words]
            done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120)
            return done.returncode, done.stdout, done.stderr

        trial = Trial("job", moment, home, home / "state" / "threads.sqlite", endpoint, run, variables)
        try:
            trial.play()
        except (AssertionError, subprocess.TimeoutExpired) as error:
            trial.verdict.faults.append(f"not finished: {error}")
        return Outcome(moment, trial.verdict)


def print_table(outcomes: Sequence[Outcome]) -> None:
    """Markdown, a row for each phase and one for all."""
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    for phase in (*PHASES, "all"):
        chosen = [outcome for outcome in outcomes if phase in (outcome.moment.phase, "all")]
        print(f"| {phase} | " + " | ".join(map(str, counts(chosen))) + " |")


def counts(outcomes: Sequence[Outcome]) -> list[int]:
    """The cells of a row after its name. Only calls that may change something count as executed twice."""
    verdicts = [outcome.verdict for outcome in outcomes]
    again: Counter[str] = Counter()
    for verdict in verdicts:
        again["asked"] += verdict.asked
        again["sent"] += verdict.sent_again.total()
        again["skipped"] += len(verdict.skipped)
        again["twice"] += sum(1 for token, times in verdict.executed.items() if times > 1 and token != "job-1")
        again["faults"] += len(verdict.faults)
    return [len(verdicts), *(again[name] for name in ("asked", "sent", "skipped", "twice", "faults"))]


if __name__ == "__main__":
    sys.exit(main())
