"""Cuts streaming markdown into blocks that are finished, so that nothing printed is ever rewritten.

A block is a paragraph, a heading, a table, a whole fenced code block or one item of a list. Redrawing
the last lines on every token was decided against: it flickers, and breaks once they scroll away.
"""

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_HEADING = re.compile(r"^#{1,6}\s")
_ITEM = re.compile(r"^ {0,3}(?:[-*+]|\d{1,9}[.)])\s")


@dataclass(frozen=True)
class Block:
    """A finished piece of markdown."""

    text: str
    spaced: bool = True
    """Whether a blank line sets it off from the block before."""


class BlockSplitter:
    """Give it text as it comes; it gives back blocks as they are finished."""

    def __init__(self) -> None:
        self._rest = ""
        self._lines: list[str] = []
        self._fence = ""
        self._blank = False
        self._spaced = True

    @property
    def unfinished(self) -> str:
        """Text that was not given back yet."""
        return "\n".join([*self._lines, self._rest])

    def feed(self, text: str) -> list[Block]:
        """Add text; returns the blocks that it finishes."""
        *lines, self._rest = (self._rest + text).split("\n")
        return [block for line in lines for block in self._line(line)]

    def finish(self) -> list[Block]:
        """The end of the text: everything that is left."""
        blocks = self._line(self._rest) if self._rest else []
        self._rest, self._fence = "", ""
        return [*blocks, *self._close()]

    def _line(self, line: str) -> list[Block]:
        if self._fence:
            return self._fenced(line)
        if not line.strip():
            return self._blank_line()
        finished = self._close() if self._starts_anew(line) else []
        if not self._lines:
            self._spaced = not (_ITEM.match(line) and not self._blank and self._was_item)
        elif self._blank:
            self._lines.append("")
        self._blank = False
        self._lines.append(line)
        self._fence = match[1] if (match := _FENCE.match(line)) else ""
        return [*finished, *self._close()] if _HEADING.match(line) else finished

    _was_item = False

    def _fenced(self, line: str) -> list[Block]:
        self._lines.append(line)
        fence = line.strip()
        if set(fence) != {self._fence[0]} or len(fence) < len(self._fence):
            return []
        self._fence = ""
        return [] if _ITEM.match(self._lines[0]) else self._close()

    def _blank_line(self) -> list[Block]:
        """An item may go on after a blank line; everything else is over."""
        self._blank = True
        return [] if self._lines and _ITEM.match(self._lines[0]) else self._close()

    def _starts_anew(self, line: str) -> bool:
        if not self._lines:
            return False
        if _ITEM.match(self._lines[0]):
            indented = line.startswith((" ", "\t")) and not _ITEM.match(line)
            nested = _ITEM.match(line) and _indent(line) > _indent(self._lines[0])
            return bool(_ITEM.match(line) and not nested) or (self._blank and not indented and not nested)
        return bool(_ITEM.match(line) or _HEADING.match(line) or _FENCE.match(line))

    def _close(self) -> list[Block]:
        if not self._lines:
            return []
        text, self._lines = "\n".join(self._lines).rstrip(), []
        self._was_item = bool(_ITEM.match(text))
        return [Block(text, self._spaced)]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
