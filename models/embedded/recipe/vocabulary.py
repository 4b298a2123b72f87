"""The words of which training makes tool names and argument names, for comparison with the evaluation's."""

from models.embedded.evaluation.words import words_of
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.known_tools import load_tools
from models.embedded.recipe.toolboxes import load_toolboxes
from models.embedded.recipe.toolset import Tool


def training_vocabulary() -> set[str]:
    """All such words in lower case, without the invented ones, which are endless."""
    draw = Draw(0)
    in_boxes = [listed.tool for toolbox in load_toolboxes().values() for listed in toolbox]
    tools = [*load_tools("bundled"), *load_tools("robot"), *in_boxes]
    names = [name for tool in tools for name in (tool.name, *_args(tool))]
    words = [*draw.verbs, *draw.nouns, *draw.adjectives, *draw.arg_names, *draw.flags, *draw.anything, *names]
    return {part for word in words for part in words_of(word)}


def _args(tool: Tool) -> list[str]:
    return [arg.name for arg in tool.args]
