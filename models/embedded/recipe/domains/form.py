"""One request out of sentence forms, shared by all domains."""

from collections.abc import Mapping, Sequence

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Request, Tool, Value


def ask(draw: Draw, tool: Tool, forms: Sequence[str], arguments: Mapping[str, Value]) -> Request:
    """A request in one of `forms`; of the arguments, those that the form mentions as `{name}` are given."""
    form = draw.pick(forms)
    given = {name: value for name, value in arguments.items() if f"{{{name}}}" in form}
    return Request(tool, form.format(**arguments), given)
