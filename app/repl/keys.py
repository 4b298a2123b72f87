"""What the keys do. They work at any time, because one application runs for the whole session."""

from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition, has_focus, is_searching
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from app.repl.input_line import InputLine
from app.repl.transcript import Transcript

KEYS = (
    ("Enter sends", "Ctrl-J starts a new line", "Ctrl-X Ctrl-E opens your editor"),
    ("/ commands", "@file or @server:uri adds text", "!command runs in the shell"),
    ("Ctrl-R searches what you typed before", "Tab completes tools and paths"),
    ("Ctrl-C or Esc stops a turn", "Ctrl-D leaves"),
)
"""Four lines for the first screen and /help."""
ROBOT_KEYS = ("Ctrl-\\ or /stop halts the robot at once", "Ctrl-C holds it and stops the turn")
"""One more with a robot."""


@dataclass(frozen=True)
class Actions:
    """What the conversation does when a key asks for it."""

    stop: Callable[[], bool]
    """Stop what is going on; False when nothing is."""
    leave: Callable[[], None]
    emergency: Callable[[], bool]
    """Stop the robot; False when there is none."""
    hint: Callable[[str], None]


def build_keys(line: InputLine, transcript: Transcript, actions: Actions) -> KeyBindings:
    """Bindings of the input line; everything else is readline's as usual."""
    keys = KeyBindings()
    typing = has_focus(line.buffer) & ~is_searching
    _bind_editing(keys, line, transcript)

    @keys.add("c-c", filter=typing)
    @keys.add("<sigint>")
    def _stop_or_clear(event: KeyPressEvent) -> None:
        if line.decline() or actions.stop():
            return
        if line.buffer.text:
            line.buffer.reset()
        else:
            actions.hint("Ctrl-D leaves.")

    @keys.add("c-\\")
    def _emergency(event: KeyPressEvent) -> None:
        if not actions.emergency():
            actions.hint("Ctrl-\\ stops a robot; `repl --robot` works with one.")

    @keys.add("escape", filter=typing & Condition(lambda: line.buffer.complete_state is None))
    def _stop(event: KeyPressEvent) -> None:
        if not line.decline():
            actions.stop()

    @keys.add("c-d", filter=typing & Condition(lambda: not line.buffer.text))
    def _leave(event: KeyPressEvent) -> None:
        if not line.decline():
            actions.leave()

    return keys


def _bind_editing(keys: KeyBindings, line: InputLine, transcript: Transcript) -> None:
    typing = has_focus(line.buffer) & ~is_searching

    @keys.add("enter", filter=typing)
    def _enter(event: KeyPressEvent) -> None:
        state = line.buffer.complete_state
        if state and state.current_completion:
            line.buffer.complete_state = None
        else:
            line.enter()

    @keys.add("c-j", filter=typing)
    @keys.add("escape", "enter", filter=typing)
    def _new_line(event: KeyPressEvent) -> None:
        line.buffer.insert_text("\n")

    @keys.add("escape", filter=typing & Condition(lambda: line.buffer.complete_state is not None))
    def _close_menu(event: KeyPressEvent) -> None:
        line.buffer.cancel_completion()

    @keys.add("c-l", filter=typing)
    def _clear(event: KeyPressEvent) -> None:
        get_app().renderer.clear()

    @keys.add("c-x", "c-e", filter=typing)
    async def _edit(event: KeyPressEvent) -> None:
        transcript.hold()
        try:
            await line.buffer.open_in_editor()
        finally:
            transcript.release()
