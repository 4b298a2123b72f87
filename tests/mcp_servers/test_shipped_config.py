"""The shipped mcp.json starts the shipped servers, with what `.env` holds for them."""

import json
from pathlib import Path

import pytest

from app.runtime import open_hub_for
from app.settings import McpSettings, SettingsTree, StorageSettings
from tests.mcp_servers.open_meteo_stand_in import open_stand_in
from tests.source_tree import ROOT


async def test_the_servers_get_their_variables_from_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shipped = json.loads((ROOT / "mcp.json").read_text(encoding="utf-8"))
    del shipped["mcpServers"]["time"]  # slow to start, and asks for no variable
    config = tmp_path / "servers.json"
    config.write_text(json.dumps(shipped))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOTES_DB")
    settings = SettingsTree(mcp=McpSettings(config=config), storage=StorageSettings(home=tmp_path / "state"))
    with open_stand_in() as weather:
        (tmp_path / ".env").write_text(f"WEATHER_BASE_URL={weather.url}\nWEATHER_API_KEY=k\nNOTES_DB={tmp_path}/n.db\n")
        async with open_hub_for(settings) as hub:
            await hub.ready()
            told = await hub.call("get_current_weather", {"city": "Oslo"}, call_id="1")
            added = await hub.call("add_note", {"text": "buy milk"}, call_id="2")
            specs = {spec.qualified: spec for spec in hub.specs()}
    assert told.text.startswith("Oslo, Norway: -3.4 °C, light snowfall")
    assert [query["apikey"] for _, query in weather.requests] == ["k", "k"]
    assert added.text == "Added note 1: buy milk"
    assert (tmp_path / "n.db").is_file()
    assert specs["weather:get_forecast"].read_only
    assert not specs["notes:add_note"].read_only
    assert not specs["notes:add_note"].destructive
