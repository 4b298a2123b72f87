"""How long a batch takes, beside the time the model alone would need at that concurrency.

The model is a scripted endpoint in a process of its own that answers after a fixed time, so the ideal is known: items
divided by concurrency, rounded up, times that time. Printed are the wall time of the whole command, start-up
included, and of its answers alone, each with its ratio to the ideal, and the CPU that an item costs.

Usage: python benchmarks/batch.py [--items 1000] [--concurrency 32] [--seconds 1.0] [--stream]
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.cold_run import ROOT

_FOREIGN = ("MODEL__", "AGENT__", "MCP__", "STORAGE__", "OPENAI_", "AGENT_MODEL", "LANGSMITH_", "LANGCHAIN_", "PYTHON")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a batch against the ideal.")
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=1.0, help="what the endpoint takes for an answer")
    parser.add_argument("--stream", action="store_true", help="ask for answers piece by piece")
    args = parser.parse_args()
    server = [sys.executable, "-m", "tests.batch.echo_server", "--seconds", str(args.seconds)]
    with tempfile.TemporaryDirectory() as name, subprocess.Popen(server, cwd=ROOT, stdout=subprocess.PIPE) as endpoint:
        try:
            assert endpoint.stdout
            url = json.loads(endpoint.stdout.readline())["base_url"]
            measure(Path(name), url, args)
        finally:
            endpoint.terminate()


def measure(folder: Path, url: str, args: argparse.Namespace) -> None:
    """Run the batch, check every answer, print the figures."""
    questions = folder / "in.jsonl"
    questions.write_text("".join(json.dumps({"id": n, "query": f"question {n}"}) + "\n" for n in range(args.items)))
    command = [sys.executable, "-m", "app", "batch", str(questions), str(folder / "out.jsonl"), "--json", "--quiet"]
    command += ["--concurrency", str(args.concurrency), "--base-url", url, "--tools", "none:*"]
    began = time.monotonic()
    program = subprocess.Popen(
        [*command, *(["--stream"] if args.stream else [])],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        | {"STORAGE__HOME": str(folder / "state")},
        stdout=subprocess.PIPE,
    )
    assert program.stdout
    told = json.loads(program.stdout.read())
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    wall, cpu = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    check(folder / "out.jsonl", args.items)
    ideal = math.ceil(args.items / args.concurrency) * args.seconds
    print(f"{args.items} items of {args.seconds} s, {args.concurrency} at once: ideal {ideal:.1f} s")
    print(f"whole command   {wall:6.1f} s  ratio {wall / ideal:.2f}  (target <= 1.3)")
    print(f"items alone     {told['items_seconds']:6.1f} s  ratio {told['items_seconds'] / ideal:.2f}")
    print(f"CPU             {cpu:6.1f} s  {1000 * cpu / args.items:.1f} ms an item, start-up included")
    print(f"most memory     {usage.ru_maxrss / 1024:6.0f} MiB")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


def check(results: Path, items: int) -> None:
    """Every item once, with the answer to its own question."""
    records = [json.loads(line) for line in results.read_text().splitlines()]
    assert sorted(record["id"] for record in records) == list(range(items))
    assert all(record["answer"] == f"answer to question {record['id']}" for record in records)


if __name__ == "__main__":
    main()
