"""Short pieces on as few rows as the terminal's width allows, without breaking one in two."""

from collections.abc import Iterable

from prompt_toolkit.utils import get_cwidth
from rich.text import Text

_INDENT = "  "


def packed(pieces: Iterable[str], separator: str, width: int, style: str = "") -> list[Text]:
    """The pieces in order, indented, as many on a row as fit."""
    rows: list[str] = []
    for piece in pieces:
        longer = f"{rows[-1]}{separator}{piece}" if rows else ""
        if rows and get_cwidth(longer) <= width:
            rows[-1] = longer
        else:
            rows.append(_INDENT + piece)
    return [Text(row, style=style) for row in rows]
