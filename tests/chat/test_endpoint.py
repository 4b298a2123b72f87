import socket
import time

import pytest
from langchain_core.messages import HumanMessage
from pydantic import SecretStr

from app.chat.endpoint import UnknownModelError, count_tokens, probe
from app.errors import EndpointError
from app.settings import Endpoint
from tests.chat.served import GET_TIME
from tests.scripted_openai import ScriptedOpenAI


async def test_an_endpoint_says_what_it_serves() -> None:
    with ScriptedOpenAI("big", "small", max_model_len=4096) as server:
        info = await probe(Endpoint(base_url=server.base_url))
    assert dict(info.models) == {"big": 4096, "small": 4096}
    assert info.has_tokenize
    assert (info.served_name(""), info.served_name("small")) == ("big", "small")


async def test_a_server_without_window_or_tokenize_is_fine() -> None:
    with ScriptedOpenAI("big", max_model_len=None) as server:
        server.has_tokenize = False
        info = await probe(Endpoint(base_url=server.base_url))
    assert (dict(info.models), info.has_tokenize) == ({"big": None}, False)


async def test_a_wrong_model_name_lists_the_served_ones_nearest_first() -> None:
    with ScriptedOpenAI("llama-3", "qwen3-8b") as server:
        info = await probe(Endpoint(base_url=server.base_url))
    with pytest.raises(UnknownModelError) as failure:
        info.served_name("Qwen3-7B")
    assert "'Qwen3-7B'" in failure.value.message
    assert failure.value.hint == "It serves: qwen3-8b, llama-3."


async def test_a_dead_port_is_said_at_once_with_the_command_that_would_start_a_server() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        started = time.monotonic()
        with pytest.raises(EndpointError, match="nothing listens there") as failure:
            await probe(Endpoint(base_url=f"http://127.0.0.1:{port}/v1", model="Qwen/Qwen3-8B"))
    assert time.monotonic() - started < 5
    assert f"http://127.0.0.1:{port}/v1" in failure.value.message
    assert f"python -m app serve Qwen/Qwen3-8B --port {port}" in failure.value.hint
    assert failure.value.exit_code == 4


@pytest.mark.slow
async def test_a_server_that_accepts_and_says_nothing_is_given_up_within_five_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(EndpointError, match="took too long"):
            await probe(Endpoint(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/v1"))
    assert time.monotonic() - started < 5


async def test_an_unknown_host_is_called_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # tests may not ask a name server
    with pytest.raises(EndpointError, match="host name is not known") as failure:
        await probe(Endpoint(base_url="http://gpu-box.invalid:8000/v1"))
    assert "Check MODEL__BASE_URL" in failure.value.hint


async def test_a_wrong_key_and_a_wrong_path_are_told_apart(scripted_openai: ScriptedOpenAI) -> None:
    with pytest.raises(EndpointError, match="404") as failure:
        await probe(Endpoint(base_url=scripted_openai.root_url))
    assert failure.value.hint == f"Did you mean {scripted_openai.base_url}?"
    with pytest.raises(EndpointError, match="404"):
        await probe(Endpoint(base_url=f"{scripted_openai.root_url}/nothing/v1"))
    scripted_openai.api_key = "right"
    with pytest.raises(EndpointError, match="refused the key"):
        await probe(Endpoint(base_url=scripted_openai.base_url, api_key=SecretStr("wrong")))
    assert (await probe(Endpoint(base_url=scripted_openai.base_url, api_key=SecretStr("right")))).models


async def test_tokens_are_counted_by_the_endpoint(scripted_openai: ScriptedOpenAI) -> None:
    endpoint = Endpoint(base_url=scripted_openai.base_url)
    messages = [{"role": "user", "content": HumanMessage("hello").text}]
    bare = await count_tokens(endpoint, "scripted", messages, [])
    assert await count_tokens(endpoint, "scripted", messages, [GET_TIME]) > bare > 0
    scripted_openai.has_tokenize = False
    with pytest.raises(EndpointError, match="counted no tokens"):
        await count_tokens(endpoint, "scripted", messages, [])
