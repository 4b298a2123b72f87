"""One turn from start to end, without a conversation around it: what ``run`` and ``threads resume`` share."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.turn_output import OutputForm, TurnOutput, turn_output
from app.commands.turn_report import TurnReport
from app.console import report, say, styled, warn
from app.errors import AgentFailed, ApprovalNeeded, Interrupted, SwitchyardError
from app.events import ApprovalNeeded as ApprovalNeededEvent
from app.events import Event, Failed
from app.mcp_client.handlers import AskElicitation, ServerHandlers
from app.mcp_client.hub import ServerStatus
from app.robot.emergency import Weight, watched_robot
from app.runtime import Runtime, open_runtime
from app.sampling import AskSampling, approve_sampling
from app.session import Session
from app.settings import SettingsTree
from app.turn_end import why_stopped
from graphs.interrupts import HITLResponse

if TYPE_CHECKING:
    from graphs.state import Context

StartTurn = Callable[[Session], AsyncGenerator[Event, None]]


@dataclass(frozen=True)
class OneShot:
    """How one turn is shown and who may be asked."""

    thread: str
    output: OutputForm
    quiet: bool
    interactive: bool
    approve_all: bool = False
    debug: bool = False


def run_one_shot(settings: SettingsTree, options: OneShot, start: StartTurn) -> int:
    """Run one turn; returns the exit code after everything was closed.

    Raises:
        SwitchyardError: nothing could be started.
        KeyboardInterrupt: Ctrl-C before the turn began.
    """
    return asyncio.run(_one_shot(settings, options, start))


async def _one_shot(settings: SettingsTree, options: OneShot, start: StartTurn) -> int:
    turn = TurnReport(thread=options.thread)
    shown = turn_output(options.output, quiet=options.quiet, images=settings.terminal.images)

    def status(server: ServerStatus) -> None:
        if line := problem(server):
            warn(line)

    asks = ask_for_trust if options.interactive else None
    elicit, ask_sampling = _answering(options)
    async with open_runtime(
        settings,
        ask_for_trust=asks,
        handlers=ServerHandlers(elicit=elicit),
        ask_sampling=ask_sampling,
        on_status=status,
        on_wait=_waiting(options),
    ) as runtime:
        for warning in runtime.hub.warnings:
            warn(warning)
        context = context_for(settings, approve_all=options.approve_all)
        session = Session(runtime, options.thread, context)
        question, robot = OpenQuestion(), runtime.robot
        with interruptible(session):
            async with watched_robot(robot and robot.control, _tell, lambda why: _stop(why, session, question)):
                await _play(session, start(session), question, turn, shown, options)
        described = runtime.models.describe(context.model)
        turn.model, turn.endpoint = described.model, described.endpoint
    shown.finish(turn)
    _explain_end(turn, options, settings.robot.profile)
    return turn.exit_code


def _answering(options: OneShot) -> tuple[AskElicitation | None, AskSampling | None]:
    """Who answers servers: a person in a terminal; `--yes` agrees to completions, and fills no form."""
    if not options.interactive:
        return None, approve_sampling if options.approve_all else None
    from app.commands.server_questions import ServerQuestions

    questions = ServerQuestions()
    return questions.elicit, approve_sampling if options.approve_all else questions.allow_sampling


class OpenQuestion:
    """A question to the person at the terminal, which a stop of the robot takes back."""

    def __init__(self) -> None:
        self._asking: asyncio.Task[dict[str, HITLResponse]] | None = None
        self.taken_back: Interrupted | None = None
        """Why it was."""

    def take_back(self, why: Interrupted) -> None:
        """Do not wait for the answer, where something is asked."""
        if self._asking is not None and self._asking.cancel():
            self.taken_back = why

    async def put(self, asked: ApprovalNeededEvent, qualified: Mapping[str, str]) -> dict[str, HITLResponse] | None:
        """The answers; None when the person aborts, or it was taken back."""
        from app.commands.ask_approval import ask_approval

        self._asking = asyncio.create_task(ask_approval(asked.requests, qualified))
        try:
            await asyncio.wait({self._asking})
            return None if self._asking.cancelled() else self._asking.result()
        except Interrupted as aborted:
            say(aborted.message)
            return None
        finally:
            self._asking.cancel()
            self._asking = None


async def _play(
    session: Session,
    events: AsyncGenerator[Event, None],
    question: OpenQuestion,
    turn: TurnReport,
    shown: TurnOutput,
    options: OneShot,
) -> None:
    while True:
        asked = await _follow(events, turn, shown)
        if asked is None or not options.interactive:
            return
        responses = await question.put(asked, qualified_names(session.runtime))
        if responses is None:
            if why := question.taken_back:
                await _follow(_ended(why), turn, shown)
            return
        events = session.answer(responses)


def _stop(why: str, session: Session, question: OpenQuestion) -> None:
    """End the turn, or take back what it waits for, because the robot was stopped."""
    if not session.cancel(Interrupted(why, hint="The thread is kept.")):
        question.take_back(Interrupted(why, hint="The call still waits: `threads resume` asks again."))


async def _ended(why: Interrupted) -> AsyncGenerator[Event, None]:
    """The end of a turn that waited for a person."""
    yield Failed(message=why.message, hint=why.hint, exit_code=why.exit_code, shown="")


async def _follow(
    events: AsyncGenerator[Event, None], turn: TurnReport, shown: TurnOutput
) -> ApprovalNeededEvent | None:
    asked = None
    async for event in events:
        turn.add(event)
        shown.show(event)
        if isinstance(event, ApprovalNeededEvent):
            asked = event
    return asked


def _explain_end(turn: TurnReport, options: OneShot, robot: str) -> None:
    """Say on stderr why there is no plain answer."""
    if turn.error:
        if options.debug:
            say(turn.error.trace)
        report(_as_error(turn))
    elif turn.waiting:
        names = ", ".join(sorted({call["name"] for call in turn.waiting}))
        flags = f"{options.thread} --robot {robot}" if robot else options.thread
        hint = f"Continue with: threads resume {flags} --approve (or --reject), or run with --yes."
        report(ApprovalNeeded(f"approval is needed for {names}, and nobody is here to give it.", hint=hint))
    elif turn.stopped_by != "answer":
        hint = f"Thread {options.thread} can be continued with --thread {options.thread}."
        report(AgentFailed(why_stopped(turn.stopped_by, turn.answer), hint=hint))


def _as_error(turn: TurnReport) -> SwitchyardError:
    assert turn.error is not None
    return SwitchyardError(turn.error.message, hint=turn.error.hint)


def context_for(settings: SettingsTree, *, approve_all: bool) -> "Context":
    """The graph's context for these settings."""
    from graphs.state import Context

    return Context(
        model=settings.model.name,
        max_steps=settings.agent.max_steps,
        approve="all" if approve_all else "ask",
    )


