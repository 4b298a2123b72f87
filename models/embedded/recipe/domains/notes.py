"""Adding, listing, searching and deleting notes, memos and tasks."""

from models.embedded.recipe import words as w
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Arg, Request, Tool

THINGS = ("note", "note", "note", "memo", "task")
ADD = (
    "{v} a {k}: {t}", "{v} a {k}: {t}", "{v} {k}: {t}", "{v} a {k} saying {t}", "{v} a {k} that says {t}",
    "{v} the {k} {t}", "{v} a {k} to {t}", "take a {k}: {t}", "{v} a new {k}: {t}", "{v} a {k} with the text {t}",
    "{k}: {t}", "{v} a {k} that {t}",
)  # fmt: skip
ADD_QUOTED = ('{v} a {k} "{t}"', "{v} a {k} saying '{t}'")
LIST = ("list my {k}s", "list all {k}s", "show my {k}s", "which {k}s do i have", "list the {k}s", "show all my {k}s",
        "what are my {k}s", "read my {k}s")  # fmt: skip
SEARCH = ("search my {k}s for {t}", "find {k}s about {t}", "search the {k}s for {t}", "search {k}s: {t}",
          "find my {k}s with {t}", "look for {t} in my {k}s", "search {k}s for {t}")  # fmt: skip
DELETE = ("delete {k} {n}", "delete the {k} {n}", "remove {k} {n}", "delete {k} number {n}",
          "delete the {k} with id {n}", "remove the {k} number {n}")  # fmt: skip


def draw_addition(draw: Draw) -> Request:
    """A note of several words, mostly unquoted."""
    key = draw.pick(("text", "text", "content", "note", "body"))
    kind = draw.pick((*THINGS, "reminder"))
    verb = draw.pick(("add", "add", "add", "create", "write", "save", "make"))
    name = draw.pick((f"{verb}_{kind}", f"{verb}_{kind}", f"new_{kind}"))
    description = draw.pick((f"{verb.capitalize()} a {kind}.", f"{verb.capitalize()} a text {kind}.",
                             f"Save a new {kind} and return its id.", f"Store a {kind}"))  # fmt: skip
    tool = Tool(name, description, (Arg(key, "string"),), frozenset(("add", kind)))
    if draw.chance(0.08):
        return Request(tool, f"{verb} a {kind}", missing=key)
    text, quoted = draw.free_text(), draw.chance(0.15)
    clause = draw.pick(ADD_QUOTED if quoted else ADD).format(v=verb, k=kind, t=text)
    return Request(tool, clause, {key: text}, open_end=not quoted)


def draw_listing(draw: Draw) -> Request:
    """All notes; how many of them is optional."""
    kind = draw.pick(THINGS)
    description = draw.pick((f"List all {kind}s.", f"List the {kind}s, newest first", f"Return all {kind}s",
                             f"List the {kind}s."))  # fmt: skip
    args = (Arg("limit", "integer", False),) if draw.chance(0.5) else ()
    name = draw.pick((f"list_{kind}s", f"list_{kind}s", f"get_{kind}s"))
    return Request(Tool(name, description, args, frozenset(("list", kind))), draw.pick(LIST).format(k=kind))


def draw_search(draw: Draw) -> Request:
    """The notes with some words."""
    kind, key = draw.pick(THINGS), draw.pick(("query", "query", "text", "words"))
    description = draw.pick((f"Search the {kind}s for a text.", f"Find {kind}s that contain the words",
                             f"Search the {kind}s for words.", f"Search {kind}s by text"))  # fmt: skip
    name = draw.pick((f"search_{kind}s", f"search_{kind}s", f"find_{kind}s"))
    tool = Tool(name, description, (Arg(key, "string"),), frozenset(("search", kind)))
    words = draw.one_of((60, draw.word), (24, lambda: draw.pick(w.NOTE_WORDS)), (16, draw.free_text))
    clause = draw.pick(SEARCH).format(k=kind, t=words)
    return Request(tool, clause, {key: words}, open_end=" " in words and clause.endswith(words))


def draw_deletion(draw: Draw) -> Request:
    """One note, by its number."""
    kind = draw.pick(THINGS)
    key = draw.pick(("id", "id", f"{kind}_id", "number"))
    description = draw.pick((f"Delete a {kind} by its id.", f"Delete one {kind}.", f"Delete a {kind}.",
                             f"Remove the {kind} with that id"))  # fmt: skip
    name = draw.pick((f"delete_{kind}", f"delete_{kind}", f"remove_{kind}"))
    tool = Tool(name, description, (Arg(key, "integer"),), frozenset(("delete", kind)))
    number = draw.number_in(1, 200)
    return Request(tool, draw.pick(DELETE).format(k=kind, n=number), {key: number})
