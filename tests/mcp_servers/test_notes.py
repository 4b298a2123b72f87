"""The notes server through real stdio sessions."""

import sqlite3
import stat
from pathlib import Path

import anyio
import pytest

from tests.mcp_servers.sessions import call, open_session

NOTES = "mcp_servers.notes"


@pytest.fixture
def notes_db(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = own_folders / "deep" / "notes.sqlite"
    monkeypatch.setenv("NOTES_DB", str(path))
    return path


async def test_a_note_is_added_listed_found_and_deleted(notes_db: Path):
    async with open_session(NOTES) as session:
        assert await call(session, "add_note", text="buy milk") == ("Added note 1: buy milk", False)
        assert await call(session, "add_note", text="Call Åse about the KEYS") == (
            "Added note 2: Call Åse about the KEYS",
            False,
        )
        listed, _ = await call(session, "list_notes")
        assert listed.startswith("2 notes:\n2: Call Åse about the KEYS, 20")
        newest, _ = await call(session, "list_notes", limit=1)
        assert newest.startswith("2 notes, the newest 1:\n2: Call")
        found, _ = await call(session, "search_notes", query="keys åse")
        assert found.startswith("1 note found:\n2: Call Åse")
        assert await call(session, "delete_note", id=1) == ("Deleted note 1: buy milk", False)
        listed, _ = await call(session, "list_notes")
        assert listed.startswith("1 note:\n2: ")


async def test_notes_outlive_the_server_in_a_file_that_only_its_owner_reads(notes_db: Path):
    async with open_session(NOTES) as session:
        await call(session, "add_note", text="still here")
    async with open_session(NOTES) as session:
        listed, _ = await call(session, "list_notes")
    assert "still here" in listed
    assert stat.S_IMODE(notes_db.stat().st_mode) == 0o600


async def test_ids_of_deleted_notes_are_not_given_again(notes_db: Path):
    async with open_session(NOTES) as session:
        await call(session, "add_note", text="one")
        await call(session, "delete_note", id=1)
        assert await call(session, "add_note", text="two") == ("Added note 2: two", False)


async def test_without_a_named_file_notes_lie_in_the_data_folder(own_folders: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NOTES_DB", "")
    async with open_session(NOTES) as session:
        assert await call(session, "list_notes") == ("There are no notes.", False)
    assert (own_folders / "data" / "switchyard" / "notes.sqlite").is_file()


async def test_what_cannot_be_done_is_an_error_in_one_sentence(notes_db: Path):
    async with open_session(NOTES) as session:
        assert await call(session, "delete_note", id=7) == (
            "Note 7 does not exist. Ask for the list to see which do.",
            True,
        )
        assert await call(session, "add_note", text="  ") == ("An empty note cannot be added: give it a text.", True)
        assert await call(session, "search_notes", query="milk") == ("No note contains 'milk'.", False)
        for arguments in ({}, {"text": 3}, {"text": "a", "colour": "red"}):
            text, failed = await call(session, "add_note", **arguments)
            assert (text[:26], failed) == ("The arguments do not fit: ", True)
        text, failed = await call(session, "delete_note", id=10**30)
        assert (text[:30], failed) == ("The arguments do not fit: id: ", True)


async def test_a_notes_file_that_is_no_database_is_an_error_and_stays_as_it_is(notes_db: Path):
    notes_db.parent.mkdir()
    notes_db.write_text("my diary, for years the only copy" * 50)
    async with open_session(NOTES) as session:
        text, failed = await call(session, "list_notes")
    assert (text, failed) == (f"The notes in {notes_db} cannot be used: file is not a database.", True)
    assert notes_db.read_text().startswith("my diary")


async def test_calls_at_the_same_time_all_keep_their_note(notes_db: Path):
    async with open_session(NOTES) as session, anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(lambda number=number: call(session, "add_note", text=f"note {number}"))
    with sqlite3.connect(notes_db) as notes:
        texts = {row[0] for row in notes.execute("select text from notes")}
    notes.close()
    assert texts == {f"note {number}" for number in range(20)}


async def test_reading_is_declared_read_only_and_writing_is_not(notes_db: Path):
    async with open_session(NOTES) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    hints = {name: tool.annotations for name, tool in tools.items() if tool.annotations}
    assert {name for name, hint in hints.items() if hint.readOnlyHint} == {"list_notes", "search_notes"}
    assert {name for name, hint in hints.items() if hint.destructiveHint} == {"delete_note"}
    assert hints["add_note"].destructiveHint is False
