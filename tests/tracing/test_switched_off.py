import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunApp
from tests.scripted_openai import ScriptedOpenAI
from tests.source_tree import ROOT

Servers = Callable[..., Path]


def imported_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.slow
def test_what_records_spans_imports_nothing_of_opentelemetry():
    loaded = imported_by("import app.session, app.runtime, app.tracing.run_trace, app.tracing.trace_file")
    assert "app.tracing.run_trace" in loaded
    assert not any(name.split(".")[0] == "opentelemetry" for name in loaded)


@pytest.mark.slow
def test_a_runtime_without_a_collector_does_not_import_the_exporter():
    opened = (
        "from app.settings import TracingSettings\nfrom app.tracing.opened import import_exporter, open_tracing\n"
        "import_exporter()\nwith open_tracing(TracingSettings()) as tracing: assert tracing is None"
    )
    loaded = imported_by(opened)
    assert "app.tracing.otlp" not in loaded
    assert not any(name.split(".")[0] == "opentelemetry" for name in loaded)


@pytest.mark.slow
def test_a_trace_file_that_cannot_be_written_is_an_error(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    outcome = asking("Go", "--mcp-config", servers(), "--trace-file", tmp_path / "no" / "trace.jsonl")
    assert outcome.code == 2
    assert "the trace file" in outcome.stderr
    assert "Check --trace-file" in outcome.stderr
    assert scripted_openai.requests == []


@pytest.mark.slow
def test_a_trace_file_on_a_full_disk_costs_one_line_and_no_answer(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue("Done.")
    outcome = asking("Go", "--mcp-config", servers(), "--trace-file", "/dev/full")
    assert (outcome.code, outcome.stdout) == (0, "Done.\n")
    assert outcome.stderr == "warning: the trace file /dev/full is not complete: No space left on device.\n"


@pytest.mark.slow
def test_several_runs_share_a_file(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    scripted_openai.always("Done.")
    for _ in range(2):
        asking("Go", "--mcp-config", servers(), "--trace-file", tmp_path / "trace.jsonl")
    assert len((tmp_path / "trace.jsonl").read_text().splitlines()) == 6
    assert (tmp_path / "trace.jsonl").stat().st_mode & 0o777 == 0o600
