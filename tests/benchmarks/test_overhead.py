import subprocess
import sys

import pytest

from benchmarks.overhead import ROWS
from tests.source_tree import ROOT

PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_benchmark_runs_both_programs_and_judges_the_targets():
    command = [sys.executable, "benchmarks/overhead.py", "--repeat", "1", "--rounds", "2", "--row", "round"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=55, check=False)
    assert done.returncode == 0, done.stderr
    heading, row, *_ = done.stdout.splitlines()
    assert heading.split() == ["switchyard", "script", "ratio", "target"]
    label, numbers = row[:44].strip(), row[44:].split()
    assert label == ROWS["round"].label
    assert all(float(number) > 0 for number in numbers[:3])
    assert numbers[-1] in {"met", "missed"}


def test_the_page_shows_every_row_and_the_command_that_prints_them():
    assert "python benchmarks/overhead.py" in PAGE
    assert [row.label for row in ROWS.values() if row.label not in PAGE] == []
