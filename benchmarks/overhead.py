"""What a run costs besides the model and the tools, next to the script people write instead.

Every number is the median of cold runs, each in a process of its own, the contenders in turn. The model is a
scripted endpoint, the MCP servers do next to nothing, so what is left is the client. A missed target is
printed as missed, with the profile of where the time goes.

Usage: python benchmarks/overhead.py [--repeat 9] [--rounds 20] [--row NAME ...]
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

if not __package__:
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.cold_run import ColdRun, Scene, cold_run
from benchmarks.contenders import OURS, SCRIPT, STREAMING, Contender
from benchmarks.where_time_goes import profile_calls, profile_imports
from tests.scripted_openai import Call

Runs = dict[tuple[str, str], list[ColdRun]]
"""By scene and contender."""
Number = Callable[[Runs, str], float]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    label: str
    scenes: tuple[str, ...]
    number: Number
    """From all runs and a contender's name."""
    digits: int
    most: float | None = None
    """The target: for our share of the script's number, or for our number itself."""
    of_script: bool = True
    profile: Callable[[], str] = profile_imports
    peer: Contender = SCRIPT


def middle(scene: str, measure: Callable[[ColdRun], float]) -> Number:
    return lambda runs, name: median(measure(run) for run in runs[scene, name])


def per_round(runs: Runs, name: str) -> float:
    """Of the gaps between requests in one run, then of the runs."""
    return 1000 * median(median(run.gaps) for run in runs["many", name])


def added_by_eight(runs: Runs, name: str) -> float:
    wall = {scene: median(run.wall for run in runs[scene, name]) for scene in ("one", "eight")}
    return wall["eight"] - wall["one"]


def five_against_one(runs: Runs, name: str) -> float:
    first = {scene: median(run.asked_at[0] for run in runs[scene, name]) for scene in ("slow", "five slow")}
    return first["five slow"] / first["slow"]


ROWS = {
    "cpu": Row("cold run with one call, CPU s", ("one",), middle("one", lambda run: run.cpu), 2, 0.7),
    "wall": Row("cold run with one call, wall s", ("one",), middle("one", lambda run: run.wall), 2),
    "round": Row("one more round, ms", ("many",), per_round, 1, 0.7, profile=profile_calls),
    "streamed": Row(
        "one more round, ms, script streams too", ("many",), per_round, 1, 0.7, profile=profile_calls, peer=STREAMING
    ),
    "eight": Row(
        "eight calls of 0.5 s at once, added wall s",
        ("one", "eight"),
        added_by_eight,
        2,
        0.55,
        of_script=False,
        profile=profile_calls,
    ),
    "one slow": Row(
        "one server slow by 3 s, first request s", ("slow",), middle("slow", lambda run: run.asked_at[0]), 2
    ),
    "five slow": Row("the same with five, times one", ("slow", "five slow"), five_against_one, 2, 1.2, of_script=False),
    "memory": Row("most memory, MiB", ("one",), middle("one", lambda run: run.memory), 0, 1.05),
}


def scenes(rounds: int) -> dict[str, tuple[Scene, float]]:
    """Each scene, and its share of the repetitions: the slow ones are steady and long."""
    eight = tuple(Call("wait", {"ms": 500}) for _ in range(8))
    return {
        "one": (Scene.rounds(1), 1),
        "eight": (Scene((eight,)), 1),
        "many": (Scene.rounds(rounds), 0.8),
        "slow": (Scene(Scene.rounds(1).turns, initialize_seconds=3), 0.3),
        "five slow": (Scene(Scene.rounds(1).turns, servers=5, initialize_seconds=3), 0.3),
    }


def measure(rows: Sequence[Row], repeat: int, rounds: int) -> Runs:
    """Run everything the rows need; the first run of each contender is thrown away."""
    pairs = {(scene, who) for row in rows for scene in row.scenes for who in (OURS, row.peer)}
    order = sorted(pairs, key=lambda pair: ([*scenes(rounds)].index(pair[0]), pair[1].name))
    for contender in {contender for _, contender in order}:
        cold_run(contender, Scene.rounds(1))
    runs: Runs = {(scene, contender.name): [] for scene, contender in order}
    for number in range(repeat):
        for name, contender in order:
            scene, share = scenes(rounds)[name]
            if number < max(1, round(repeat * share)):
                runs[name, contender.name].append(cold_run(contender, scene))
        print(f"\r{number + 1} of {repeat}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return runs


def judge(row: Row, ours: float, script: float) -> str:
    if row.most is None:
        return ""
    reached = ours / script if row.of_script else ours
    return f"<= {row.most:<5} {'met' if reached <= row.most else 'missed'}"


def describe(runs: Runs) -> str:
    counts = ", ".join(f"{scene}: {len(found)}" for (scene, name), found in runs.items() if name == OURS.name)
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians of cold runs ({counts})"


def report(rows: Sequence[Row], runs: Runs) -> None:
    print(f"{'':44}{OURS.name:>11}{SCRIPT.name:>9}{'ratio':>8}  target")
    profiles: list[Callable[[], str]] = []
    for row in rows:
        ours, script = (row.number(runs, contender.name) for contender in (OURS, row.peer))
        verdict = judge(row, ours, script)
        ratio = f"{ours / script:>8.2f}" if row.of_script else f"{'':8}"
        print(f"{row.label:44}{ours:>11.{row.digits}f}{script:>9.{row.digits}f}{ratio}  {verdict}".rstrip())
        if verdict.endswith("missed") and row.profile not in profiles:
            profiles.append(row.profile)
    print(describe(runs))
    for profile in profiles:
        print(f"\n{profile()}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a run against the script people write instead.")
    parser.add_argument("--repeat", type=int, default=9, help="cold runs of each program (fewer of the slow scenes)")
    parser.add_argument("--rounds", type=int, default=20, help="rounds of the scene that measures one more round")
    parser.add_argument("--row", action="append", choices=ROWS, help="only these rows")
    args = parser.parse_args()
    rows = [ROWS[name] for name in args.row or ROWS]
    report(rows, measure(rows, args.repeat, args.rounds))


if __name__ == "__main__":
    main()
