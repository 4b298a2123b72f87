"""The application: live lines, the input line, the completion menu and the footer, below the transcript.

It takes only the rows it needs. The cursor's position is never asked for: knowing it would let the
footer stick to the bottom of the screen, at the price of a jump and of answers lost in slow terminals.
"""

from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import Completer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import (
    BufferControl,
    CompletionsMenu,
    Dimension,
    Float,
    FloatContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import get_cwidth
from prompt_toolkit.widgets import SearchToolbar

from app.repl.footer import fitting
from app.repl.input_line import InputLine
from app.repl.live import Live, LiveRow

_MENU_ROWS = 8
_TALLEST_INPUT = 12
_ESCAPE_SECONDS = 0.05
_CHORD_SECONDS = 0.4
STYLE = Style.from_dict(
    {
        "prompt": "bold ansicyan",
        "live": "ansibrightblack",
        "live.tail": "",
        "footer": "ansibrightblack",
        "completion-menu": "bg:default",
        "completion-menu.completion": "bg:default",
        "completion-menu.completion.current": "reverse",
        "completion-menu.meta.completion": "bg:default ansibrightblack",
        "completion-menu.meta.completion.current": "bg:default",
    }
)


def open_output() -> Output:
    """The terminal, which is not asked where its cursor is."""
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return output


def build_buffer(history: History, completer: Completer) -> Buffer:
    """The text being typed. The menu opens by itself only for `/` and `@`."""
    buffer = Buffer(
        name="input",
        history=history,
        completer=completer,
        complete_while_typing=Condition(lambda: offers_by_itself(buffer.document.text_before_cursor)),
        multiline=True,
    )
    buffer.tempfile_suffix = ".md"
    return buffer


def offers_by_itself(before_cursor: str) -> bool:
    """Whether completions show without Tab: for a command, and for a word that begins with @."""
    word = before_cursor.split(" ")[-1].split("\n")[-1]
    return (before_cursor.startswith("/") and "\n" not in before_cursor) or word.startswith("@")


def build_application(
    line: InputLine, live: Live, footer: Callable[[int], str], keys: KeyBindings, output: Output
) -> Application[None]:
    """The application, not running yet."""

    def columns() -> int:
        return output.get_size().columns

    def shown() -> list[LiveRow]:
        return [] if line.is_asking else live.lines(columns())

    def live_text() -> StyleAndTextTuples:
        rows: list[Any] = [(style, f"{row}\n") for style, row in shown()]
        return rows[:-1] + [(rows[-1][0], rows[-1][1][:-1])] if rows else []

    search = SearchToolbar()
    body = HSplit(
        [
            Window(height=1),
            Window(
                FormattedTextControl(live_text), dont_extend_height=True, height=lambda: Dimension.exact(len(shown()))
            ),
            _input_window(line, search, columns),
            search,
            Window(FormattedTextControl(lambda: footer(columns())), height=1, style="class:footer"),
        ]
    )
    menu = Float(CompletionsMenu(max_height=_MENU_ROWS, scroll_offset=1), xcursor=True, ycursor=True)
    app: Application[None] = Application(
        layout=Layout(FloatContainer(body, [menu])),
        key_bindings=keys,
        style=STYLE,
        output=output,
        erase_when_done=True,
    )
    app.ttimeoutlen, app.timeoutlen = _ESCAPE_SECONDS, _CHORD_SECONDS
    return app


def _input_window(line: InputLine, search: SearchToolbar, columns: Callable[[], int]) -> Window:
    def prefix(number: int, wraps: int) -> StyleAndTextTuples:
        label = fitting(line.label, max(columns() // 2, 4))
        return [("class:prompt", label if number == wraps == 0 else " " * min(get_cwidth(label), 2))]

    def height() -> Dimension:
        return Dimension(min=_MENU_ROWS + 1 if line.buffer.complete_state else 1, max=_TALLEST_INPUT)

    return Window(
        BufferControl(line.buffer, search_buffer_control=search.control, preview_search=True),
        get_line_prefix=prefix,
        height=height,
        wrap_lines=True,
        dont_extend_height=True,
    )
