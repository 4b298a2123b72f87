"""``--robot [PROFILE]``: an option that may stand alone, which neither typer nor its usual parser allow."""

from typing import Any

from typer.core import TyperCommand

OPTION = "--robot"
DEFAULT_PROFILE = "turtlesim"


class TakesRobot(TyperCommand):
    """A command whose ``--robot`` means the simulated robot when no name follows it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name where it was left out."""
        return super().parse_args(ctx, with_profile(args))


def with_profile(args: list[str]) -> list[str]:
    """The arguments with a profile after each ``--robot`` that has none.

    A word with a space in it is no profile: in ``run --robot "drive ahead"`` it is the query.
    """
    full: list[str] = []
    for place, word in enumerate(args):
        full.append(word)
        if word == "--":
            return [*full, *args[place + 1 :]]
        if word == OPTION and not _is_profile(args[place + 1 : place + 2]):
            full.append(DEFAULT_PROFILE)
    return full


def _is_profile(following: list[str]) -> bool:
    return bool(following) and not following[0].startswith("-") and " " not in following[0]
