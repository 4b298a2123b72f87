"""Our engine and evalscope against a server whose timing is known: 50 ms to the first token, 10 ms a token."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.paths import cache_folder
from app.serving.folder_lock import locked
from tests.bench.scripted_process import FIRST_TOKEN, PER_TOKEN, TIMED, TOKENS, bench, scripted_process, undisturbed

EVALSCOPE = "evalscope[perf]==1.14.1"
INSTALL_SECONDS = 900
NOBODY = 2**22 - 1
"""The number of no process: the last that Linux would give."""
LATENCY = FIRST_TOKEN + (TOKENS - 1) * PER_TOKEN

Row = dict[str, Any]


def rows(report: Any) -> tuple[Row, Row]:
    """The summaries of the single and of the concurrent protocol."""
    single, concurrent, *_ = report["tables"]
    return single["rows"][0], concurrent["rows"][0]


def complaints(report: Any) -> list[str]:
    """Figures that are further from the truth than they may be."""
    truth = {"TTFT, ms": (FIRST_TOKEN, 0.15), "ITL, ms": (PER_TOKEN, 0.05), "TPOT, ms": (PER_TOKEN, 0.05)}
    return [
        f"{name} of {row['answered']} is {row[name]:.2f}"
        for row in rows(report)
        for name, (seconds, share) in truth.items()
        if row[name] != pytest.approx(seconds * 1000, rel=share)
    ]


def is_near_the_truth(report: Any) -> bool:
    return not complaints(report)


@pytest.fixture(scope="module")
def evalscope_python() -> Path:
    """An environment of its own for evalscope (800 MB), made once."""
    folder = cache_folder() / EVALSCOPE.replace("[perf]==", "-")
    python, whole = folder / "bin" / "python", folder / "whole"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f"{folder.name}.lock"), on_wait=lambda: None):
        if not whole.exists():
            subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
            install = ["uv", "pip", "install", "--quiet", "--python", str(python), EVALSCOPE]
            subprocess.run(install, check=True, cwd=folder, timeout=INSTALL_SECONDS)
            whole.touch()
    return python


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_our_engine_measures_a_known_timing(tmp_path: Path):
    with scripted_process(tmp_path, TIMED) as url:
        report = undisturbed(lambda: bench(tmp_path, "--endpoint", f"known={url}", "--requests", 10), is_near_the_truth)
    assert complaints(report) == []
    assert [row["answered"] for row in rows(report)] == ["10/10", "10/10"]
    single, concurrent = rows(report)
    assert single["latency, s"] == pytest.approx(LATENCY, rel=0.1)
    assert single["output, tokens/s"] == pytest.approx(TOKENS / LATENCY, rel=0.15)
    assert concurrent["QPS, 1/s"] > 3.5 * single["QPS, 1/s"]


@pytest.mark.slow
@pytest.mark.timeout(INSTALL_SECONDS + 600)
def test_evalscope_measures_the_same_timing(tmp_path: Path, evalscope_python: Path):
    environment = {"BENCH__EVALSCOPE_PYTHON": str(evalscope_python)}
    with scripted_process(tmp_path, TIMED) as url:
        asked = ("--endpoint", f"known={url}", "--requests", 10)
        theirs = undisturbed(
            lambda: bench(tmp_path, *asked, "--engine", "evalscope", environment=environment, timeout=120),
            is_near_the_truth,
        )
        ours = undisturbed(lambda: bench(tmp_path, *asked), is_near_the_truth)
    assert complaints(theirs) == []
    assert complaints(ours) == []
    for row, other in zip(rows(theirs), rows(ours), strict=True):
        assert row["answered"] == "10/10"
        for metric in ("TTFT, ms", "ITL, ms", "TPOT, ms", "latency, s"):
            assert row[metric] == pytest.approx(other[metric], rel=0.15), metric
    assert all(request["text"] == TIMED["text"] for result in theirs["results"] for request in result["requests"])


@pytest.mark.slow
def test_tool_calls_and_reasoning_count_as_tokens(tmp_path: Path):
    call = {"name": "search", "arguments": {"query": "twenty letters or so"}}
    replies = [
        {"reasoning": "hmm " * 11, "first_token": 0.2, "per_token": 0.01},
        {"calls": [call], "first_token": 0.2, "per_token": 0.01},
    ]
    with scripted_process(tmp_path, replies[0], *replies) as url:  # the first is the one that is not measured
        report = bench(tmp_path, "--endpoint", f"known={url}", "--requests", 2, "--protocol", "single")
    reasoning, calling = report["results"][0]["requests"]
    assert len(reasoning["gaps"]) == 10
    assert len(calling["gaps"]) == -(-len('{"query": "twenty letters or so"}') // 4)
    assert reasoning["ttft"] >= 0.2
    assert calling["ttft"] >= 0.2


@pytest.mark.slow
def test_a_slow_server_ranks_last(tmp_path: Path):
    slow, fast = tmp_path / "slow", tmp_path / "fast"
    slow.mkdir()
    fast.mkdir()
    with (
        scripted_process(slow, TIMED | {"first_token": 0.4, "per_token": 0.04}) as slow_url,
        scripted_process(fast, TIMED) as fast_url,
    ):
        report = bench(tmp_path, "--endpoint", f"slow={slow_url}", "--endpoint", f"fast={fast_url}")
    for table in report["tables"][:2]:
        assert [(row["#"], row["endpoint"]) for row in table["rows"]] == [(1, "fast"), (2, "slow")]


@pytest.mark.slow
def test_memory_of_a_server_on_this_machine_is_read_from_its_process(tmp_path: Path):
    with scripted_process(tmp_path, TIMED) as url:
        report = bench(tmp_path, "--endpoint", f"known={url}", "--protocol", "single", "--requests", 1)
        [row] = report["tables"][0]["rows"]
        nowhere = bench(tmp_path, "--endpoint", f"known={url},pid={NOBODY}", "--requests", 1)
    assert 5 < row["memory, MiB"] < 500
    assert row["GPU, MiB"] is None
    assert nowhere["tables"][0]["rows"][0]["memory, MiB"] is None
