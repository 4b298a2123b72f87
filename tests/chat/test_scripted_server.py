"""The scripted server is trusted by every other test, so its own promises are tested without any client library."""

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error, overflow

ASK = {"model": "scripted", "messages": [{"role": "user", "content": "hi"}]}
STREAM = ASK | {"stream": True, "stream_options": {"include_usage": True}}


def _post(server: ScriptedOpenAI, body: dict = ASK) -> httpx.Response:
    return httpx.post(f"{server.base_url}/chat/completions", json=body, trust_env=False)


def _events(response: httpx.Response) -> list[dict]:
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_a_stream_has_role_reasoning_text_calls_finish_and_usage_in_order(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(text="hello", reasoning="hm", calls=[Call("f", {"a": 1}, id=None)]))
    *chunks, usage = _events(_post(scripted_openai, STREAM))
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert [next(iter(delta), "finish") for delta in deltas] == [
        "role", "reasoning", "content", "content", "tool_calls", "tool_calls", "tool_calls", "finish",
    ]  # fmt: skip
    assert "id" not in deltas[4]["tool_calls"][0]
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert usage["choices"] == []
    assert usage["usage"]["total_tokens"] > 0


def test_rules_answer_when_the_queue_is_empty(scripted_openai: ScriptedOpenAI) -> None:
    assert _post(scripted_openai).status_code == 400
    scripted_openai.enqueue("first")
    scripted_openai.always(lambda body: f"saw {len(body['messages'])}")
    answers = [_post(scripted_openai).json()["choices"][0]["message"]["content"] for _ in range(3)]
    assert answers == ["first", "saw 1", "saw 1"]
    assert [request.body for request in scripted_openai.requests] == [ASK] * 4


def test_failures_arrive_as_scripted(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(http_error(429, retry_after="7"), overflow(100, 200), Reply(drop_after=0))
    limited = _post(scripted_openai)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert "maximum context length is 100 tokens" in _post(scripted_openai).json()["error"]["message"]
    with pytest.raises(httpx.RemoteProtocolError):
        _post(scripted_openai)
    scripted_openai.enqueue(Reply(text="a long text", drop_after=2))
    with pytest.raises(httpx.RemoteProtocolError):
        _post(scripted_openai, STREAM)


async def test_a_held_reply_waits_and_a_client_that_leaves_is_seen(scripted_openai: ScriptedOpenAI) -> None:
    gate = threading.Event()
    scripted_openai.enqueue(Reply(text="late", hold=gate), Reply(text="never", hold=threading.Event()))
    async with httpx.AsyncClient(trust_env=False) as client:
        asked = asyncio.create_task(client.post(f"{scripted_openai.base_url}/chat/completions", json=ASK))
        await asyncio.to_thread(scripted_openai.wait_for_requests, 1)
        assert not asked.done()
        gate.set()
        assert (await asked).json()["choices"][0]["message"]["content"] == "late"
        leaver = asyncio.create_task(client.post(f"{scripted_openai.base_url}/chat/completions", json=ASK))
        await asyncio.to_thread(scripted_openai.wait_for_requests, 2)
        leaver.cancel()
        assert await asyncio.to_thread(scripted_openai.requests[1].abandoned.wait, 5)


def test_it_runs_as_a_program_from_a_script_file(tmp_path: Path) -> None:
    script, log = tmp_path / "script.json", tmp_path / "log.jsonl"
    script.write_text(json.dumps([{"calls": [{"name": "f", "arguments": '{"a": '}]}, {"text": "done", "repeat": True}]))
    command = [sys.executable, "-m", "tests.scripted_openai", "--script", str(script), "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = json.loads(process.stdout.readline())["base_url"]
            answers = [httpx.post(f"{url}/chat/completions", json=ASK, trust_env=False).json() for _ in range(3)]
        finally:
            process.terminate()
    assert answers[0]["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == '{"a": '
    assert [answer["choices"][0]["message"]["content"] for answer in answers[1:]] == ["done", "done"]
    assert len(log.read_text().splitlines()) == 3
    assert process.returncode == 0
