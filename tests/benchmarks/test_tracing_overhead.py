import subprocess
import sys

import pytest

from benchmarks.tracing_overhead import COLLECTOR, FILE, PLAIN
from tests.source_tree import ROOT


@pytest.mark.slow
@pytest.mark.timeout(240)  # nine cold runs
def test_the_benchmark_runs_watched_and_unwatched_runs_and_prints_ratio_and_spread():
    command = [sys.executable, "benchmarks/tracing_overhead.py", "--pairs", "2", "--rounds", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=220, check=False)
    assert done.returncode == 0, done.stderr
    _, plain, file, collector, machine = done.stdout.splitlines()
    assert plain.startswith(PLAIN)
    assert float(plain.split()[-1]) > 0
    for row, name in ((file, FILE), (collector, COLLECTOR)):
        assert row.startswith(name)
        seconds, ratio, low, _, high, least, _, most = row.removeprefix(name).split()[:8]
        assert float(seconds) > 0
        assert float(least) <= float(low) <= float(ratio) <= float(high) <= float(most)
    assert file.split()[-1] in {"met", "missed"}
    assert "2 runs of each" in machine
