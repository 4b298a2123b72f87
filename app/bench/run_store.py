"""Runs on disk, so that tomorrow's can be set beside today's: one SQLite file under the state folder.

A request is a row of its own, so that anything else can be asked with SQL.
"""

import json
import secrets
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.bench.run_record import RunRecord, result_from
from app.errors import ConfigurationError, UsageError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, made_at TEXT NOT NULL, command TEXT NOT NULL, facts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS phases (
    run TEXT NOT NULL REFERENCES runs (id), place INTEGER NOT NULL, target TEXT NOT NULL, protocol TEXT NOT NULL,
    concurrency INTEGER NOT NULL, requests INTEGER NOT NULL, wall REAL NOT NULL, memory TEXT NOT NULL,
    PRIMARY KEY (run, place)
);
CREATE TABLE IF NOT EXISTS requests (
    run TEXT NOT NULL, place INTEGER NOT NULL, number INTEGER NOT NULL, latency REAL NOT NULL, ttft REAL,
    input_tokens INTEGER, output_tokens INTEGER, error TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (run, place, number)
);
"""


@dataclass(frozen=True)
class RunLine:
    """One line of `bench list`."""

    id: str
    name: str
    made_at: str
    command: str


class RunStore:
    """The runs in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, run: RunRecord) -> None:
        """Keep a run."""
        with self._connection() as connection:
            values = (run.id, run.name, run.made_at.isoformat(), run.command, json.dumps(dict(run.facts)))
            connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", values)
            for place, record in enumerate(run.records()):
                _add_phase(connection, run.id, place, record)

    def all(self) -> list[RunLine]:
        """All runs, the latest first."""
        with self._connection() as connection:
            rows = connection.execute("SELECT id, name, made_at, command FROM runs ORDER BY made_at DESC").fetchall()
        return [RunLine(*row) for row in rows]

    def find(self, named: str) -> RunRecord:
        """A run by its id, or the latest of that name; `last` is the latest of all, `last~1` the one before.

        Raises:
            UsageError: There is none.
        """
        lines = self.all()
        found = [line for line in lines if line.id == named] or [line for line in lines if line.name == named]
        if not found and (named == "last" or named.startswith("last~")):
            back = named.removeprefix("last").removeprefix("~") or "0"
            found = lines[int(back) :] if back.isdecimal() else []
        if not found:
            raise UsageError(f"there is no run '{named}'.", hint="bench list shows all; `last` is the latest.")
        return self._read(found[0].id)

    def _read(self, run: str) -> RunRecord:
        with self._connection() as connection:
            head = connection.execute(
                "SELECT id, name, made_at, command, facts FROM runs WHERE id = ?", (run,)
            ).fetchone()
            phases = connection.execute(
                "SELECT place, target, protocol, concurrency, requests, wall, memory FROM phases"
                " WHERE run = ? ORDER BY place",
                (run,),
            ).fetchall()
            requests = connection.execute(
                "SELECT place, record FROM requests WHERE run = ? ORDER BY place, number", (run,)
            ).fetchall()
        results = [
            result_from(
                {
                    "target": target,
                    "phase": {"protocol": protocol, "concurrency": concurrency, "requests": count},
                    "wall": wall,
                    "memory": json.loads(memory),
                    "requests": [json.loads(record) for mine, record in requests if mine == place],
                }
            )
            for place, target, protocol, concurrency, count, wall, memory in phases
        ]
        return RunRecord(
            id=head[0],
            name=head[1],
            made_at=datetime.fromisoformat(head[2]),
            command=head[3],
            facts=json.loads(head[4]),
            results=results,
        )

    @contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=10)) as connection, connection:
                connection.executescript(_SCHEMA)
                yield connection
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"{self._path} cannot be used for runs: {error}.", hint="Move the file away, or set STORAGE__HOME."
            ) from error


def new_run_id() -> str:
    """A short random id."""
    return secrets.token_hex(3)


def _add_phase(connection: sqlite3.Connection, run: str, place: int, record: dict[str, Any]) -> None:
    phase = record["phase"]
    connection.execute(
        "INSERT INTO phases VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(run, place, record["target"], phase["protocol"], phase["concurrency"], phase["requests"]),
            *(record["wall"], json.dumps(record["memory"])),
        ),
    )
    rows = [
        (
            *(run, place, request["number"], request["latency"], request["ttft"], request["input_tokens"]),
            *(request["output_tokens"], request["error"], json.dumps(request, ensure_ascii=False)),
        )
        for request in record["requests"]
    ]
    connection.executemany("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
