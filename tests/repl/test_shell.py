"""A shell command shows a bounded output and stops as a whole."""

import asyncio
import time
from pathlib import Path

import pytest

from app.repl.shell import KEPT, SHOWN_LINES, run_shell


async def test_output_and_exit_code_are_kept_and_colours_are_not() -> None:
    shown: list[str] = []
    result = await run_shell("printf 'a\\033[31mb\\n'; echo oops >&2; exit 3", shown.append)
    assert shown == ["ab", "oops"]
    assert (result.output, result.exit_code, result.hidden_lines) == ("ab\noops", 3, 0)


async def test_endless_output_is_bounded() -> None:
    shown: list[str] = []
    result = await run_shell("seq 100000; head -c 100000 /dev/zero | tr '\\0' x", shown.append)
    assert len(result.output) <= KEPT
    assert len(shown) == SHOWN_LINES + 1
    assert shown[-1].endswith("more lines")
    assert result.exit_code == 0


async def test_cancelling_ends_every_process_of_the_command(tmp_path: Path) -> None:
    started = asyncio.Event()
    pids: list[int] = []

    def note(line: str) -> None:
        pids.append(int(line))
        if len(pids) == 2:
            started.set()

    running = asyncio.create_task(run_shell("echo $$; sh -c 'echo $$; exec sleep 60' & wait", note))
    await asyncio.wait_for(started.wait(), 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.to_thread(_until_gone, pids)


def _until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline, "a stopped command left a process"
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
