import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import SecretStr

from app.chat.embedded import EmbeddedChatModel
from app.chat.endpoint import UnknownModelError
from app.chat.models import ModelDescription, open_chat_models
from app.errors import EndpointError
from app.settings import Endpoint, ModelSettings, SettingsTree
from tests.chat.served import GET_TIME
from tests.scripted_openai import ScriptedOpenAI


def _models(**settings: object):
    return open_chat_models(SettingsTree(model=ModelSettings(**settings)))


@pytest.fixture
def other() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI("other", max_model_len=1024) as server:
        yield server


@pytest.fixture
def dead_url() -> Iterator[str]:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unheard.getsockname()[1]}/v1"


async def test_nothing_configured_means_the_embedded_model_and_says_so_once() -> None:
    models = _models()
    [notice] = models.take_notices()
    [choice] = await models.choose("")
    assert isinstance(choice.model, EmbeddedChatModel)
    assert "embedded" in notice
    assert "MODEL__BASE_URL" in notice
    assert models.take_notices() == []
    assert models.describe() == ModelDescription("embedded", "embedded")


async def test_a_key_alone_never_names_an_endpoint(
    scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", scripted_openai.base_url)
    models = _models(api_key=SecretStr("sk-from-settings"))
    [choice] = await models.choose("")
    assert isinstance(choice.model, EmbeddedChatModel)
    assert scripted_openai.paths == []


async def test_an_endpoint_gets_its_own_key_and_none_from_the_environment(
    scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    scripted_openai.always("ok")
    models = _models(base_url=scripted_openai.base_url)
    [choice] = await models.choose("")
    await choice.model.ainvoke("hi")
    await models.aclose()
    assert scripted_openai.requests[0].headers["authorization"] == "Bearer EMPTY"


async def test_an_endpoint_is_asked_when_it_is_chosen_and_only_once(scripted_openai: ScriptedOpenAI) -> None:
    models = _models(base_url=scripted_openai.base_url)
    assert models.take_notices() == []
    assert scripted_openai.paths == []
    assert models.describe() == ModelDescription("", scripted_openai.base_url)
    [choice] = await models.choose("")
    assert (choice.name, choice.context_window) == ("scripted", 32768)
    assert await models.choose("") == [choice]
    assert models.describe() == ModelDescription("scripted", scripted_openai.base_url)
    assert scripted_openai.paths.count("GET /v1/models") == 1
    await models.aclose()


async def test_tokens_are_counted_on_the_messages_as_they_are_sent(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always("ok")
    models = _models(base_url=scripted_openai.base_url)
    [choice] = await models.choose("")
    history = [
        HumanMessage("hi"),
        AIMessage("", tool_calls=[{"name": "get_time", "args": {}, "id": "1"}]),
        ToolMessage("no such zone", tool_call_id="1", status="error"),
    ]
    counted = await choice.count_tokens(history, [GET_TIME])
    answer = await choice.model.bind_tools([GET_TIME]).ainvoke(history)
    assert counted == answer.usage_metadata["input_tokens"]
    await models.aclose()


async def test_endpoints_are_picked_by_name_and_the_embedded_model_always_can_be(
    scripted_openai: ScriptedOpenAI, other: ScriptedOpenAI
) -> None:
    endpoints = {"gpu": Endpoint(base_url=scripted_openai.base_url), "box": Endpoint(base_url=other.base_url)}
    models = _models(endpoints=endpoints)
    assert models.names == ["gpu", "box", "embedded"]
    for name, served in {"": "scripted", "box": "other", "scripted": "scripted", "embedded": "embedded"}.items():
        [choice] = await models.choose(name)
        assert choice.name == served
    with pytest.raises(UnknownModelError, match="no model called 'boxx'"):
        await models.choose("boxx")
    await models.aclose()


async def test_a_model_name_without_any_endpoint_is_an_error_that_says_what_to_set() -> None:
    models = _models(name="Qwen/Qwen3-8B")
    with pytest.raises(EndpointError, match="could serve 'Qwen/Qwen3-8B'") as failure:
        await models.choose("")
    assert "MODEL__BASE_URL" in failure.value.hint
    assert models.describe() == ModelDescription("Qwen/Qwen3-8B", "")


async def test_fallbacks_follow_in_order_and_a_dead_one_is_left_out_with_one_notice(
    scripted_openai: ScriptedOpenAI, other: ScriptedOpenAI, dead_url: str
) -> None:
    endpoints = {"gone": Endpoint(base_url=dead_url), "box": Endpoint(base_url=other.base_url)}
    models = _models(base_url=scripted_openai.base_url, endpoints=endpoints, fallbacks=["gone", "box", "embedded"])
    for _ in range(2):
        assert [choice.name for choice in await models.choose("")] == ["scripted", "other", "embedded"]
    [notice] = models.take_notices()
    assert notice.startswith("fallback left out: ")
    assert dead_url in notice
    await models.aclose()


async def test_a_fallback_takes_over_from_an_endpoint_that_is_down_and_is_announced(
    other: ScriptedOpenAI, dead_url: str
) -> None:
    models = _models(base_url=dead_url, endpoints={"box": Endpoint(base_url=other.base_url)}, fallbacks=["box"])
    [choice] = await models.choose("")
    assert choice.name == "other"
    assert models.describe() == ModelDescription("other", other.base_url)
    [notice] = models.take_notices()
    assert notice.endswith("other takes over.")
    await models.aclose()


async def test_a_wrong_model_name_is_not_papered_over_by_a_fallback(scripted_openai: ScriptedOpenAI) -> None:
    models = _models(base_url=scripted_openai.base_url, name="typo", fallbacks=["embedded"])
    with pytest.raises(UnknownModelError, match="no model called 'typo'"):
        await models.choose("")


async def test_an_endpoint_that_comes_up_later_is_found() -> None:
    with ScriptedOpenAI() as earlier:
        url, port = earlier.base_url, urlsplit(earlier.base_url).port
    models = _models(base_url=url)
    with pytest.raises(EndpointError, match="nothing listens"):
        await models.choose("")
    with ScriptedOpenAI(port=port):
        [choice] = await models.choose("")
    assert choice.name == "scripted"
    await models.aclose()


def test_the_embedded_model_is_reached_without_importing_openai() -> None:
    code = (
        "import sys; from app.settings import SettingsTree; from app.chat import models\n"
        "models.import_for(SettingsTree()); print(sorted({'openai', 'langchain_openai'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
