"""Each illness of an endpoint is found in its own row, with the hint that cures it."""

from collections.abc import Callable

import pytest

from tests.doctor.conftest import Examined
from tests.doctor.scripted_model import healthy, wants_call
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error
from tests.scripted_openai.replies import Body

HERMES = '<tool_call>\n{"name": "get_current_time", "arguments": {"timezone": "Asia/Tokyo"}}\n</tool_call>'
LEFT_IN_TEXT = {
    "hermes": HERMES,
    "mistral": '[TOOL_CALLS] [{"name": "get_current_time", "arguments": {"timezone": "Asia/Tokyo"}}]',
    "llama3_json": '{"name": "get_current_time", "parameters": {"timezone": "Asia/Tokyo"}}',
    "qwen3_xml": "<tool_call>\n<function=get_current_time>\n<parameter=timezone>Asia/Tokyo</parameter>\n</function>",
    "pythonic": '[get_current_time(timezone="Asia/Tokyo")]',
}
NO_TOOL_SUPPORT = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'

Sick = Callable[[Body], Reply]


def when(ill: Callable[[Body], bool], reply: Reply) -> Sick:
    """Healthy but for the requests that `ill` picks."""
    return lambda body: reply if ill(body) else healthy(body)


def test_nothing_that_listens_is_exit_code_4_with_a_command_that_starts_a_server(examined: Examined) -> None:
    table = examined("--base-url", "http://127.0.0.1:9/v1", "--query", "hello")
    assert table.code == 4
    server = table.rows["server"]
    assert server["state"] == "failed"
    assert "nothing listens" in server["said"]
    assert "python -m app serve MODEL --port 9" in server["hint"]
    assert "tool call" not in table.rows
    assert table.rows["query"]["state"] == "skipped"
    assert table.rows["store"]["state"] == "ok"


def test_an_endpoint_that_breaks_off_is_not_asked_on(examined: Examined, endpoint: ScriptedOpenAI) -> None:
    endpoint.always(Reply(drop_after=0))
    table = examined("--base-url", endpoint.base_url)
    assert table.code == 1
    assert table.of("failed") == ["tool call"]
    assert table.rows["tool call"]["said"].startswith("the connection failed")
    assert len(endpoint.requests) == 1
    assert "streaming" not in table.rows
    assert "store" in table.rows


def test_a_wrong_model_name_lists_those_that_are_served(examined: Examined, endpoint: ScriptedOpenAI) -> None:
    table = examined("--base-url", endpoint.base_url, "--model", "scriptd")
    assert table.code == 1
    assert table.rows["model"]["state"] == "failed"
    assert "It serves: scripted." in table.rows["model"]["hint"]
    assert table.rows["server"]["state"] == "ok"
    assert endpoint.requests == []


@pytest.mark.parametrize("parser", LEFT_IN_TEXT)
def test_a_call_left_in_the_text_names_the_missing_parser(
    examined: Examined, endpoint: ScriptedOpenAI, parser: str
) -> None:
    endpoint.always(when(wants_call, Reply(text=LEFT_IN_TEXT[parser])))
    table = examined("--base-url", endpoint.base_url)
    row = table.rows["tool call"]
    assert (table.code, row["state"]) == (1, "failed")
    assert "left in the text" in row["said"]
    assert f"--tool-call-parser {parser};" in row["hint"]
    assert ("the agent reads it" in row["hint"]) == (parser in ("hermes", "llama3_json"))


def test_a_reasoning_parser_that_swallows_the_call_is_named(examined: Examined, endpoint: ScriptedOpenAI) -> None:
    endpoint.always(when(wants_call, Reply(reasoning=HERMES)))
    row = examined("--base-url", endpoint.base_url).rows["tool call"]
    assert row["state"] == "failed"
    assert "left in the reasoning" in row["said"]
    assert "reasoning parser swallows" in row["hint"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, NO_TOOL_SUPPORT),
        (400, "registry.ollama.ai/library/gemma:2b does not support tools"),
        (500, "tools param requires --jinja flag"),
    ],
)
def test_a_server_without_tool_support_is_told_to_switch_it_on(
    examined: Examined, endpoint: ScriptedOpenAI, status: int, said: str
) -> None:
    endpoint.always(when(lambda body: bool(body.get("tools")), http_error(status, said)))
    table = examined("--base-url", endpoint.base_url)
    row = table.rows["tool call"]
    assert (table.code, row["state"]) == (1, "failed")
    assert said in row["said"]
    assert "--enable-auto-tool-choice --tool-call-parser hermes" in row["hint"]
    assert table.rows["required"]["state"] == table.rows["named"]["state"] == "skipped"
    assert "result" not in table.rows


