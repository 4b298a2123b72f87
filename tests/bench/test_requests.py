"""What one request's record says, against a server that misbehaves as real ones do."""

import asyncio
import time

import pytest

from app.bench.measure import BuiltinEngine
from app.bench.phase import Phase, PhaseResult
from app.bench.prompt_set import Prompt
from app.bench.request_record import RequestRecord
from app.bench.sse_client import Slot, open_client, request_body, time_request
from app.bench.target import Target
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error
from tests.scripted_openai.replies import Rule

PROMPT = Prompt([{"role": "user", "content": "Hello"}], language="en")


def ask(server: ScriptedOpenAI, *replies: Rule, limit: float = 10.0) -> RequestRecord:
    """One request that gets this reply."""
    server.enqueue(*replies)
    target = Target("one", server.base_url, server.models[0])

    async def send() -> RequestRecord:
        async with open_client(target, timeout=limit) as client:
            slot = Slot("single", 1, 1, time.perf_counter())
            return await time_request(client, target, PROMPT, slot, request_body(target, PROMPT, 16), limit)

    return asyncio.run(send())


def test_a_text_has_its_tokens_from_the_server_and_its_gaps_from_the_clock(scripted_openai: ScriptedOpenAI):
    record = ask(scripted_openai, Reply(text="eight letters and more.."))
    assert record.ok
    assert (record.output_tokens, record.counted, len(record.gaps)) == (6, True, 5)
    assert record.text == "eight letters and more.."
    assert record.ttft is not None
    assert 0 < record.ttft <= record.latency
    assert record.tpot == pytest.approx((record.latency - record.ttft) / 5)


def test_what_is_sent_is_a_stream_with_usage_and_the_targets_own_fields(scripted_openai: ScriptedOpenAI):
    body = request_body(Target("a", "http://h/v1", "m", body={"ignore_eos": True, "temperature": 0.5}), PROMPT, 16)
    assert body["stream_options"] == {"include_usage": True}
    assert (body["ignore_eos"], body["temperature"], body["max_tokens"]) == (True, 0.5, 16)


def test_without_usage_events_are_counted(scripted_openai: ScriptedOpenAI):
    record = ask(scripted_openai, Reply(text="tok tok tok ", usage={}))
    assert (record.output_tokens, record.counted, record.input_tokens) == (3, False, None)


def test_an_answer_without_a_word_has_no_first_token(scripted_openai: ScriptedOpenAI):
    record = ask(scripted_openai, Reply(text=""))
    assert record.ok
    assert record.ttft is None
    assert record.tpot is None


def test_a_tool_call_is_not_checked_for_its_language(scripted_openai: ScriptedOpenAI):
    record = ask(scripted_openai, Reply(calls=[Call("search", {"q": "x"})]))
    assert record.ttft is not None
    assert record.expected_language == ""


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (http_error(500, "the engine is dead"), "500: the engine is dead"),
        (http_error(429, "slow down"), "429: slow down"),
        (Reply(text="some words", drop_after=2), "RemoteProtocolError"),
        (Reply(drop_after=0), "RemoteProtocolError"),
        (Reply(text="some", stream_error={"error": {"message": "out of memory"}}), "out of memory"),
        (Reply(status=502, error="<html>Bad Gateway</html>"), "502: <html>Bad Gateway</html>"),
    ],
)
def test_a_failure_is_part_of_the_record(scripted_openai: ScriptedOpenAI, reply: Reply, error: str):
    record = ask(scripted_openai, reply)
    assert not record.ok
    assert record.error.startswith(error)


def test_a_request_that_takes_too_long_is_given_up(scripted_openai: ScriptedOpenAI):
    record = ask(scripted_openai, Reply(text="late", first_token=5.0), limit=0.2)
    assert record.error == "no whole answer after 0.2 s"


def test_failed_requests_count_against_success_and_in_no_figure(scripted_openai: ScriptedOpenAI):
    target = Target("one", scripted_openai.base_url, "scripted")
    scripted_openai.enqueue("warm", "tok tok ", http_error(500), "tok tok ")
    engine = BuiltinEngine(max_tokens=16, timeout=5.0)
    phase = Phase("single", 1, 3)
    records, wall = asyncio.run(engine.run(target, phase, [PROMPT]))
    result = PhaseResult("one", phase, wall, records)
    assert [record.ok for record in records] == [True, False, True]
    assert len(result.answered) == len(result.values("ttft")) == 2
    assert result.output_tokens_per_second == pytest.approx(4 / wall)


def test_no_more_requests_run_at_once_than_asked_for(scripted_openai: ScriptedOpenAI):
    running, most = 0, 0

    def reply(_: object) -> Reply:
        return Reply(text="tok " * 4, per_token=0.005)

    scripted_openai.always(reply)
    target = Target("one", scripted_openai.base_url, "scripted")
    engine = BuiltinEngine(max_tokens=16, timeout=5.0)
    records, _ = asyncio.run(engine.run(target, Phase("concurrent", 3, 9), [PROMPT]))
    changes = [(record.started, 1) for record in records]
    changes += [(record.started + record.latency, -1) for record in records]
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    assert most == 3


def test_prompts_are_asked_in_turn(scripted_openai: ScriptedOpenAI):
    scripted_openai.always("yes")
    prompts = [Prompt([{"role": "user", "content": words}]) for words in ("one", "two")]
    target = Target("one", scripted_openai.base_url, "scripted")
    asyncio.run(BuiltinEngine(max_tokens=4, timeout=5.0).run(target, Phase("single", 1, 3), prompts))
    asked = [request.body["messages"][0]["content"] for request in scripted_openai.requests]
    assert asked == ["one", "one", "two", "one"]
