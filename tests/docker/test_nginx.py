"""nginx with the shipped configuration, in front of two servers."""

import re
import shutil
import threading
from pathlib import Path

import httpx
import pytest

from tests.docker.conftest import DOCKER, Started, answers, chat, free_port, program, who_answered
from tests.scripted_openai import Reply, ScriptedOpenAI

pytestmark = pytest.mark.slow

Replicas = tuple[ScriptedOpenAI, ScriptedOpenAI]


@pytest.fixture
def url(tmp_path: Path, started: Started, replicas: Replicas) -> str:
    """nginx's address; only the names of the replicas and its own port differ from what is shipped."""
    port = free_port()
    shutil.copytree(DOCKER / "nginx", tmp_path / "nginx")
    config, upstream = tmp_path / "nginx/nginx.conf", tmp_path / "nginx/upstream.conf"
    config.write_text(
        re.sub(r"listen 8080", f"listen 127.0.0.1:{port}", config.read_text()).replace("/tmp/", f"{tmp_path}/")
    )
    for number, replica in enumerate(replicas):
        upstream.write_text(
            upstream.read_text().replace(f"replica-{number}:8000", replica.root_url.removeprefix("http://"))
        )
    tmp_path.chmod(0o755)
    started(program("nginx"), "-c", config, "-p", tmp_path, "-g", "daemon off; user root;")
    answers(f"http://127.0.0.1:{port}/health")
    return f"http://127.0.0.1:{port}"


def test_a_thread_stays_with_its_replica_and_threads_are_spread(url: str) -> None:
    threads = [f"thread-{number}" for number in range(24)]
    places = {thread: {who_answered(chat(url, thread)) for _ in range(3)} for thread in threads}
    assert all(len(place) == 1 for place in places.values())
    assert {next(iter(place)) for place in places.values()} == {"0", "1"}


def test_requests_without_a_thread_are_spread(url: str) -> None:
    assert {who_answered(chat(url)) for _ in range(24)} == {"0", "1"}


def test_tokens_are_passed_on_as_they_come(url: str, replicas: Replicas) -> None:
    held = threading.Event()
    for replica in replicas:
        replica.always(Reply(text="one two three", hold=held, hold_after=2))
    body = {"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "stream": True}
    request = httpx.stream("POST", f"{url}/v1/chat/completions", json=body, trust_env=False, timeout=20)
    with request as response:
        events = (line for line in response.iter_lines() if line.startswith("data:"))
        assert '"role": "assistant"' in next(events)
        assert '"content": "one "' in next(events)
        assert not held.is_set()
        held.set()
        assert [*events][-1] == "data: [DONE]"


def test_a_replica_that_dies_leaves_its_threads_to_the_other(url: str, replicas: Replicas) -> None:
    replicas[0].close()
    assert {who_answered(chat(url, f"thread-{number}")) for number in range(12)} == {"1"}


@pytest.mark.parametrize("path", ["/metrics", "/invocations", "/v2/models", "/"])
def test_pages_of_vllm_that_ask_for_no_key_are_not_let_through(url: str, replicas: Replicas, path: str) -> None:
    assert httpx.get(f"{url}{path}", trust_env=False).status_code == 404
    assert all(f"GET {path}" not in replica.paths for replica in replicas)
