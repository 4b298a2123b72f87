"""The form that Studio shows for a run: the graph's Context with the defaults of the settings.

Settings hold for every door. The class is made anew because the server fills what a request leaves out from the
defaults of the class alone, and with spelled-out descriptions, because reading docstrings blocks.
"""

from dataclasses import fields, make_dataclass
from typing import Annotated, cast

from pydantic import ConfigDict, Field, TypeAdapter

from app.settings import SettingsTree
from graphs.state import Context


def studio_context(settings: SettingsTree) -> type[Context]:
    """A Context whose defaults are those of the settings. Reads source files: call it off the event loop."""
    told = TypeAdapter(Context).json_schema()["properties"]
    defaults = Context(model=settings.model.name, max_steps=settings.agent.max_steps)
    shown = [
        (field.name, Annotated[field.type, Field(description=told[field.name]["description"])], value)
        for field, value in ((field, vars(defaults)[field.name]) for field in fields(Context))
    ]
    made = make_dataclass(
        "Context",
        shown,
        bases=(Context,),
        namespace={"__doc__": Context.__doc__, "__pydantic_config__": ConfigDict()},
        frozen=True,
        kw_only=True,
    )
    return cast("type[Context]", made)
