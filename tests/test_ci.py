"""CI counts skips, and runs what the README says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import ROOT

PASSED = '<testcase classname="tests.a" name="test_one" />'
SKIPPED = '<testcase classname="tests.a" name="test_two"><skipped type="pytest.skip" /></testcase>'
EXPECTED = '<testcase classname="tests.a" name="test_three"><skipped type="pytest.xfail" /></testcase>'


@pytest.mark.parametrize(
    ("cases", "code", "said"),
    [
        (PASSED, 0, "tests: 1, skips: 0\n"),
        (PASSED + SKIPPED, 1, "tests: 2, skips: 1\nskipped: tests.a::test_two\n"),
        (PASSED + EXPECTED, 1, "tests: 2, skips: 1\nskipped: tests.a::test_three\n"),
        ("", 1, "tests: 0, skips: 0\n"),
    ],
)
def test_skips_are_counted_and_none_is_allowed(tmp_path: Path, cases: str, code: int, said: str):
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    command = [sys.executable, "scripts/count_skips.py", str(report)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (code, said)


@pytest.mark.parametrize("script", [".ci/run", "scripts/format", "scripts/check", "scripts/test"])
def test_a_script_can_be_run_and_stops_at_its_first_error(script: str):
    assert os.access(ROOT / script, os.X_OK)
    assert "set -euo pipefail" in (ROOT / script).read_text()
    subprocess.run(["bash", "-n", script], cwd=ROOT, timeout=20, check=True)


def test_ci_runs_the_readmes_test_command():
    assert "\nuv run pytest" in (ROOT / ".ci/run").read_text()
    assert "uv run pytest" in (ROOT / "README.md").read_text()