def qualified_names(runtime: Runtime) -> dict[str, str]:
    """`server:tool` by the name the model uses."""
    return {spec.name: spec.qualified for spec in runtime.hub.specs()}


def problem(server: ServerStatus) -> str:
    """The one line about a server that failed; empty for all others."""
    if server.state != "failed":
        return ""
    log = f" (log: {server.log_file})" if server.log_file else ""
    return f"MCP server {server.name} is not available: {server.cause}{log}"


def ask_for_trust(path: Path) -> bool:
    """Show what the file would start, and ask."""
    say(f"{path} names programs that Switchyard would start:")
    say(path.read_text(encoding="utf-8", errors="replace"))
    say("Trust this content from now on? [y/N] ")
    return input().strip().lower() in ("y", "yes")


@contextlib.contextmanager
def interruptible(session: Session) -> Generator[None]:
    """Let Ctrl-C and SIGTERM cancel the turn; a second one ends the program."""
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()

    def stop() -> None:
        if not session.cancel() and main is not None:
            main.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _tell(text: str, weight: Weight) -> None:
    say(styled(text, {"good": "green", "warning": "yellow", "bad": "red"}[weight]))


def _waiting(options: OneShot) -> Callable[[list[str]], None]:
    def tell(servers: list[str]) -> None:
        if not options.quiet:
            say(styled(f"waiting for MCP servers: {', '.join(servers)}", "dim"))

    return tell
