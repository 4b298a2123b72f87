"""What an endpoint cannot do besides, and what is wrong on this machine."""

from pathlib import Path

import pytest

from app.doctor.backends import BACKENDS, LMDEPLOY, SGLANG, UNKNOWN, VLLM, recognise
from app.doctor.template_check import check_template, template_of
from tests.doctor.conftest import Examined
from tests.doctor.scripted_model import healthy
from tests.doctor.test_faults_of_endpoints import when
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error
from tests.scripted_openai.replies import Body


def plain(body: Body) -> bool:
    return not body.get("tools") and isinstance(body["messages"][-1]["content"], str)


def shows_image(body: Body) -> bool:
    return any(isinstance(message["content"], list) for message in body["messages"])


def zones(body: Body) -> bool:
    return "Europe/Berlin" in str(body["messages"][-1]["content"])


def note(body: Body) -> bool:
    return str(body["messages"][-1]["content"]).startswith("Add a note")


TOKYO = Call("get_current_time", {"timezone": "Asia/Tokyo"})
BROKEN = Call("add_note", '{"text": "Zoë says "grüezi" to 東京"}')
CHANGED = Call("add_note", {"text": "Zoe says gruezi"})
SAME_LENGTH = {"prompt_tokens": 9, "completion_tokens": 2}


@pytest.mark.parametrize(
    ("ill", "reply", "check", "state", "said"),
    [
        (plain, Reply(text="<think>5 > 3</think>5"), "reasoning", "warning", "stands in its answers"),
        (plain, Reply(reasoning="The answer is 5"), "reasoning", "failed", "its answer is empty"),
        (plain, Reply(reasoning="Hm", finish_reason="length"), "reasoning", "warning", "cut off"),
        (plain, Reply(reasoning="5 > 3", text="5"), "reasoning", "ok", "thinking arrives apart."),
        (zones, Reply(calls=[TOKYO]), "two calls", "warning", "asked for two, came: get_current_time"),
        (zones, http_error(400, "one call only"), "two calls", "warning", "one call only"),
        (note, Reply(calls=[BROKEN]), "arguments", "failed", "not a JSON object"),
        (note, Reply(calls=[CHANGED]), "arguments", "warning", "changed"),
        (note, Reply(text="Noted."), "arguments", "skipped", "Noted."),
        (shows_image, http_error(400, "not a multimodal model"), "image", "skipped", "not a multimodal model"),
        (shows_image, Reply(text="Blue"), "image", "warning", "'Blue'"),
    ],
)
def test_what_else_is_ill_is_found_in_its_row(
    examined: Examined, endpoint: ScriptedOpenAI, ill: object, reply: Reply, check: str, state: str, said: str
) -> None:
    endpoint.always(when(ill, reply))  # type: ignore[arg-type]  # a function of the body
    table = examined("--base-url", endpoint.base_url)
    assert table.rows[check]["state"] == state
    assert said in table.rows[check]["said"]
    assert table.of("failed") == ([check] if state == "failed" else [])


def test_an_image_that_is_dropped_on_the_way_is_known_by_the_length_of_the_prompt(
    examined: Examined, endpoint: ScriptedOpenAI
) -> None:
    endpoint.always(lambda body: Reply(text="Red", usage=SAME_LENGTH) if not body.get("tools") else healthy(body))
    assert "drops them" in examined("--base-url", endpoint.base_url).rows["image"]["said"]


@pytest.mark.parametrize(("placement", "state"), [("user", "skipped"), ("tool", "warning")])
def test_an_image_in_a_result_matters_only_where_settings_put_it(
    examined: Examined, endpoint: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch, placement: str, state: str
) -> None:
    monkeypatch.setenv("MODEL__IMAGES", placement)

    def in_result(body: Body) -> bool:
        return any(message["role"] == "tool" and isinstance(message["content"], list) for message in body["messages"])

    endpoint.always(when(in_result, http_error(400, "tool content must be text")))
    row = examined("--base-url", endpoint.base_url).rows["image of a tool"]
    assert row["state"] == state
    assert "tool content must be text" in row["said"]


