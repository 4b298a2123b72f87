"""A notebook as an MCP server: ``python -m mcp_servers.notes``.

It exists to show both kinds of tools: reading is declared read-only and runs at once, writing is not
and asks. Notes lie in one SQLite file, named by ``NOTES_DB`` or kept under the user's data folder,
so several conversations share them.
"""

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from mcp_servers.stdio import Tool, ToolError, serve

BUSY_SECONDS = 5.0
LONGEST_NOTE = 10_000
LARGEST_ID = 2**53 - 1

_SCHEMA = """
create table if not exists notes (
    id integer primary key autoincrement,
    text text not null,
    created text not null
)
"""


def notes_file() -> Path:
    """Where the notes are: ``NOTES_DB``, else ``switchyard/notes.sqlite`` in the user's data folder."""
    named = os.environ.get("NOTES_DB")
    if named:
        return Path(named).expanduser()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "switchyard" / "notes.sqlite"


@contextmanager
def open_notes() -> Generator[sqlite3.Connection]:
    """One transaction on the notes, whose file only its owner may read."""
    path = notes_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection, connection:
            connection.execute(_SCHEMA)
            yield connection
    except (OSError, sqlite3.Error) as error:
        raise ToolError(f"The notes in {path} cannot be used: {error}.") from error


def render_notes(rows: list[tuple[int, str, str]]) -> str:
    """One line a note: its id, its text, when it was written."""
    return "\n".join(f"{number}: {text}, {created}" for number, text, created in rows)


def counted(number: int) -> str:
    """`1 note`, `2 notes`."""
    return f"{number} note" if number == 1 else f"{number} notes"


def add_note(text: str) -> str:
    """Keep the text and say under which id."""
    text = text.strip()
    if not text:
        raise ToolError("An empty note cannot be added: give it a text.")
    created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    with open_notes() as notes:
        row = notes.execute("insert into notes (text, created) values (?, ?)", (text, created))
        return f"Added note {row.lastrowid}: {text}"


def list_notes(limit: int = 20) -> str:
    """The newest notes, newest first."""
    with open_notes() as notes:
        (total,) = notes.execute("select count(*) from notes").fetchone()
        rows = notes.execute("select id, text, created from notes order by id desc limit ?", (limit,)).fetchall()
    if not rows:
        return "There are no notes."
    shown = "" if len(rows) == total else f", the newest {len(rows)}"
    return f"{counted(total)}{shown}:\n{render_notes(rows)}"


def search_notes(query: str) -> str:
    """The notes that contain every word of the query, newest first."""
    words = query.casefold().split()
    if not words:
        raise ToolError("An empty search finds nothing: give at least one word.")
    with open_notes() as notes:
        rows = notes.execute("select id, text, created from notes order by id desc").fetchall()
    found = [row for row in rows if all(word in row[1].casefold() for word in words)]
    if not found:
        return f"No note contains {query!r}."
    return f"{counted(len(found))} found:\n{render_notes(found)}"


def delete_note(id: int) -> str:
    """Remove one note for good."""
    with open_notes() as notes:
        row = notes.execute("delete from notes where id = ? returning text", (int(id),)).fetchone()
    if row is None:
        raise ToolError(f"Note {int(id)} does not exist. Ask for the list to see which do.")
    return f"Deleted note {id}: {row[0]}"


_READS = {"readOnlyHint": True, "openWorldHint": False}
_ADDS = {"readOnlyHint": False, "destructiveHint": False, "idempotentHint": False, "openWorldHint": False}
_DELETES = {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": True, "openWorldHint": False}

TOOLS = (
    Tool(
        name="add_note",
        title="Add a note",
        description="Add a note.",
        parameters={"text": {"type": "string", "minLength": 1, "maxLength": LONGEST_NOTE, "description": "The note."}},
        required=("text",),
        annotations=_ADDS,
        call=add_note,
    ),
    Tool(
        name="list_notes",
        title="List the notes",
        description="List the notes. The newest come first.",
        parameters={
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20, "description": "Most notes."}
        },
        annotations=_READS,
        call=list_notes,
    ),
    Tool(
        name="search_notes",
        title="Search the notes",
        description="Search the notes for words. A note is found when it contains all of them.",
        parameters={"query": {"type": "string", "minLength": 1, "description": "Words to look for."}},
        required=("query",),
        annotations=_READS,
        call=search_notes,
    ),
    Tool(
        name="delete_note",
        title="Delete a note",
        description="Delete a note. It cannot be brought back.",
        parameters={
            "id": {
                "type": "integer",
                "minimum": 1,
                "maximum": LARGEST_ID,
                "description": "The id that list_notes shows.",
            }
        },
        required=("id",),
        annotations=_DELETES,
        call=delete_note,
    ),
)

if __name__ == "__main__":
    serve("notes", TOOLS)
