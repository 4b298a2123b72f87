import os
from dataclasses import replace

import pytest

from app.chat.embedded import EmbeddedChatModel
from app.chat.models import ModelDescription, open_chat_models
from app.serving.process_session import birth_of
from app.serving.running import ServerRecord, remember, running_endpoint, server_records
from app.settings import SettingsTree
from app.settings_sources import load_settings
from tests.scripted_openai import ScriptedOpenAI


@pytest.fixture
def settings() -> SettingsTree:
    return load_settings()


@pytest.fixture
def record(settings: SettingsTree, scripted_openai: ScriptedOpenAI) -> ServerRecord:
    """The scripted endpoint as a server that `serve` started: this very process."""
    started = ServerRecord(
        pid=os.getpid(),
        birth=birth_of(os.getpid()),
        base_url=scripted_openai.base_url,
        port=8000,
        model="scripted",
        log="/dev/null",
        started=1.0,
        api_key="its-key",
    )
    remember(settings.storage, started, ready=True)
    return started


async def test_a_running_server_answers_with_its_key_and_is_announced_once(
    settings: SettingsTree, record: ServerRecord, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.api_key = "its-key"
    scripted_openai.always("ok")
    models = open_chat_models(settings)
    [notice] = models.take_notices()
    assert f"using the server at {record.base_url}, which `serve` started" in notice
    [choice] = await models.choose("")
    assert models.describe() == ModelDescription("scripted", record.base_url)
    assert (await choice.model.ainvoke("hi")).content == "ok"
    assert models.take_notices() == []
    await models.aclose()


async def test_an_endpoint_that_settings_name_is_stronger(record: ServerRecord) -> None:
    models = open_chat_models(load_settings({"model": {"base_url": "http://127.0.0.1:9/v1"}}))
    assert models.take_notices() == []
    assert models.describe().endpoint == "http://127.0.0.1:9/v1"


async def test_the_name_embedded_still_means_the_model_in_process(settings: SettingsTree, record: ServerRecord) -> None:
    [choice] = await open_chat_models(settings).choose("embedded")
    assert isinstance(choice.model, EmbeddedChatModel)


def test_of_several_servers_the_last_that_is_ready_is_found(settings: SettingsTree, record: ServerRecord) -> None:
    remember(settings.storage, replace(record, port=8001, base_url="http://b/v1", started=2.0), ready=True)
    remember(settings.storage, replace(record, port=8002, base_url="http://c/v1", started=3.0), ready=False)
    found = running_endpoint(settings)
    assert found
    assert found.base_url == "http://b/v1"
    assert [known.port for known in server_records(settings.storage)] == [8002, 8001, 8000]


def test_a_file_that_cannot_be_read_hides_no_server(settings: SettingsTree, record: ServerRecord) -> None:
    folder = settings.storage.home / "serving"
    (folder / "8001.json").write_text("{")
    (folder / "8002.json").write_text('{"pid": 1}')
    assert running_endpoint(settings)


def test_a_server_from_before_a_reboot_is_forgotten(settings: SettingsTree, record: ServerRecord) -> None:
    remember(settings.storage, replace(record, birth=f"another {record.birth.split(' ')[1]}"), ready=True)
    assert running_endpoint(settings) is None
    assert server_records(settings.storage) == []
    assert not (settings.storage.home / "serving" / "8000.json").exists()
