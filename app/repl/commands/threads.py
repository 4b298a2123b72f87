"""Commands about the thread that is talked to: another one, a new one, a copy of it in a file."""

from pathlib import Path

from app.console import printable
from app.errors import UsageError
from app.repl.desk import Desk
from app.repl.past import as_markdown, last_turn
from app.thread_list import new_thread_id


async def resume(desk: Desk, argument: str) -> None:
    """Go on with another thread, or with what this one waits for.

    Raises:
        UsageError: there is no such thread.
    """
    if argument:
        if await desk.runtime.store.threads.find(argument) is None:
            raise UsageError(f"there is no thread {argument}.", hint="/threads shows them.")
        desk.switch_thread(argument)
        await show_last_turn(desk)
    elif not await desk.session.is_unfinished():
        raise UsageError("this thread waits for nothing.", hint="/resume ID goes on with another one.")
    desk.pick_up()


async def show_last_turn(desk: Desk) -> None:
    """What was said last in the thread, so that one knows where one is."""
    said, answer = last_turn(await desk.session.messages())
    desk.transcript.line(f"thread {desk.session.thread}", "dim")
    if said:
        desk.transcript.line(f"\n› {printable(said)}", "bold")
    if answer:
        desk.transcript.markdown(printable(answer), spaced=True)
        desk.answer = answer


async def new(desk: Desk, argument: str) -> None:
    """Begin a new thread; the old one stays on disk."""
    old = desk.session.thread
    desk.switch_thread(new_thread_id())
    desk.transcript.line(f"  new thread {desk.session.thread}; /resume {old} goes back", "dim")


async def export(desk: Desk, argument: str) -> None:
    """Write the thread to a markdown file.

    Raises:
        UsageError: the file exists already, or cannot be written.
    """
    text = as_markdown(desk.session.thread, await desk.session.messages())
    path = _written(argument or f"thread-{desk.session.thread}.md", text)
    desk.transcript.line(f"  written to {path}")


def _written(name: str, text: str) -> Path:
    path = Path(name).expanduser()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists already.", hint="Name another file: /export FILE") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    return path
