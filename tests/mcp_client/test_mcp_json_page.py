"""The page about mcp.json names every key, and its example can be used."""

import re
from pathlib import Path

from app.mcp_client.config import load_config
from app.mcp_client.entry import KEYS
from tests.source_tree import ROOT

PAGE = (ROOT / "docs/mcp-json.md").read_text()


def test_every_key_has_its_row_and_no_other() -> None:
    rows = re.findall(r"^\| (`.+?) \|", PAGE.partition("## Variables")[0], re.MULTILINE)
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} == KEYS


def test_the_example_can_be_used_and_its_variables_reach_the_calls_on_connect(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    path.write_text(example)
    config = load_config(path, environment={"ARM_TOKEN": "secret", "ARM_PORT": "7"})
    assert not config.bad
    assert not config.warnings
    arm, house = config.servers
    assert (arm.init_timeout, arm.timeout, arm.serial) == (300, 60, True)
    assert arm.on_connect[0].arguments == {"port": "7"}
    assert house.transport == "http"
