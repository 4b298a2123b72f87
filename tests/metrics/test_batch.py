"""A batch as Prometheus sees it, in a process of its own."""

from pathlib import Path

import httpx
import pytest

from tests.batch.conftest import EchoEndpoint, StartBatch, echo, start_batch, wait_until, write_items
from tests.metrics.page import Page
from tests.storage.postgres_server import running_postgres

__all__ = ["echo", "start_batch"]


@pytest.mark.slow
def test_a_batch_shows_what_waits_while_it_runs_and_what_was_done_after(
    tmp_path: Path,
    echo: EchoEndpoint,
    start_batch: StartBatch,
    unused_tcp_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("METRICS__FILE", str(tmp_path / "agent.prom"))
    items = write_items(tmp_path / "in.jsonl", *({"id": f"{n}", "query": f"question {n}"} for n in range(20)))
    config = tmp_path / "mcp.json"
    config.write_text('{"mcpServers": {}}')
    words = ("--base-url", echo.base_url, "--mcp-config", config, "--metrics-port", unused_tcp_port)
    batch = start_batch(items, tmp_path / "out.jsonl", "--concurrency", 2, *words)
    pages: list[Page] = []

    def both_at_work() -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{unused_tcp_port}/metrics", trust_env=False, timeout=5)
        except httpx.TransportError:
            return False
        pages.append(Page(answer.text))
        return pages[-1]("agent_run_active") == 2

    wait_until(both_at_work, "two items at work")
    assert 0 <= pages[-1]("agent_queue_depth") <= 18
    assert max(page("agent_queue_depth") for page in pages) > 0
    assert batch.wait() == 0
    after = Page.of(tmp_path / "agent.prom")
    assert after("agent_runs_total", status="answer", graph="agent") == 20
    assert (after("agent_run_active"), after("agent_queue_depth")) == (0, 0)


@pytest.mark.slow
def test_a_worker_shows_what_waits_in_the_queue(
    tmp_path: Path, echo: EchoEndpoint, start_batch: StartBatch, unused_tcp_port: int
) -> None:
    items = write_items(tmp_path / "in.jsonl", *({"id": f"{n}", "query": f"question {n}"} for n in range(30)))
    url = f"http://127.0.0.1:{unused_tcp_port}/metrics"
    depths: list[float] = []

    def is_seen() -> bool:
        try:
            page = Page(httpx.get(url, trust_env=False, timeout=5).text)
        except httpx.TransportError:
            return False
        depths.append(page("agent_queue_depth"))
        return depths[-1] > 0

    with running_postgres() as queue:
        asking = start_batch(items, tmp_path / "out.jsonl", "--queue", queue)
        wait_until(lambda: "wait for workers" in asking.said, "the items in the queue")
        flags = ("--base-url", echo.base_url, "--tools", "none:*", "-c", 1, "--metrics-port", unused_tcp_port)
        start_batch("worker", "--queue", queue, *flags)
        wait_until(is_seen, "a queue with items")
        assert depths[-1] <= 30
        assert asking.wait() == 0
