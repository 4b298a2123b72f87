"""mcp.json: what is read, and what is said about what cannot be."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.errors import ConfigurationError
from app.mcp_client.config import McpConfig, config_fingerprint, load_config
from app.mcp_client.entry import OnConnect, ServerEntry

ENVIRONMENT = {"TOKEN": "abcdef", "EMPTY": "", "NESTED": "${TOKEN}", "MCP_INPUT_API_KEY": "typed"}


def load(folder: Path, document: Any) -> McpConfig:
    path = folder / "mcp.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return load_config(path, environment=ENVIRONMENT, workspace=folder)


def entry(folder: Path, **keys: Any) -> ServerEntry:
    config = load(folder, {"mcpServers": {"one": keys}})
    assert not config.bad, config.bad
    return config.servers[0]


def problem(folder: Path, value: Any, name: str = "one") -> str:
    config = load(folder, {"mcpServers": {name: value, "good": {"command": "x"}}})
    assert [server.name for server in config.servers] == ["good"]
    return config.bad[0].cause


@pytest.mark.parametrize("key", ["mcpServers", "servers"])
def test_both_top_level_names_are_understood(tmp_path: Path, key: str) -> None:
    config = load(tmp_path, {key: {"b": {"command": "x"}, "a": {"url": "http://h/mcp"}}, "inputs": []})
    assert [(server.name, server.transport) for server in config.servers] == [("b", "stdio"), ("a", "http")]
    assert config.names == ("b", "a")
    assert config.warnings == ()


def test_both_names_with_different_content_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="both `mcpServers` and `servers`"):
        load(tmp_path, {"mcpServers": {}, "servers": {"a": {"command": "x"}}})


def test_every_key_arrives(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    read = entry(
        tmp_path,
        command="python",
        args=["-m", "robot", 7],
        env={"A": "${TOKEN}"},
        cwd="sub",
        timeout=5,
        include=["move_*"],
        exclude=["move_fast"],
        required=True,
        serial=True,
        on_connect=[{"tool": "connect", "arguments": {"port": 1}}, {"tool": "home"}],
    )
    assert read == ServerEntry(
        name="one",
        transport="stdio",
        command=sys.executable,
        args=("-m", "robot", "7"),
        env={"A": "abcdef"},
        cwd=tmp_path / "sub",
        timeout=5.0,
        include=("move_*",),
        exclude=("move_fast",),
        required=True,
        serial=True,
        on_connect=(OnConnect(tool="connect", arguments={"port": 1}), OnConnect(tool="home")),
        secrets=("abcdef",),
    )


@pytest.mark.parametrize("name", ["http", "streamable_http", "streamable-http", "streamableHttp"])
def test_all_spellings_of_http_are_one(tmp_path: Path, name: str) -> None:
    assert entry(tmp_path, type=name, url="https://h/mcp").transport == "http"
    assert entry(tmp_path, transport=name, url="https://h/mcp").transport == "http"
    assert entry(tmp_path, type="sse", url="https://h/sse").transport == "sse"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${TOKEN}", "abcdef"),
        ("${env:TOKEN}!", "abcdef!"),
        ("${MISSING:-fall back}", "fall back"),
        ("${EMPTY:-fall back}", "fall back"),
        ("${MISSING:-}x", "x"),
        ("${MISSING:-http://h:1/}", "http://h:1/"),
        ("${NESTED}", "${TOKEN}"),
        ("$TOKEN $$ {TOKEN}", "$TOKEN $$ {TOKEN}"),
        ("${input:api-key}", "typed"),
    ],
)
def test_variables_are_replaced(tmp_path: Path, written: str, read: str) -> None:
    assert entry(tmp_path, command="x", args=[written]).args == (read,)


def test_folders_are_variables_too(tmp_path: Path) -> None:
    read = entry(tmp_path, command="${workspaceFolder}/run", args=["${userHome}"])
    assert (read.command, read.args) == (f"{tmp_path}/run", (str(Path.home()),))


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ({"command": "${MISSING}"}, "MISSING is not set"),
        ({"command": "x", "args": ["${TOKEN"]}, "no closing brace"),
        ({"command": "x", "args": ["${a b}"]}, "not a variable"),
        ({"command": "x", "args": ["${input:other}"]}, "set MCP_INPUT_OTHER"),
        ({"command": ""}, "`command` must be a text"),
        ({"command": "x", "url": "http://h"}, "both `command` and `url`"),
        ({}, "needs `command`"),
        ({"url": "h/mcp"}, "must start with http"),
        ({"url": "http://h", "type": "carrier pigeon"}, "'carrier pigeon' is not one of"),
        ({"url": "http://h", "type": "stdio"}, "stdio needs `command`"),
        ({"command": "x", "args": "-v"}, "`args` must be a list"),
        ({"command": "x", "args": [{}]}, "`args` must be a list of texts"),
        ({"command": "x", "env": ["A=1"]}, "`env` must be an object"),
        ({"command": "x", "env": {"A": None}}, "values of `env`"),
        ({"command": "x", "envFile": "none.env"}, "does not exist"),
        ({"command": "x", "cwd": "nowhere"}, "is no folder"),
        ({"command": "x", "timeout": -1}, "`timeout` must be"),
        ({"command": "x", "timeout": "5"}, "`timeout` must be"),
        ({"command": "x", "required": "yes"}, "`required` must be true or false"),
        ({"command": "x", "on_connect": ["home"]}, "`on_connect` must be a list of"),
        ("python", "must be an object"),
    ],
)
def test_a_bad_entry_hides_no_other(tmp_path: Path, value: Any, cause: str) -> None:
    assert cause in problem(tmp_path, value)


def test_a_name_that_could_be_a_path_is_refused(tmp_path: Path) -> None:
    assert "a server's name" in problem(tmp_path, {"command": "x"}, name="../evil")


def test_unknown_keys_are_dropped_with_a_warning(tmp_path: Path) -> None:
    config = load(tmp_path, {"mcpServers": {"one": {"command": "x", "icon": "robot"}}, "theme": "dark"})
    assert [server.name for server in config.servers] == ["one"]
    assert [warning.partition("mcp.json: ")[2] for warning in config.warnings] == [
        "unknown key `theme` ignored",
        "server one: unknown key `icon` ignored",
    ]


@pytest.mark.parametrize("switch", [{"disabled": True}, {"enabled": False}])
def test_a_disabled_entry_needs_nothing_else(tmp_path: Path, switch: dict[str, bool]) -> None:
    assert entry(tmp_path, command="${MISSING}", **switch).disabled


def test_a_value_that_vanishes_unsets_its_variable(tmp_path: Path) -> None:
    read = entry(tmp_path, command="x", env={"KEY": "${MISSING:-}", "PLAIN": "", "FLAG": True})
    assert read.env == {"KEY": None, "PLAIN": "", "FLAG": "true"}


def test_an_env_file_is_read_and_env_wins(tmp_path: Path) -> None:
    (tmp_path / "robot.env").write_text("# ours\nexport A='one two'\nB=2 # two\nC=${TOKEN}\n")
    read = entry(tmp_path, command="x", envFile="robot.env", env={"B": "3"})
    assert read.env == {"A": "one two", "B": "3", "C": "${TOKEN}"}


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ('{"mcpServers": {\n  "a": {"command": "x",}\n}}', "line 2, column 2[34]", "comma"),
        ('{"mcpServers": {\n  // mine\n}}', "line 2, column 3", "comments"),
        ("{'mcpServers': {}}", "line 1, column 2", "double quotes"),
        ('{"mcpServers": {}', "line 1, column 18", "brackets"),
        ("", "line 1, column 1", "brackets"),
    ],
)
def test_broken_json_is_located_and_explained(tmp_path: Path, text: str, place: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=place) as caught:
        load(tmp_path, text)
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("document", [[], {"mcpServers": []}, {"tools": {}}])
def test_json_that_names_no_servers_is_refused(tmp_path: Path, document: Any) -> None:
    with pytest.raises(ConfigurationError):
        load(tmp_path, document)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="absent.json cannot be read"):
        load_config(tmp_path / "absent.json")


def test_a_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text("{}")
    two.write_text("{}")
    assert config_fingerprint(one) == config_fingerprint(two)
    two.write_text("{ }")
    assert config_fingerprint(one) != config_fingerprint(two)


def test_reading_and_opening_need_no_mcp() -> None:
    heavy = "mcp httpx langchain_core langchain_mcp_adapters"
    code = f"import sys, app.mcp_client.hub; print([name for name in '{heavy}'.split() if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"