@pytest.mark.parametrize(("cached", "state"), [(600, "ok"), (0, "warning")])
def test_the_prefix_cache_is_judged_by_the_usage_of_the_second_answer(
    examined: Examined, endpoint: ScriptedOpenAI, cached: int, state: str
) -> None:
    usage = {"prompt_tokens": 640, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": cached}}
    endpoint.always(when(lambda body: body.get("max_tokens") == 1, Reply(text="x", usage=usage)))  # type: ignore[arg-type]  # nested as on the wire
    row = examined("--base-url", endpoint.base_url).rows["prefix cache"]
    assert row["state"] == state
    assert row["said"].startswith(f"{cached} of 640")


def test_an_answer_without_the_result_is_a_warning_or_a_template_that_drops_results(
    examined: Examined, endpoint: ScriptedOpenAI
) -> None:
    def after_result(body: Body) -> bool:
        return body["messages"][-1]["role"] == "tool"

    endpoint.always(when(after_result, Reply(calls=[TOKYO])))
    assert examined("--base-url", endpoint.base_url).rows["result"]["state"] == "warning"
    endpoint.always(when(after_result, Reply(calls=[TOKYO], usage=SAME_LENGTH)))
    row = examined("--base-url", endpoint.base_url).rows["result"]
    assert (row["state"], row["said"]) == ("failed", "results do not reach the model.")


def test_a_bad_setting_is_the_only_row_and_names_its_variable(
    examined: Examined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL__TEMPERATURE", "hot")
    table = examined()
    assert (table.code, list(table.rows)) == (1, ["settings"])
    assert "MODEL__TEMPERATURE" in table.rows["settings"]["said"]


def test_broken_things_of_this_machine_are_found_one_by_one(
    examined: Examined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policy.toml").write_text("default = 7")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STORAGE__POSTGRES", "host=127.0.0.1 port=9 connect_timeout=2")
    table = examined(gone={"command": "no-such-program"}, resting={"command": "x", "disabled": True})
    assert table.code == 1
    assert table.of("failed") == ["mcp gone", "store", "policy"]
    assert "no-such-program" in table.rows["mcp gone"]["said"]
    assert table.rows["mcp resting"]["state"] == "skipped"
    assert "default is 7" in table.rows["policy"]["said"]


def test_a_local_template_that_does_not_render_is_found(
    examined: Examined, tmp_path: Path, endpoint: ScriptedOpenAI
) -> None:
    folder = tmp_path / "prompts" / "templates"
    folder.mkdir(parents=True)
    (folder / "mine.jinja").write_text("{% for message in messages %}{{ message.content }}{% endfor %}")
    row = examined("--base-url", endpoint.base_url).rows["template"]
    assert row["state"] == "failed"
    assert "mine.jinja" in row["said"]
    assert "the tools" in row["said"]


@pytest.mark.parametrize(
    ("model", "file", "origin"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2_5.jinja", "the profile qwen2.5-7b"),
        ("Qwen/Qwen2.5-32B-Instruct", "qwen2_5.jinja", "the family of qwen2.5-7b"),
    ],
)
def test_the_template_is_that_which_serve_gives_to_the_model(model: str, file: str, origin: str) -> None:
    path, said = template_of(model)
    assert path is not None
    assert (path.name, said) == (file, origin)
    assert check_template(model).state == "ok"


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
def test_every_backend_is_recognised_by_what_it_says_of_its_models(backend) -> None:
    assert all(recognise("http://127.0.0.1:1/v1", owner) is backend for owner in backend.owned_by)
    assert backend.parser_hint("hermes")


def test_a_parser_is_called_by_its_name_at_that_backend() -> None:
    assert recognise("https://api.openai.com/v1", "someone").name == "OpenAI"
    assert recognise("http://127.0.0.1:1/v1", "someone") is UNKNOWN
    assert "--tool-call-parser qwen25." in SGLANG.parser_hint("hermes")
    assert "--tool-call-parser qwen2d5." in LMDEPLOY.parser_hint("hermes")
    assert "no parser" in LMDEPLOY.parser_hint("mistral")
    assert "--tool-call-parser mistral;" in VLLM.parser_hint("mistral")
