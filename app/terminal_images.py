"""Pictures among the lines of a terminal, where it can show them.

Which terminal it is, its environment variables say; asking it was decided against, because the answer arrives as
keys being typed. Inside tmux and screen nothing is shown: they would have to be told to let it pass. Sixel was
decided against as well: it needs a palette and the size of a cell, and the terminals that know nothing else are few.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, TextIO

Protocol = Literal["kitty", "iterm"]

_SIDE = 400
"""Pixels: a few hundred kilobytes at most, also over a slow line."""
_PIXELS_PER_COLUMN = 10
_CHUNK = 4096
_MULTIPLEXERS = ("screen", "tmux")


@dataclass(frozen=True)
class InlineImages:
    """Makes what a terminal is sent to show a picture."""

    protocol: Protocol | None = None
    """None shows nothing."""

    @classmethod
    def on(cls, stream: TextIO, wanted: Literal["auto", "off"]) -> Self:
        """What `stream` can show: nothing unless it is a terminal of a known kind."""
        return cls(terminal_protocol(os.environ) if wanted == "auto" and stream.isatty() else None)

    def shown(self, path: str, columns: int) -> str:
        """The characters that show a picture, a newline at their end; none for what cannot be shown. Reads the file.

        Args:
            path: the picture.
            columns: width of the terminal.
        """
        if self.protocol is None:
            return ""
        from app.pictures import UnreadablePictureError, as_png  # imports Pillow

        try:
            picture = as_png(Path(path), _SIDE)
        except (OSError, UnreadablePictureError):
            return ""
        width = max(1, min(picture.width // _PIXELS_PER_COLUMN, columns - 2))
        show = _kitty if self.protocol == "kitty" else _iterm
        return show(picture.data, width) + "\n"


def terminal_protocol(environment: Mapping[str, str]) -> Protocol | None:
    """How the terminal of these variables is sent pictures; None where that is not known."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if environment.get("TMUX") or environment.get("STY") or term == "dumb" or term.startswith(_MULTIPLEXERS):
        return None
    if program in ("iTerm.app", "WezTerm", "mintty") or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    if program == "ghostty" or term in ("xterm-kitty", "xterm-ghostty") or environment.get("KITTY_WINDOW_ID"):
        return "kitty"
    return None


def _kitty(png: bytes, columns: int) -> str:
    """Kitty's graphics protocol, in chunks. `q=2`: an answer would arrive as keys being typed."""
    data = base64.b64encode(png).decode("ascii")
    chunks = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    head = f"a=T,f=100,q=2,c={columns},"
    return "".join(
        f"\x1b_G{head if at == 0 else ''}m={int(at < len(chunks) - 1)};{chunk}\x1b\\" for at, chunk in enumerate(chunks)
    )


def _iterm(png: bytes, columns: int) -> str:
    """iTerm2's inline images, which WezTerm and mintty show too."""
    data = base64.b64encode(png).decode("ascii")
    return f"\x1b]1337;File=inline=1;size={len(png)};width={columns};preserveAspectRatio=1:{data}\x07"
