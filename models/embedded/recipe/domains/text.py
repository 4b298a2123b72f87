"""Small operations on a quoted text."""

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Arg, Request, Tool

FORMS = {
    "echo": ("echo {q}", "repeat {q}", "say {q}", "echo back {q}"),
    "count_words": ("count the words in {q}", "how many words are in {q}", "count words of {q}"),
    "reverse_text": ("reverse {q}", "reverse the text {q}", "write {q} backwards"),
    "to_upper": ("make {q} uppercase", "convert {q} to uppercase", "uppercase {q}", "upper case {q}"),
    "text_length": ("how long is {q}", "the length of {q}", "what is the length of {q}"),
}
NAMES = {
    "echo": ("echo", "repeat", "say"),
    "to_upper": ("to_upper", "uppercase", "upper"),
    "reverse_text": ("reverse_text", "reverse", "reverse_string"),
}


def draw_text(draw: Draw) -> Request:
    """One operation."""
    operation = draw.pick(list(FORMS))
    key = draw.pick(("text", "message", "s", "input", "string"))
    plain = operation.replace("_", " ")
    tool = Tool(
        draw.pick(NAMES.get(operation, (operation,))),
        draw.pick((plain, plain.capitalize() + ".", "")),
        (Arg(key, "string"),),
        frozenset((operation,)),
    )
    quote, value = draw.pick(("'", '"', '"')), draw.phrase(1, 5)
    clause = draw.pick(FORMS[operation]).replace("{q}", f"{quote}{value}{quote}")
    return Request(tool, clause, {key: value})
