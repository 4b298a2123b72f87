"""What servers see when we end, in an orderly way or not. Each test runs a program of its own and stops it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.mcp_client.conftest import FULL, is_alive, until

pytestmark = pytest.mark.slow

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from app.mcp_client.config import load_config
from app.mcp_client.hub import open_hub

async def main():
    folder = Path(sys.argv[1])
    async with open_hub(load_config(folder / "mcp.json"), log_dir=folder, output_dir=folder) as hub:
        await hub.ready()
        (folder / "pids").write_text(" ".join(str(status.pid) for status in hub.statuses()))
        await hub.call("wait", {}, call_id="1")

asyncio.run(main())
"""


@pytest.mark.parametrize(("number", "told"), [(signal.SIGINT, True), (signal.SIGKILL, False)])
async def test_servers_go_when_we_go(tmp_path: Path, number: signal.Signals, told: bool) -> None:
    (tmp_path / "mcp.json").write_text(
        f'{{"servers": {{"full": {{"command": "python", "args": ["{FULL}", "stdio", "{tmp_path}"]}}}}}}'
    )
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path), stderr=asyncio.subprocess.PIPE, start_new_session=True
    )
    await until((tmp_path / "waiting").exists, 30)
    pid = int((tmp_path / "pids").read_text())
    assert os.getpgid(pid) not in {os.getpgid(program.pid), os.getpgid(0)}
    # To the whole group, as a terminal does it.
    os.killpg(program.pid, number)
    _, errors = await asyncio.wait_for(program.communicate(), 15)
    await until(lambda: not is_alive(pid))
    if told:
        assert (tmp_path / "cancelled").exists()
        assert errors.decode().splitlines()[-1] == "KeyboardInterrupt"


async def test_the_librarys_log_stays_off_the_terminal_and_others_do_not() -> None:
    code = """
import logging
from app.mcp_client.sdk_logs import quiet_sdk_logs
quiet_sdk_logs()
quiet_sdk_logs()
logging.getLogger("mcp.client.sse").error("theirs")
logging.getLogger("asyncio").error("everybody's")
logging.getLogger("asyncio").info("unimportant")
"""
    program = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE)
    _, errors = await asyncio.wait_for(program.communicate(), 15)
    assert errors.decode() == "everybody's\n"
