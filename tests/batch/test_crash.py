"""kill -9 in the middle of a batch, here and at a worker: each item has one answer, no finished one is repeated."""

from pathlib import Path

import pytest

from tests.batch.conftest import EchoEndpoint, StartBatch, read_lines, wait_until, write_items
from tests.storage.postgres_server import running_postgres

ITEMS = 400


def questions(folder: Path, count: int = ITEMS) -> Path:
    return write_items(folder / "in.jsonl", *({"id": n, "query": f"question {n}"} for n in range(count)))


def assert_complete(results: Path, count: int = ITEMS) -> None:
    records = read_lines(results)
    assert sorted(record["id"] for record in records) == list(range(count))
    assert [r for r in records if r["answer"] != f"answer to question {r['id']}"] == []


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_batch_goes_on_where_it_stopped(echo: EchoEndpoint, start_batch: StartBatch, tmp_path: Path) -> None:
    results = tmp_path / "out.jsonl"
    words = (questions(tmp_path), results, "--base-url", echo.base_url, "--tools", "none:*", "-c", 32)
    first = start_batch(*words)
    wait_until(lambda: len(read_whole(results)) >= ITEMS // 3, "the first third")
    first.kill()
    finished = read_whole(results)
    assert len(finished) < ITEMS
    second = start_batch(*words)
    assert second.wait() == 0, second.said
    assert f"{len(finished)} were answered before" in second.said
    assert_complete(results)
    assert [n for n in finished if echo.asked[f"question {n}"] != 1] == []
    assert max(echo.asked.values()) <= 2


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_items_of_a_killed_worker_are_taken_over(
    echo: EchoEndpoint, start_batch: StartBatch, tmp_path: Path
) -> None:
    results = tmp_path / "out.jsonl"
    with running_postgres() as url:
        flags = ("--base-url", echo.base_url, "--tools", "none:*", "-c", 16)
        asking = start_batch(questions(tmp_path), results, "--queue", url)
        doomed, survivor = (start_batch("worker", "--queue", url, *flags) for _ in range(2))
        wait_until(lambda: len(read_whole(results)) >= ITEMS // 4, "the first quarter")
        finished = read_whole(results)
        doomed.kill()
        assert asking.wait(200) == 0, asking.said + survivor.said
        survivor.process.terminate()
        assert survivor.wait() == 0, survivor.said
    assert_complete(results)
    assert [n for n in finished if echo.asked[f"question {n}"] != 1] == []


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_asking_side_may_die_and_collects_later(
    echo: EchoEndpoint, start_batch: StartBatch, tmp_path: Path
) -> None:
    results, count = tmp_path / "out.jsonl", 100
    source = questions(tmp_path, count)
    with running_postgres() as url:
        worker = start_batch("worker", "--queue", url, "--base-url", echo.base_url, "--tools", "none:*", "-c", 4)
        asking = start_batch(source, results, "--queue", url)
        wait_until(lambda: len(read_whole(results)) >= 10, "the first results")
        asking.kill()
        again = start_batch(source, results, "--queue", url)
        assert again.wait() == 0, again.said + worker.said
    assert_complete(results, count)
    assert set(echo.asked.values()) == {1}


def read_whole(results: Path) -> list[int]:
    """Ids of the complete lines of a file that another process is writing."""
    import json

    if not results.exists():
        return []
    return [json.loads(line)["id"] for line in results.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
