"""What watching costs: CPU seconds of a run that is traced and counted, against the same run that is not.

Each round of the benchmark is one run of every kind, in a process of its own, in an order that changes, so that
whatever else the machine does hits all of them. What is judged is the middle of the ratios within a round: CPU time of
the same program differs by several percent from minute to minute on a shared machine, within a round by less. Where
the quartiles lie far apart even so, `fastest` (a kind's fastest run against the fastest unwatched one) says more.

Usage: python benchmarks/tracing_overhead.py [--pairs 10] [--rounds 20] [--most 0.03]
"""

import argparse
import os
import socket
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

if not __package__:
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.cold_run import Scene, cold_run
from benchmarks.contenders import OURS, Contender
from tests.tracing.collector import collecting

Seconds = dict[str, list[float]]
"""CPU seconds by kind of run, in the order of the rounds."""

PLAIN, FILE, COLLECTOR = "not watched", "trace file and metrics", "collector and metrics"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def contenders(collector: str) -> list[Contender]:
    """The same run three times. Metrics are served, and asked for by nobody."""
    metrics = ("--metrics-port", str(free_port()))
    return [
        replace(OURS, name=PLAIN),
        Contender(FILE, (*OURS.arguments, "--trace-file", "trace.jsonl", *metrics)),
        Contender(COLLECTOR, (*OURS.arguments, *metrics), {"OTEL_EXPORTER_OTLP_ENDPOINT": collector}),
    ]


def measure(pairs: int, rounds: int) -> Seconds:
    """Run all; the first run of each kind, which writes bytecode, is thrown away."""
    with ExitStack() as stack:
        collector = stack.enter_context(collecting())
        order, scene = contenders(collector.address), Scene.rounds(rounds)
        seconds: Seconds = {contender.name: [] for contender in order}
        for contender in order:
            cold_run(contender, scene)
        for number in range(pairs):
            order.append(order.pop(0))
            for contender in order:
                seconds[contender.name].append(cold_run(contender, scene).cpu)
            print(f"\r{number + 1} of {pairs}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        if not collector.spans:
            raise RuntimeError("the collector was sent nothing")
    return seconds


def report(seconds: Seconds, rounds: int, most: float) -> None:
    plain = seconds[PLAIN]
    print(f"{'':26}{'CPU s':>8}{'ratio':>8}{'quartiles':>18}{'all':>18}{'fastest':>9}  target")
    print(f"{PLAIN:26}{median(plain):>8.2f}")
    for name in (FILE, COLLECTOR):
        ratios = [watched / bare for watched, bare in zip(seconds[name], plain, strict=True)]
        low, middle, high = quantiles(ratios, n=4, method="inclusive")
        spreads = f"{low:.3f} to {high:.3f}", f"{min(ratios):.3f} to {max(ratios):.3f}"
        figures = f"{median(seconds[name]):>8.2f}{middle:>8.3f}{spreads[0]:>18}{spreads[1]:>18}"
        target = f"<= {1 + most:.2f} {'met' if middle <= 1 + most else 'missed'}" if name == FILE else ""
        print(f"{name:26}{figures}{min(seconds[name]) / min(plain):>9.3f}  {target}".rstrip())
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {len(plain)} runs of each, {rounds} rounds a run")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what tracing and metrics cost a run.")
    parser.add_argument("--pairs", type=int, default=10, help="runs of each kind")
    parser.add_argument("--rounds", type=int, default=20, help="tool calls of a run, one after another")
    parser.add_argument("--most", type=float, default=0.03, help="the share that may be added")
    args = parser.parse_args()
    if args.pairs < 2:
        parser.error("a spread takes two pairs at least")
    report(measure(args.pairs, args.rounds), args.rounds, args.most)


if __name__ == "__main__":
    main()
