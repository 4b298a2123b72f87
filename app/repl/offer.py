"""What completion offers at this moment, from the registry of commands and the catalog."""

from collections.abc import Mapping

from app.repl.catalog import Catalog
from app.repl.commands.registry import COMMANDS
from app.repl.completion import PATHS, Choices, Offer


def build_offer(catalog: Catalog) -> Offer:
    """The offer over a catalog."""
    by_kind: dict[str, Choices] = {
        "threads": catalog.threads,
        "models": catalog.models,
        "prompts": catalog.prompts,
        "resources": catalog.resources,
        "tools": catalog.tools,
    }

    def commands() -> Mapping[str, str]:
        return {command.typed: command.description for command in COMMANDS}

    def arguments(typed: str) -> Choices | str | None:
        takes = next((command.takes for command in COMMANDS if command.typed == typed), "")
        return PATHS if takes == PATHS else by_kind.get(takes)

    return Offer(commands=commands, arguments=arguments, tools=catalog.tools, resources=catalog.resources)
