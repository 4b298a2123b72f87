import asyncio
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from app.errors import ConfigurationError
from app.postgres_store import open_postgres_store
from app.store import Store, open_sqlite_store
from graphs.toolset import ToolResult
from tests.storage.postgres_server import running_postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running_postgres() as connection_string:
        yield connection_string


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Both stores, empty; what holds for one holds for the other."""
    if request.param == "sqlite":
        opened = open_sqlite_store(tmp_path / "state" / "threads.sqlite")
    else:
        opened = open_postgres_store(request.getfixturevalue("postgres"))
    async with opened as store:
        for thread in await store.threads.all():
            await store.delete_thread(thread.id)
        yield store


@dataclass
class Evil:
    """Something that a checkpoint must not bring to life."""

    brought_to_life: ClassVar[list[str]] = []
    command: str

    def __post_init__(self) -> None:
        self.brought_to_life.append(self.command)


async def test_a_started_call_has_no_outcome_and_a_finished_one_has(store: Store) -> None:
    assert await store.journal.find("t", "c1") is None
    await store.journal.start("t", "c1", "add_note", {"text": "żółw"})
    started = await store.journal.find("t", "c1")
    assert started is not None
    assert (started.name, started.arguments, started.result) == ("add_note", {"text": "żółw"}, None)
    result = ToolResult(text="done", size=4, artifact={"structured_content": {"id": 1}})
    await store.journal.finish("t", "c1", result)
    finished = await store.journal.find("t", "c1")
    assert finished is not None
    assert finished.result == result


async def test_starting_again_forgets_the_first_outcome(store: Store) -> None:
    await store.journal.start("t", "c1", "add", {})
    await store.journal.finish("t", "c1", ToolResult(text="old"))
    await store.journal.start("t", "c1", "add", {})
    entry = await store.journal.find("t", "c1")
    assert entry is not None
    assert entry.result is None


async def test_call_ids_of_two_threads_do_not_meet(store: Store) -> None:
    await store.journal.start("one", "call_1", "add", {})
    assert await store.journal.find("two", "call_1") is None


async def test_a_thread_keeps_its_first_title_and_moves_to_the_front(store: Store) -> None:
    await store.threads.touch("a", title="first", model="m1")
    await store.threads.touch("b", title="other", model="m1")
    await store.threads.touch("a", title="later words", model="m2")
    assert [(thread.id, thread.title, thread.model) for thread in await store.threads.all()] == [
        ("a", "first", "m2"),
        ("b", "other", "m1"),
    ]


async def test_a_deleted_thread_leaves_nothing_behind(store: Store) -> None:
    await store.threads.touch("a", title="first", model="m")
    await store.journal.start("a", "c1", "add", {})
    await _put(store, "a", [HumanMessage("hello")])
    await store.delete_thread("a")
    assert await store.threads.all() == []
    assert await store.journal.find("a", "c1") is None
    assert await store.checkpointer.aget_tuple({"configurable": {"thread_id": "a"}}) is None


async def test_messages_come_back_as_messages(store: Store) -> None:
    call = {"id": "c1", "name": "add", "args": {"a": 1}, "type": "tool_call"}
    messages = [HumanMessage("hi"), AIMessage("", tool_calls=[call]), ToolMessage("3", tool_call_id="c1")]
    await _put(store, "a", messages)
    found = await store.checkpointer.aget_tuple({"configurable": {"thread_id": "a"}})
    assert found is not None
    assert found.checkpoint["channel_values"]["messages"] == messages


async def test_a_type_that_is_not_a_message_is_not_brought_to_life(store: Store) -> None:
    await _put(store, "a", Evil("written"))
    created = len(Evil.brought_to_life)
    await store.checkpointer.aget_tuple({"configurable": {"thread_id": "a"}})
    assert len(Evil.brought_to_life) == created


async def test_the_database_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    async with open_sqlite_store(tmp_path / "threads.sqlite") as store:
        await store.threads.touch("t", title="hello", model="m")
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_a_database_that_cannot_be_reached_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be reached") as caught:
        async with open_postgres_store(f"host={tmp_path} user=nobody dbname=nowhere password=hunter2"):
            pass
    assert "hunter2" not in caught.value.message + caught.value.hint


async def test_a_file_that_is_no_database_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    path.write_text("this is not a database, and it is long enough to look like one" * 100)
    with pytest.raises(ConfigurationError, match="cannot be used as thread database") as caught:
        async with open_sqlite_store(path):
            pass
    assert "STORAGE__HOME" in caught.value.hint


async def _put(store: Store, thread: str, messages: object) -> None:
    config = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    versions = {"messages": "1"}
    checkpoint = {
        "v": 4,
        "ts": "2026-01-01T00:00:00+00:00",
        "id": "1f000000-0000-6000-8000-000000000001",
        "channel_values": {"messages": messages},
        "channel_versions": versions,
        "versions_seen": {},
    }
    await store.checkpointer.aput(config, checkpoint, {"source": "input", "step": -1, "parents": {}}, versions)  # type: ignore[arg-type]  # a literal checkpoint


@pytest.mark.slow
async def test_several_programs_may_open_an_empty_database_at_once(postgres: str) -> None:
    async def use(database: str) -> int:
        async with open_postgres_store(f"{postgres} dbname={database}") as store:
            return len(await store.threads.all())

    for database in ("first", "second", "third"):
        async with await AsyncConnection.connect(postgres, autocommit=True) as connection:
            await connection.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
        assert await asyncio.gather(*(use(database) for _ in range(4))) == [0] * 4


@pytest.mark.slow
async def test_a_program_that_never_finishes_the_tables_is_not_waited_for_for_ever(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.postgres_store.TABLES_SECONDS", 0)
    async with await AsyncConnection.connect(postgres, autocommit=True) as other:
        await other.execute("SELECT pg_advisory_lock(hashtext('switchyard-tables'))")
        with pytest.raises(ConfigurationError, match="has been creating the tables"):
            async with open_postgres_store(postgres):
                pass
