"""Ctrl-C in the middle of a batch, in a process of its own; and items that come through a pipe as they are written."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.batch.conftest import EchoEndpoint, StartBatch, echo_endpoint, read_lines, wait_until, write_items
from tests.batch.test_crash import read_whole
from tests.source_tree import ROOT

ITEMS = 60
PROMPTLY = 20.0


def flags(endpoint: EchoEndpoint, at_once: int = 8) -> tuple[object, ...]:
    return ("--base-url", endpoint.base_url, "--tools", "none:*", "-c", at_once)


def question(number: int) -> dict[str, object]:
    return {"id": number, "query": f"question {number}"}


def assert_ledger_is_whole(results: Path) -> None:
    """Its database is sound and knows exactly the answers that the results hold."""
    ledger = sqlite3.connect(f"{results}.ledger")
    [check] = ledger.execute("PRAGMA integrity_check").fetchall()
    answered = ledger.execute("SELECT id FROM items WHERE answered").fetchall()
    ledger.close()
    assert check == ("ok",)
    assert sorted(int(number) for (number,) in answered) == sorted(record["id"] for record in read_lines(results))


@pytest.fixture
def patient_echo(tmp_path: Path) -> Iterator[EchoEndpoint]:
    """An endpoint that takes longer for an answer than a test has."""
    with echo_endpoint(tmp_path, 300) as endpoint:
        yield endpoint


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_ctrl_c_finishes_what_is_under_way_and_the_same_command_goes_on(
    echo: EchoEndpoint, start_batch: StartBatch, tmp_path: Path
) -> None:
    source, results = write_items(tmp_path / "in.jsonl", *map(question, range(ITEMS))), tmp_path / "out.jsonl"
    first = start_batch(source, results, *flags(echo))
    wait_until(lambda: len(read_whole(results)) >= 10, "the first ten")
    first.interrupt()
    assert first.wait(PROMPTLY) == 130, first.said
    assert "finishing what is under way; once more cuts it short." in first.said
    assert first.said.endswith("error: interrupted.\nhint: The same command goes on where this ended.\n")
    finished = read_whole(results)
    assert 10 <= len(finished) < ITEMS
    assert len(echo.asked) == len(finished), "something that was begun has no answer"
    assert_ledger_is_whole(results)
    second = start_batch(source, results, *flags(echo))
    assert second.wait() == 0, second.said
    assert f"{len(finished)} were answered before" in second.said
    assert {record["id"]: record["answer"] for record in read_lines(results)} == {
        number: f"answer to question {number}" for number in range(ITEMS)
    }
    assert set(echo.asked.values()) == {1}


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_second_ctrl_c_cuts_short_what_is_under_way(
    patient_echo: EchoEndpoint, start_batch: StartBatch, tmp_path: Path
) -> None:
    source, results = write_items(tmp_path / "in.jsonl", *map(question, range(4))), tmp_path / "out.jsonl"
    program = start_batch(source, results, *flags(patient_echo, 2))
    wait_until(lambda: len(patient_echo.asked) == 2, "the first questions")
    program.interrupt()
    wait_until(lambda: "once more cuts it short" in program.said, "the word that it goes on")
    program.interrupt()
    assert program.wait(PROMPTLY) == 130, program.said
    assert "2 interrupted" in program.said
    assert read_lines(results) == []
    assert_ledger_is_whole(results)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_items_are_answered_as_a_pipe_brings_them(echo: EchoEndpoint, start_batch: StartBatch, tmp_path: Path) -> None:
    results = tmp_path / "out.jsonl"
    program = start_batch("-", results, *flags(echo), stdin=subprocess.PIPE)
    program.feed(question(0))
    wait_until(lambda: read_whole(results) == [0], "the answer while the pipe is open")
    program.feed(question(1), question(2))
    assert program.process.stdin
    program.process.stdin.write(b'\n{"query": "the last, without an id or a line break"}')
    program.process.stdin.close()
    assert program.wait() == 0, program.said
    assert sorted(str(record["id"]) for record in read_lines(results)) == ["0", "1", "2", "line-5"]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_ctrl_c_does_not_wait_for_a_pipe_that_says_nothing(
    echo: EchoEndpoint, start_batch: StartBatch, tmp_path: Path
) -> None:
    results = tmp_path / "out.jsonl"
    program = start_batch("-", results, *flags(echo), stdin=subprocess.PIPE)
    program.feed(question(0))
    wait_until(lambda: read_whole(results) == [0], "the first answer")
    program.interrupt()
    assert program.wait(PROMPTLY) == 130, program.said
    assert "Fatal" not in program.said
    assert "The same command goes on" in program.said
    assert_ledger_is_whole(results)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_terminal_shows_a_bar_with_rate_and_time_left_and_then_the_summary(
    echo: EchoEndpoint, tmp_path: Path
) -> None:
    source = write_items(tmp_path / "in.jsonl", *map(question, range(ITEMS)))
    words = ["-m", "app", "batch", str(source), str(tmp_path / "out.jsonl"), *map(str, flags(echo, 4))]
    terminal = pexpect.spawn(
        sys.executable, words, cwd=str(ROOT), env=os.environ, encoding="utf-8", timeout=60, dimensions=(24, 100)
    )
    terminal.expect(r"\d+/60")
    terminal.expect(r"\d+\.\d/s")
    terminal.expect(r"0:00:\d\d")
    terminal.expect(r"60 answered in [\d.]+ s: ")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


@pytest.mark.slow
def test_items_typed_at_a_terminal_are_refused(tmp_path: Path) -> None:
    words = ["-m", "app", "batch", "-", str(tmp_path / "out.jsonl")]
    terminal = pexpect.spawn(sys.executable, words, cwd=str(ROOT), env=os.environ, encoding="utf-8", timeout=30)
    terminal.expect("items are to come from stdin, which is a terminal.")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 2
