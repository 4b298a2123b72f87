"""What only a real vLLM can show: the whole way from `serve` over template and parser to the answer."""

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.serving.vllm_server import ADAPTERS, INSTALL_AND_BOOT_SECONDS, ServedEmbedded

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(INSTALL_AND_BOOT_SECONDS + 60)]
PARSED = "vllm:tool_call_parser_invocations_total"


def test_a_query_goes_through_vllm_its_template_and_its_parser(served_embedded: ServedEmbedded, tmp_path: Path) -> None:
    calls_before = served_embedded.counter(PARSED, outcome="tool_call")
    before = datetime.now(ZoneInfo("Asia/Tokyo"))
    done = served_embedded.app("run", "What time is it in Asia/Tokyo?", "--output", "json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    [call] = report["tool_calls"]
    assert (call["server"], call["name"], call["arguments"]) == ("time", "get_current_time", {"timezone": "Asia/Tokyo"})
    given = datetime.fromisoformat(json.loads(call["result"])["datetime"])
    assert before.replace(microsecond=0) <= given <= datetime.now(ZoneInfo("Asia/Tokyo"))
    assert f"{given:%H:%M}" in report["answer"]
    assert served_embedded.counter(PARSED, outcome="tool_call") > calls_before


def test_run_says_that_it_uses_the_server_that_serve_started(served_embedded: ServedEmbedded, tmp_path: Path) -> None:
    done = served_embedded.app("run", "Hello!", folder=tmp_path)
    assert f"using the server at {served_embedded.base_url}, which `serve` started" in done.stderr


def test_the_start_showed_what_vllm_was_doing(served_embedded: ServedEmbedded) -> None:
    stages = re.findall(r"^ +\d+ s  (.+)$", served_embedded.start_talk, re.MULTILINE)
    wanted = ["reading its options", "starting the engine", "loading weights", "reserving the KV cache"]
    assert [stage for stage in stages if stage in wanted] == wanted
    assert "ready after" in served_embedded.start_talk


def test_status_shows_the_server_with_its_health(served_embedded: ServedEmbedded, tmp_path: Path) -> None:
    done = served_embedded.app("serve", "status", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{served_embedded.model}  {served_embedded.base_url}  healthy  pid ")


def test_a_thread_picks_an_adapter_by_its_name(served_embedded: ServedEmbedded, tmp_path: Path) -> None:
    for name in ADAPTERS:
        done = served_embedded.app(
            "run", "What time is it in Asia/Tokyo?", "--model", name, "-o", "json", folder=tmp_path
        )
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["model"] == name
        assert report["tool_calls"][0]["name"] == "get_current_time"
