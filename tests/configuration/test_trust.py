from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.settings import McpSettings
from app.shipped import shipped
from app.trust import choose_mcp_config


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def never(path: Path) -> bool:
    raise AssertionError(f"asked about {path}")


def test_without_a_local_file_the_shipped_one_is_used() -> None:
    assert choose_mcp_config(McpSettings(), never) == shipped("mcp.json")


def test_a_copy_of_the_shipped_file_needs_no_trust(folder: Path) -> None:
    (folder / "mcp.json").write_bytes(shipped("mcp.json").read_bytes())
    assert choose_mcp_config(McpSettings(), None) == folder / "mcp.json"


def test_a_local_file_is_refused_where_nobody_can_answer(folder: Path) -> None:
    (folder / "mcp.json").write_text('{"mcpServers": {}}')
    with pytest.raises(ConfigurationError, match="not trusted") as caught:
        choose_mcp_config(McpSettings(), None)
    assert "--mcp-config" in caught.value.hint


def test_a_local_file_is_asked_about_once_per_content(folder: Path) -> None:
    local = folder / "mcp.json"
    local.write_text('{"mcpServers": {}}')
    asked: list[Path] = []
    assert choose_mcp_config(McpSettings(), lambda path: bool(asked.append(path)) or True) == local
    assert choose_mcp_config(McpSettings(), None) == local
    local.write_text('{"mcpServers": {"new": {"command": "rm"}}}')
    with pytest.raises(ConfigurationError):
        choose_mcp_config(McpSettings(), None)
    assert asked == [local]


def test_a_refusal_is_not_remembered_as_trust(folder: Path) -> None:
    (folder / "mcp.json").write_text('{"mcpServers": {}}')
    with pytest.raises(ConfigurationError):
        choose_mcp_config(McpSettings(), lambda _: False)
    with pytest.raises(ConfigurationError):
        choose_mcp_config(McpSettings(), None)


def test_a_named_file_is_taken_as_it_is(folder: Path) -> None:
    named = folder / "mine.json"
    named.write_text("{}")
    assert choose_mcp_config(McpSettings(config=named), never) == named


def test_a_named_file_that_is_missing_is_an_error(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        choose_mcp_config(McpSettings(config=folder / "nowhere.json"), never)
