"""What a broken server costs: its own tools, and a cause in one sentence."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path

import pytest

from app.errors import RequiredServerDown
from app.mcp_client.hub import open_hub
from tests.mcp_client.conftest import bare, config_of, hub_of, is_alive, state_of, until


async def test_dead_servers_cost_only_their_own_tools(tmp_path: Path) -> None:
    servers = {
        "good": bare("ok", tmp_path),
        "exits": bare("exits"),
        "missing": {"command": "no-such-program"},
        "unplugged": {"url": "http://127.0.0.1:9/mcp"},
        "unplugged_sse": {"type": "sse", "url": "http://127.0.0.1:9/sse"},
        "unfit": {"args": []},
        "off": {"command": "python", "disabled": True},
    }
    async with hub_of(tmp_path, servers) as hub:
        assert {spec.server for spec in hub.specs()} == {"good"}
        assert state_of(hub, "exits") == (
            "failed",
            "exited with code 3 before answering initialize; last line of its log: cannot open the camera",
        )
        assert state_of(hub, "missing") == ("failed", "the command `no-such-program` does not exist or is not on PATH")
        assert state_of(hub, "unplugged") == ("failed", "no connection to http://127.0.0.1:9/mcp")
        assert state_of(hub, "unplugged_sse") == ("failed", "no connection to http://127.0.0.1:9/sse")
        assert state_of(hub, "unfit")[1].startswith("it needs `command`")
        assert state_of(hub, "off") == ("disabled", "")
        assert [status.name for status in hub.statuses()] == list(servers)
        assert "failed: no connection to http://127.0.0.1:9/mcp" in (tmp_path / "logs" / "unplugged.log").read_text()
        assert (await hub.call("echo", {"a": 1}, call_id="c")).text == '{"a": 1}'


async def test_silent_servers_end_at_the_init_timeout_with_what_they_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    servers = {"rubbish": bare("rubbish"), "hangs": bare("hangs", tmp_path), "banner": bare("banner")}
    began = time.monotonic()
    async with hub_of(tmp_path, servers, init_timeout=1.0) as hub:
        assert time.monotonic() - began < 5
        assert state_of(hub, "hangs") == ("failed", "did not answer initialize within 1 s")
        cause = state_of(hub, "rubbish")[1]
        assert cause == (
            "did not answer initialize within 1 s; it printed what is no MCP message: 'Welcome to the server!'"
        )
        assert state_of(hub, "banner") == ("ready", "")
        assert "{not json" in (tmp_path / "logs" / "rubbish.log").read_text()
        hanging = int((tmp_path / "hanging.pid").read_text())
    assert not is_alive(hanging)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("keys", "strict"), [({"required": True}, False), ({}, True)])
async def test_a_required_server_that_fails_is_named_with_cause_and_log(
    tmp_path: Path, keys: dict[str, bool], strict: bool
) -> None:
    with pytest.raises(RequiredServerDown, match="server camera is required and failed: exited with code 3") as caught:
        async with hub_of(tmp_path, {"camera": bare("exits", **keys)}, strict=strict):
            pytest.fail("ready() had to raise")
    assert caught.value.exit_code == 5
    assert str(tmp_path / "logs" / "camera.log") in caught.value.hint


async def test_no_cause_shows_what_came_from_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "s3cret-word")
    servers = {
        "web": {"url": "http://127.0.0.1:9/mcp?key=${API_KEY}", "headers": {"Authorization": "Bearer ${API_KEY}"}},
        "talks": {"command": "python", "args": ["-c", "import sys; sys.exit('bad key ${API_KEY}')"]},
    }
    config = config_of(tmp_path, servers)
    assert "s3cret" not in repr(config)
    async with hub_of(tmp_path, servers) as hub:
        assert state_of(hub, "web") == ("failed", "no connection to http://127.0.0.1:9/mcp")
        assert state_of(hub, "talks")[1].endswith("last line of its log: bad key ***")


async def test_a_required_server_with_a_bad_entry_counts_too(tmp_path: Path) -> None:
    with pytest.raises(RequiredServerDown, match="NOT_SET is not set"):
        async with hub_of(tmp_path, {"camera": {"command": "${NOT_SET}", "required": True}}):
            pytest.fail("ready() had to raise")


async def test_a_crash_loses_one_call_and_the_next_one_finds_a_new_process(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"arm": bare("ok", tmp_path)}) as hub:
        before = (await hub.call("pid", {}, call_id="1")).text
        lost = await hub.call("die", {}, call_id="2")
        assert lost.status == "error"
        assert lost.text == (
            "arm: it was lost during the call (exited with code 9; last line of its log: goodbye), "
            "so the outcome is unknown"
        )
        await until(lambda: state_of(hub, "arm")[0] == "failed")
        assert "started again for the next call" in state_of(hub, "arm")[1]
        after = await hub.call("pid", {}, call_id="3")
        assert after.status == "success"
        assert after.text != before
        assert state_of(hub, "arm") == ("ready", "")


async def test_a_server_killed_between_calls_is_back_for_the_next(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"arm": bare("ok", tmp_path)}) as hub:
        pid = int((await hub.call("pid", {}, call_id="1")).text)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: state_of(hub, "arm")[0] == "failed")
        assert state_of(hub, "arm")[1].startswith("was killed by signal 9")
        again = await asyncio.gather(*(hub.call("pid", {}, call_id=str(n)) for n in range(4)))
        assert len({result.text for result in again}) == 1
        assert {result.status for result in again} == {"success"}


async def test_a_server_that_keeps_crashing_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"arm": bare("ok", tmp_path)}) as hub:
        assert "outcome is unknown" in (await hub.call("die", {}, call_id="1")).text
        assert "outcome is unknown" in (await hub.call("die", {}, call_id="2")).text
        assert "started again in 1 s at the earliest" in (await hub.call("die", {}, call_id="3")).text


async def test_a_server_that_leaves_after_initialize_has_failed(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"fickle": bare("leaves_after_initialize")}) as hub:
        assert state_of(hub, "fickle") == ("failed", "exited with code 4")


async def test_the_hub_opens_before_its_servers_are_up(tmp_path: Path) -> None:
    config = config_of(tmp_path, {"slow": bare("hangs", tmp_path)})
    async with open_hub(config, log_dir=tmp_path, output_dir=tmp_path, init_timeout=20) as hub:
        assert state_of(hub, "slow") == ("starting", "")
        assert hub.specs() == ()
        written = tmp_path / "hanging.pid"
        await until(lambda: written.exists() and bool(written.read_text()))
        pid = int(written.read_text())
    assert not is_alive(pid)


async def test_nothing_of_a_wrapper_and_its_children_is_left(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"wrapped": bare("wrapper", tmp_path)}) as hub:
        wrapper = hub.statuses()[0].pid
        assert wrapper is not None
        child, stray = map(int, (tmp_path / "family.txt").read_text().split())
        assert int((await hub.call("pid", {}, call_id="1")).text) == child
        assert all(map(is_alive, (wrapper, child, stray)))
    assert not any(map(is_alive, (wrapper, child, stray)))


async def test_on_connect_calls_are_made_at_every_connection(tmp_path: Path) -> None:
    calls = [{"tool": "connect", "arguments": {"port": 9090}}]
    async with hub_of(tmp_path, {"robot": bare("robot", tmp_path, on_connect=calls)}) as hub:
        assert (tmp_path / "calls.txt").read_text() == 'connect{"port": 9090}\n'
        pid = hub.statuses()[0].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: state_of(hub, "robot")[0] == "failed")
        await hub.call("echo", {}, call_id="1")
        assert (tmp_path / "calls.txt").read_text() == 'connect{"port": 9090}\n' * 2 + "echo{}\n"


async def test_a_failing_on_connect_call_fails_the_server(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"robot": bare("robot", tmp_path, on_connect=[{"tool": "fail"}])}) as hub:
        assert state_of(hub, "robot") == ("failed", "its on_connect call of fail failed: the arm is stuck")


async def test_a_server_sees_its_environment_without_our_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL__API_KEY", "ours")
    monkeypatch.setenv("OPENAI_API_KEY", "ours too")
    monkeypatch.setenv("ROS_DOMAIN_ID", "7")
    monkeypatch.setenv("EMPTY", "")
    env = {"FRESH": "${ROS_DOMAIN_ID}", "EMPTY": "${EMPTY:-}", "NUMBER": 5}
    async with hub_of(tmp_path, {"arm": bare("ok", tmp_path, env=env)}) as hub:
        names = ["MODEL__API_KEY", "OPENAI_API_KEY", "ROS_DOMAIN_ID", "FRESH", "EMPTY", "NUMBER"]
        seen = json.loads((await hub.call("environment", {"names": names}, call_id="1")).text)
    assert seen == {
        "MODEL__API_KEY": None,
        "OPENAI_API_KEY": None,
        "ROS_DOMAIN_ID": "7",
        "FRESH": "7",
        "EMPTY": None,
        "NUMBER": "5",
    }


async def test_names_are_legal_unique_and_lead_back(tmp_path: Path) -> None:
    servers = {"one": bare("strange_names", tmp_path), "two": bare("robot", tmp_path)}
    async with hub_of(tmp_path, servers) as hub:
        names = [spec.name for spec in hub.specs()]
        assert names[0] == "weird_name_with_signs"
        assert len(names[1]) == 64
        assert names[2:] == ["one_echo", "connect", "two_echo", "fail"]
        for name in names[:3]:
            assert (await hub.call(name, {"n": name}, call_id="1")).text == json.dumps({"n": name})


async def test_include_exclude_and_globs_choose_tools(tmp_path: Path) -> None:
    servers = {
        "one": bare("ok", tmp_path, include=["e*", "pid"], exclude=["env*"]),
        "two": bare("robot", tmp_path),
    }
    async with hub_of(tmp_path, servers, tools=["one:*", "two:conn*"]) as hub:
        assert [spec.qualified for spec in hub.specs()] == ["one:echo", "one:pid", "two:connect"]
        refused = await hub.call("fail", {}, call_id="1")
        assert (refused.status, refused.text) == ("error", "there is no tool named fail")


async def test_five_megabytes_are_cut_and_kept_in_a_file(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"arm": bare("ok", tmp_path)}, result_limit=1000) as hub:
        result = await hub.call("big", {"size": 5_000_000}, call_id="1")
    assert result.size == 5_000_000
    assert result.artifact is not None
    path = Path(result.artifact["full_output"])
    assert (
        result.text
        == "0123456789" * 100 + f"\n[cut after 1,000 of 5,000,000 characters; the whole output is in {path}]"
    )
    assert path.read_text() == "0123456789" * 500_000
    assert path.stat().st_mode & 0o777 == 0o600


async def test_an_output_that_cannot_be_kept_is_an_error_that_says_the_call_was_made(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    servers = {"arm": bare("ok", tmp_path)}
    async with hub_of(tmp_path, servers, result_limit=200, output_dir=tmp_path / "taken") as hub:
        result = await hub.call("big", {"size": 1000}, call_id="1")
    assert result.status == "error"
    assert result.text.startswith("arm: the call was made, but its output could not be kept")


async def test_a_log_that_cannot_be_written_is_the_cause(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    async with hub_of(tmp_path, {"arm": bare("ok", tmp_path)}, log_dir=tmp_path / "taken") as hub:
        state, cause = state_of(hub, "arm")
    assert state == "failed"
    assert cause.startswith(f"its log {tmp_path / 'taken' / 'arm.log'} cannot be written")


async def test_content_of_an_unknown_type_is_said_in_words(tmp_path: Path) -> None:
    async with hub_of(tmp_path, {"arm": bare("ok", tmp_path)}) as hub:
        result = await hub.call("odd", {}, call_id="1")
    assert result.text == "[content of the type 'hologram', which cannot be shown]\nafter"
