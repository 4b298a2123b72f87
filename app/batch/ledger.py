"""Which items were seen and answered, by id, on disk, so that a million of them cost no memory.

It stands beside the results and follows them: an item counts as answered when its line is in that file. What the
ledger alone knows is the batch's name, which the threads of its items carry, so that a later run finds the thread of
an item that was cut short. Results that were deleted begin a new batch, with new threads.
"""

import secrets
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from app.batch.item import BadItem, BatchItem
from app.batch.output_file import OutputFile
from app.errors import UsageError

Standing = Literal["new", "unfinished", "answered"]

_TUNE = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", "PRAGMA busy_timeout=2000")
_TABLES = (
    "CREATE TABLE IF NOT EXISTS batch (name TEXT NOT NULL, runs INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, digest TEXT NOT NULL, line INTEGER NOT NULL,"
    " run INTEGER NOT NULL, answered INTEGER NOT NULL) WITHOUT ROWID",
)


class Ledger:
    """The record of one file of results; open it with `open_ledger`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.batch, self._run = self._begin_run()

    def _begin_run(self) -> tuple[str, int]:
        row = self._connection.execute("SELECT name, runs FROM batch").fetchone()
        name, runs = row or (secrets.token_hex(4), 0)
        self._connection.execute("DELETE FROM batch")
        self._connection.execute("INSERT INTO batch VALUES (?, ?)", (name, runs + 1))
        return name, runs + 1

    def adopt(self, results: OutputFile) -> None:
        """Take over what the results say; they win over what was noted here.

        Raises:
            UsageError: the file holds something else.
        """
        self._connection.execute("BEGIN")
        self._connection.execute("UPDATE items SET answered = 0")
        self._connection.executemany(
            "INSERT INTO items VALUES (?, ?, ?, 0, 1)"
            " ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, answered = 1",
            ((str(record["id"]), record["digest"], record["line"]) for record in results.records()),
        )
        self._connection.execute("COMMIT")

    def claim(self, item: BatchItem) -> Standing:
        """Where an item of the input stands; from then on its id is taken.

        Raises:
            BadItem: another line of the input has the id, or the answer under it is to another question.
        """
        row = self._connection.execute(
            "SELECT digest, line, run, answered FROM items WHERE id = ?", (item.id,)
        ).fetchone()
        if row is None:
            self._note(item, answered=False)
            return "new"
        digest, line, run, answered = row
        if run == self._run:
            raise BadItem(f"has the id {item.id!r} of line {line} again.")
        if answered and digest != item.digest:
            raise BadItem(f"asks something else than the answer that is kept for the id {item.id!r}.")
        self._note(item, answered=bool(answered))
        return "answered" if answered else "unfinished"

    def has_answer(self, item_id: str) -> bool:
        """Whether the results hold it."""
        query = "SELECT 1 FROM items WHERE id = ? AND answered"
        return self._connection.execute(query, (item_id,)).fetchone() is not None

    def note_answer(self, item_id: str) -> None:
        """Note that the answer is in the results."""
        self._connection.execute("UPDATE items SET answered = 1 WHERE id = ?", (item_id,))

    def _note(self, item: BatchItem, *, answered: bool) -> None:
        values = (item.id, item.digest, item.line, self._run, int(answered))
        self._connection.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", values)


@contextmanager
def open_ledger(results: OutputFile) -> Generator[Ledger]:
    """The ledger beside `results`, brought up to date with it.

    Raises:
        UsageError: it cannot be used, or the results hold something else.
    """
    path = results.path.with_name(f"{results.path.name}.ledger")
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            for statement in (*_TUNE, *_TABLES):
                connection.execute(statement).close()
            if results.is_new or (results.is_empty and _knows_answers(connection)):
                _forget(connection)
            ledger = Ledger(connection)
            ledger.adopt(results)
            yield ledger
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise UsageError(
            f"{path} cannot be used as ledger: {error}.",
            hint="Is the disk full? Else delete it: what is answered is read from the results.",
        ) from error


def _knows_answers(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM items WHERE answered").fetchone() is not None


def _forget(connection: sqlite3.Connection) -> None:
    """The results are gone, so this is another batch, whatever it asks."""
    for table in ("batch", "items"):
        connection.execute(f"DELETE FROM {table}").close()
