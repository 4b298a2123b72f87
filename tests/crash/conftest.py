"""Prints the seed, so that a failure can be played again."""

import pytest

from tests.crash import SEED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"crash tests: moments drawn from CRASH_SEED={SEED}")
