"""The program, dying at a point that nothing outside it can hit: `python -m tests.crash.dying_app POINT ARGS`.

POINT is `started` (the journal has the call, the server has not), `answered` (the server has answered, the journal
does not know) or `kept` (the step's only result is on disk, the step's checkpoint is not). Journal and checkpoints are
patched for that, because the time between the two is microseconds.
"""

import os
import signal
import sys
from typing import Any

from langchain_core.messages import ToolMessage

from app.__main__ import main
from app.checkpoints import SqliteCheckpoints
from app.journal import SqliteJournal


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(point: str) -> None:
    start, put_writes = SqliteJournal.start, SqliteCheckpoints.put_writes

    async def start_and_die(journal: SqliteJournal, *call: Any) -> None:
        await start(journal, *call)
        die()

    async def die_before_finish(journal: SqliteJournal, *call: Any) -> None:
        die()

    def put_result_and_die(checkpoints: SqliteCheckpoints, config: Any, writes: Any, *task: Any) -> None:
        put_writes(checkpoints, config, writes, *task)
        if any(isinstance(message, ToolMessage) for _, value in writes if isinstance(value, list) for message in value):
            die()

    if point == "started":
        SqliteJournal.start = start_and_die  # the exception to not patching: see above
    elif point == "kept":
        SqliteCheckpoints.put_writes = put_result_and_die
    else:
        SqliteJournal.finish = die_before_finish


if __name__ == "__main__":
    die_at(sys.argv[1])
    sys.argv[:2] = ["switchyard"]
    main()
