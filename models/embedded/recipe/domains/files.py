"""Reading, writing, listing and deleting files."""

from models.embedded.recipe.domains.form import ask
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Arg, Request, Tool

PATHS = ("path", "file", "filename", "file_path")


def draw_file(draw: Draw) -> Request:
    """One of the four."""
    return draw.pick((_read, _write, _list, _delete))(draw)


def _read(draw: Draw) -> Request:
    key = draw.pick(PATHS)
    description = draw.pick(("Read a text file.", "read the content of a file", ""))
    name = draw.pick(("read_file", "open_file", "cat", "get_file"))
    tool = Tool(name, description, (Arg(key, "string"),), frozenset(("read", "file")))
    v = f"{{{key}}}"
    return ask(draw, tool, (f"read {v}", f"read the file {v}", f"show me {v}", f"open the file {v}", f"what is in {v}",
                            f"show the content of {v}"), {key: draw.filename()})  # fmt: skip


def _write(draw: Draw) -> Request:
    path, text = draw.pick(PATHS), draw.pick(("content", "text", "data"))
    description = draw.pick(("Write text to a file.", "save text in a file", ""))
    tool = Tool(draw.pick(("write_file", "save_file", "save_text")), description,
                (Arg(path, "string"), Arg(text, "string")), frozenset(("write", "file")))  # fmt: skip
    quote = draw.pick(("'", '"'))
    t, p = f"{quote}{{{text}}}{quote}", f"{{{path}}}"
    return ask(draw, tool, (f"write {t} to {p}", f"save {t} in {p}", f"write {t} into the file {p}",
                            f"save {t} to the file {p}", f"write to {p} the text {t}"),
               {path: draw.filename(), text: draw.phrase(1, 5)})  # fmt: skip


def _list(draw: Draw) -> Request:
    key = draw.pick(("directory", "path", "folder", "dir"))
    description = draw.pick(("List the files of a directory.", ""))
    name = draw.pick(("list_files", "ls", "list_directory"))
    tool = Tool(name, description, (Arg(key, "string"),), frozenset(("list", "file")))
    folder = draw.path() if draw.chance(0.5) else draw.word()
    v = f"{{{key}}}"
    return ask(draw, tool, (f"list the files in {v}", f"list files in {v}", f"what files are in {v}",
                            f"show the files in {v}"), {key: folder})  # fmt: skip


def _delete(draw: Draw) -> Request:
    key = draw.pick(PATHS)
    name = draw.pick(("delete_file", "remove_file", "rm"))
    tool = Tool(name, draw.pick(("Delete a file.", "remove a file", "")), (Arg(key, "string"),),
                frozenset(("delete", "file")))  # fmt: skip
    v = f"{{{key}}}"
    return ask(draw, tool, (f"delete {v}", f"delete the file {v}", f"remove {v}", f"remove the file {v}"),
               {key: draw.filename()})  # fmt: skip
