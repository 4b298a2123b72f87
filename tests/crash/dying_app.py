"""The program, dying at a point that nothing outside it can hit: `python -m tests.crash.dying_app POINT ARGS`.

POINT is `started` (the journal has the call, the server has not) or `answered` (the server has answered, the
journal does not know). The journal is patched for that, because the time between the two is microseconds.
"""

import os
import signal
import sys
from typing import Any

from app.__main__ import main
from app.journal import SqliteJournal


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(point: str) -> None:
    start = SqliteJournal.start

    async def start_and_die(journal: SqliteJournal, *call: Any) -> None:
        await start(journal, *call)
        die()

    async def die_before_finish(journal: SqliteJournal, *call: Any) -> None:
        die()

    if point == "started":
        SqliteJournal.start = start_and_die  # the exception to not patching: see above
    else:
        SqliteJournal.finish = die_before_finish


if __name__ == "__main__":
    die_at(sys.argv[1])
    sys.argv[:2] = ["switchyard"]
    main()
