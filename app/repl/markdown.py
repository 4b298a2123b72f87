"""Markdown for a narrow terminal: headings at the left, code without frame or padding.

Links are written out, because a hidden address is one that a person did not see.
"""

from typing import ClassVar

from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.syntax import Syntax


class _LeftHeading(Heading):
    """A heading at the left; rich would centre the first level."""

    LEVEL_ALIGN: ClassVar[dict[str, JustifyMethod]] = {}


class _BareCode(CodeBlock):
    """Code in the terminal's own colours, as it would be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        yield Syntax(code, self.lexer_name, theme="ansi_dark", background_color="default", word_wrap=True)


class TerminalMarkdown(Markdown):
    """Markdown with the elements above."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _LeftHeading,
        "fence": _BareCode,
        "code_block": _BareCode,
    }

    def __init__(self, text: str) -> None:
        super().__init__(text, hyperlinks=False)
