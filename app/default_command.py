"""A group whose commonest command need not be named: ``serve PROFILE`` for ``serve start PROFILE``."""

from typing import Any

from typer.core import TyperGroup


def starting_with(default: str, *, alone: bool = False) -> type[TyperGroup]:
    """A group that takes what is no command of it as arguments of `default`.

    Args:
        default: The name of the command.
        alone: Whether the group's name alone means it too, instead of the help.
    """

    class StartsByDefault(TyperGroup):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            """Put the command in front of what is none."""
            unnamed = args[0] not in self.commands and args[0] not in ctx.help_option_names if args else alone
            return super().parse_args(ctx, [default, *args] if unnamed else args)

    return StartsByDefault
