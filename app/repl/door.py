"""Opens the REPL: screen, runtime, conversation; and closes them in reverse."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.commands.one_shot import ask_for_trust, context_for, problem
from app.errors import SwitchyardError
from app.mcp_client.handlers import ServerHandlers
from app.mcp_client.status import ServerStatus
from app.paths import state_folder
from app.repl.approval_card import ApprovalCard
from app.repl.catalog import Catalog
from app.repl.commands.robot import press_emergency
from app.repl.commands.threads import show_last_turn
from app.repl.completion import ReplCompleter
from app.repl.conversation import Conversation
from app.repl.desk import Desk
from app.repl.elicitation_form import ElicitationForm
from app.repl.footer import context_share, footer_text, robot_state, server_share
from app.repl.offer import build_offer
from app.repl.sampling_question import SamplingQuestion
from app.repl.screen import Screen
from app.repl.turn_view import TurnView
from app.repl.welcome import welcome
from app.robot.emergency import Weight, watched_robot
from app.runtime import Runtime, open_runtime
from app.sampling import approve_sampling
from app.session import Session
from app.settings import SettingsTree
from app.terminal_images import InlineImages
from app.thread_list import new_thread_id

_LONGEST_LOG = 500
_STYLES = {"good": "green", "warning": "yellow", "bad": "bold red"}
_RESET = "When it may move again: /reset"


@dataclass(frozen=True)
class ReplOptions:
    """The flags of ``repl`` that are not settings."""

    thread: str
    yes: bool
    debug: bool


async def hold_conversation(settings: SettingsTree, options: ReplOptions) -> None:
    """Talk until the person leaves.

    Raises:
        SwitchyardError: the runtime cannot be opened.
    """
    screen = Screen(state_folder(settings.storage) / "history")
    async with _opened_runtime(settings, screen, approve_all=options.yes) as runtime:
        session = Session(runtime, options.thread or new_thread_id(), context_for(settings, approve_all=options.yes))
        desk = Desk(runtime, session, screen)
        await _greet(desk, known=bool(options.thread))
        await _talk(desk, debug=options.debug)
        thread = desk.session.thread
        if await runtime.store.threads.find(thread):
            screen.transcript.line(f"\nThread {thread} is kept: repl --thread {thread}", "dim")
        screen.transcript.flush()


@asynccontextmanager
async def _opened_runtime(
    settings: SettingsTree, screen: Screen, *, approve_all: bool
) -> AsyncGenerator[Runtime, None]:
    transcript = screen.transcript

    def status(server: ServerStatus) -> None:
        if line := problem(server):
            transcript.line(f"warning: {line}", "yellow")

    def wait(servers: list[str]) -> None:
        transcript.line(f"waiting for MCP servers: {', '.join(servers)}", "dim")

    def log(server: str, level: str, text: str) -> None:
        if level != "debug":
            transcript.line(f"  {server} {level}: {text[:_LONGEST_LOG]}", "dim")

    handlers = ServerHandlers(elicit=ElicitationForm(transcript, screen.line).ask, on_log=log)
    sampling = approve_sampling if approve_all else SamplingQuestion(transcript, screen.line).ask
    async with open_runtime(
        settings,
        ask_for_trust=ask_for_trust,
        handlers=handlers,
        ask_sampling=sampling,
        on_status=status,
        on_wait=wait,
    ) as runtime:
        yield runtime


async def _greet(desk: Desk, *, known: bool) -> None:
    """The first screen. The model is asked who it is, so that a wrong address shows before the first message."""
    models = desk.runtime.models
    failure: SwitchyardError | None = None
    try:
        await models.choose(desk.session.context.model)
    except SwitchyardError as error:
        failure = error
    desk.transcript.print(*welcome(desk))
    for notice in [*desk.runtime.hub.warnings, *models.take_notices()]:
        desk.transcript.line(notice, "yellow")
    if failure:
        desk.transcript.line(f"error: {failure.message}", "red")
        desk.transcript.line(f"hint: {failure.hint} Or choose another one: /model NAME")
    if known:
        await show_last_turn(desk)


async def _talk(desk: Desk, *, debug: bool) -> None:
    pictures = InlineImages.on(sys.stdout, desk.runtime.settings.terminal.images)
    screen, view = desk.screen, TurnView(desk.transcript, desk.live, debug=debug, pictures=pictures)
    conversation = Conversation(desk, view, ApprovalCard(desk.transcript, desk.line), debug)
    catalog = Catalog(desk)
    desk.pick_up = conversation.pick_up
    screen.on_line, screen.on_stop = conversation.submit, conversation.stop
    screen.footer = lambda width: _footer(desk, width)
    screen.completer = ReplCompleter(build_offer(catalog))
    async with screen.running(), _watched_robot(desk, conversation):
        tasks = [
            asyncio.create_task(conversation.run()),
            asyncio.create_task(screen.until_left()),
            asyncio.create_task(catalog.keep_fresh()),
        ]
        try:
            await asyncio.wait(tasks[:2], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    with contextlib.suppress(asyncio.CancelledError):
        tasks[0].result()


@asynccontextmanager
async def _watched_robot(desk: Desk, conversation: Conversation) -> AsyncGenerator[None, None]:
    def tell(text: str, weight: Weight) -> None:
        desk.transcript.line(f"\n{text}" if weight == "bad" else text, _STYLES[weight])

    robot = desk.runtime.robot
    watched = watched_robot(robot and robot.control, tell, lambda _: conversation.end_turn(), how_to_reset=_RESET)
    async with watched as emergency:
        desk.emergency = emergency
        desk.screen.on_emergency = lambda: press_emergency(desk)
        yield


def _footer(desk: Desk, width: int) -> str:
    servers = server_share(desk.runtime.hub.statuses())
    parts = [
        robot_state(desk.emergency),
        desk.model_name,
        context_share(desk.live.usage),
        servers,
        f"thread {desk.session.thread}",
    ]
    return footer_text(parts, width)
