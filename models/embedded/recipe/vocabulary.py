"""The words of which training makes tool names and argument names, for comparison with the evaluation's."""

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.known_tools import load_tools
from models.embedded.recipe.toolset import Tool


def training_vocabulary() -> set[str]:
    """All such words in lower case, without the invented ones, which are endless."""
    draw = Draw(0)
    names = [name for tool in (*load_tools("bundled"), *load_tools("robot")) for name in (tool.name, *_args(tool))]
    words = [*draw.verbs, *draw.nouns, *draw.adjectives, *draw.arg_names, *draw.flags, *names]
    return {part for word in words for part in word.lower().split("_")}


def _args(tool: Tool) -> list[str]:
    return [arg.name for arg in tool.args]