def test_a_template_that_crashes_on_tools_is_told_by_its_own_message(
    examined: Examined, endpoint: ScriptedOpenAI
) -> None:
    crash = "'dict object' has no attribute 'nope'"
    endpoint.always(when(lambda body: bool(body.get("tools")), http_error(400, crash)))
    row = examined("--base-url", endpoint.base_url).rows["tool call"]
    assert row["state"] == "failed"
    assert crash in row["said"]
    assert "chat template fails on tools" in row["hint"]
    assert "--chat-template" in row["hint"]


def test_a_template_that_crashes_on_everything_is_not_blamed_on_tools(
    examined: Examined, endpoint: ScriptedOpenAI
) -> None:
    endpoint.always(http_error(400, "no such filter: 'tojsn'"))
    table = examined("--base-url", endpoint.base_url)
    assert "even a request without tools is refused: no such filter" in table.rows["tool call"]["said"]
    assert "chat template" in table.rows["tool call"]["hint"]


def test_a_template_that_crashes_on_results_shows_in_the_row_of_results(
    examined: Examined, endpoint: ScriptedOpenAI
) -> None:
    crash = http_error(400, "conversation roles must alternate")
    endpoint.always(when(lambda body: body["messages"][-1]["role"] == "tool", crash))
    table = examined("--base-url", endpoint.base_url)
    assert table.of("failed") == ["result"]
    assert "conversation roles must alternate" in table.rows["result"]["said"]
    assert "fails on results" in table.rows["result"]["hint"]


def test_a_template_that_leaves_the_tools_out_is_known_by_the_length_of_the_prompt(
    examined: Examined, endpoint: ScriptedOpenAI
) -> None:
    endpoint.always(Reply(text="I cannot know the time.", usage={"prompt_tokens": 12, "completion_tokens": 6}))
    row = examined("--base-url", endpoint.base_url).rows["tool call"]
    assert row["state"] == "failed"
    assert "tools do not reach the model" in row["said"]
    assert "leaves tools out" in row["hint"]


def test_a_model_that_answers_in_words_but_can_be_forced_is_not_trained_on_tools(
    examined: Examined, endpoint: ScriptedOpenAI
) -> None:
    endpoint.always(when(wants_call, Reply(text="I cannot know the time.")))
    table = examined("--base-url", endpoint.base_url)
    row = table.rows["tool call"]
    assert (table.code, row["state"]) == (0, "warning")
    assert "trained on tools" in row["hint"]
    assert table.rows["required"]["state"] == table.rows["named"]["state"] == "ok"


def test_a_model_that_makes_no_call_at_all_has_no_tool_support(examined: Examined, endpoint: ScriptedOpenAI) -> None:
    endpoint.always(Reply(text="I cannot know the time."))
    row = examined("--base-url", endpoint.base_url).rows["tool call"]
    assert row["state"] == "failed"
    assert "not even a forced one" in row["said"]


def test_plain_json_that_the_agent_reads_is_a_warning(examined: Examined, endpoint: ScriptedOpenAI) -> None:
    text = '```json\n{"name": "get_current_time", "arguments": {"timezone": "Asia/Tokyo"}}\n```'
    endpoint.always(when(wants_call, Reply(text=text)))
    row = examined("--base-url", endpoint.base_url).rows["tool call"]
    assert row["state"] == "warning"
    assert "The agent reads it" in row["hint"]


@pytest.mark.parametrize(
    ("streamed", "said"),
    [
        (Reply(text="calling"), "lost when it is streamed"),
        (Reply(calls=[Call("get_current_time", '{"timezone": "Asia/Tokyo"')]), "not a JSON object"),
        (Reply(calls=[Call("get_current_time", {})]), "streamed get_current_time({}), not streamed get_current_time({"),
        (http_error(500, "streaming is broken"), "streaming is broken"),
    ],
)
def test_a_call_that_is_not_the_same_when_streamed_is_found(
    examined: Examined, endpoint: ScriptedOpenAI, streamed: Reply, said: str
) -> None:
    endpoint.always(when(lambda body: bool(body.get("stream")), streamed))
    table = examined("--base-url", endpoint.base_url)
    assert table.code == 1
    assert table.of("failed") == ["streaming"]
    assert said in table.rows["streaming"]["said"]
