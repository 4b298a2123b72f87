"""The guard put together: two sockets, one link to the robot, one beat. The only wiring of this room."""

import asyncio
import itertools
import os
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve

from robot import frames
from robot.control import GuardEndpoint
from robot.frames import Frame
from robot.guard.access import Doorkeeper
from robot.guard.black_box import BlackBox
from robot.guard.brake import EVERY_S, STOP_TIMES
from robot.guard.control_server import ControlServer
from robot.guard.interface_types import InterfaceTypes
from robot.guard.judge import Judge
from robot.guard.latch import Latch
from robot.guard.link import RobotLink
from robot.guard.policy import Policy
from robot.guard.report import render_status
from robot.guard.safety import Mode, Safety
from robot.guard.session import Rules, Session
from robot.profile import RobotProfile

MOST_FRAME_BYTES = 1024 * 1024
"""Of one frame from a client; commands are small."""
POSE_EVERY_MS = 50
FAREWELL_SECONDS = 0.3
"""That the last zeros and cancels may take when the guard ends."""
_MOST_EVENTS = 50
Handler = Callable[[ServerConnection], Awaitable[None]]


def new_token() -> str:
    """A secret for one guard."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class GuardOptions:
    """How a guard is run; the profile says what it guards."""

    state_folder: Path
    """For the endpoint file, the E-stop's latch and the black box."""
    host: str = "127.0.0.1"
    mode: Mode = "normal"
    held: bool = False
    """Begin held: nothing is let through before the first `release`."""
    parent: int | None = None
    """End when this process is gone and the robot stands still."""
    token: str = field(default_factory=new_token)


class Guard:
    """A running guard. Made by `open_guard`."""

    def __init__(self, profile: RobotProfile, options: GuardOptions) -> None:
        self.profile, self.options = profile, options
        self.endpoint = GuardEndpoint(profile.name, options.host, 0, 0, options.token, os.getpid())
        self.ended = asyncio.Event()
        """Set when the guard has nothing left to do."""
        self.on_event: Callable[[dict[str, Any]], None] = lambda event: None
        self.events: deque[dict[str, Any]] = deque(maxlen=_MOST_EVENTS)
        self.clients = 0
        self.black_box = BlackBox(options.state_folder / f"{profile.name}.blackbox.jsonl")
        self.link = RobotLink(profile.rosbridge.url, _greeting(profile))
        self.safety = Safety(profile, self, mode=options.mode, held=options.held)
        self.endpoint_path = options.state_folder / f"{profile.name}.json"
        self._latch = Latch(options.state_folder / f"{profile.name}.estop")
        self.safety.estop_reason = self._latch.load()
        self._types = InterfaceTypes(self.link)
        judge = Judge(self.safety)
        self._rules = Rules(judge, self.safety, self._types, self.black_box, profile.rosbridge.url)
        self._numbers = itertools.count(1)
        self._watchers: list[Callable[[dict[str, Any]], None]] = []
        self.link.on_connected, self.link.on_lost = self._connected, self._lost
        self.link.on_frame, self.link.on_sent = self._seen, self.black_box.sent

    # What the rules may do: an Outlet.

    @property
    def connected(self) -> bool:
        """Whether the guard can reach the robot."""
        return self.link.connected

    def send(self, frame: Frame) -> None:
        """Send a frame of the guard's own."""
        self.link.send(frame)

    def note(self, event: str, **facts: object) -> None:
        """Write an event down and tell whoever watches."""
        self.black_box.event(event, facts)
        entry = {"event": event, "t": time.time(), **facts}
        self.events.append(entry)
        for watcher in [self.on_event, *self._watchers]:
            watcher(entry)

    # What the control socket may do: Controlled.

    def status(self) -> dict[str, Any]:
        """State and counters."""
        link = {
            "connected": self.link.connected,
            "rosbridge": self.link.url,
            "reconnects": max(0, self.link.reconnects),
        }
        facts = {**link, "clients": self.clients, "events": list(self.events)}
        return render_status(self.safety, time.monotonic()) | facts

    def hold(self, reason: str) -> None:
        """Stand still until released."""
        self.safety.hold(reason, time.monotonic())

    def release(self) -> None:
        """Let commands through."""
        self.safety.release()

    async def estop(self, reason: str) -> None:
        """Stop first, write it down then."""
        self.safety.estop(reason, time.monotonic())
        await asyncio.to_thread(self._latch.set, self.safety.estop_reason or "pressed")

    async def reset(self, by: str) -> None:
        """A person looked at the robot."""
        await asyncio.to_thread(self._latch.clear)
        self.safety.reset(by)

    def heartbeat(self, run: str, channel: int) -> None:
        """The agent is alive."""
        self.safety.heartbeat.heard(run, channel, time.monotonic())

    def channel_lost(self, channel: int) -> None:
        """A control connection ended, perhaps that of the heartbeat."""
        self.safety.heartbeat.lost(channel)
        self.safety.beat(time.monotonic())

    def watch(self, watcher: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
        """Tell events to one more."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    # What happens by itself.

    def _connected(self) -> None:
        self._types.forget()
        self.note("connected", rosbridge=self.link.url)
        self.safety.reconnected()

    def _lost(self, reason: str) -> None:
        self.note("disconnected", rosbridge=self.link.url, reason=reason)

    def _seen(self, text: str | bytes, frame: Frame) -> None:
        self.black_box.down(0, text)
        fence = self.profile.geofence
        if fence and frame["op"] == "publish" and frame.get("topic") == fence.source.topic:
            self.safety.see(frame.get("msg"), time.monotonic())

    async def serve_client(self, connection: ServerConnection) -> None:
        """One client until it leaves."""
        self.clients += 1
        try:
            await Session(next(self._numbers), connection, self._rules).run()
        finally:
            self.clients -= 1

    async def run_beat(self) -> None:
        """Look after the robot until cancelled. One failure must not end that."""
        while True:
            try:
                self.safety.beat(time.monotonic())
                self._follow_parent()
                self.black_box.flush()
            except Exception as error:  # whatever it is: who looks after the robot does not stop
                self.note("error", reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(EVERY_S)

    def _follow_parent(self) -> None:
        parent = self.options.parent
        if parent is None or os.getppid() == parent:
            return
        if self.safety.moving or self.safety.state == "released":
            self.hold("the program that started the guard is gone")
        elif self.safety.brake.idle:
            self.ended.set()

    async def say_farewell(self) -> None:
        """Leave no robot moving behind."""
        self.hold("the guard is ending")
        await asyncio.sleep(STOP_TIMES * EVERY_S)
        await self.link.flush(FAREWELL_SECONDS)
        self.note("ended")
        self.black_box.flush()


def _greeting(profile: RobotProfile) -> list[Frame]:
    topics = Policy(profile).velocity_topics
    greeting = [frames.advertise(topic, kind) for topic, kind in topics.items()]
    fence = profile.geofence
    if fence:
        source = fence.source
        greeting.append(frames.subscribe(source.topic, source.type, throttle_rate=POSE_EVERY_MS, queue_length=1))
    return greeting


@asynccontextmanager
async def open_guard(profile: RobotProfile, options: GuardOptions) -> AsyncGenerator[Guard]:
    """Run a guard; when this returns, its sockets listen. rosbridge need not be there yet.

    Raises:
        OSError: a port is taken, or the state folder cannot be written.
    """
    guard = Guard(profile, options)
    async with AsyncExitStack() as stack:
        ports, keeper = profile.guard, Doorkeeper(options.host, options.token)
        clients = await stack.enter_async_context(await _listen(guard.serve_client, options.host, ports.port, keeper))
        control_server = ControlServer(guard, options.token)
        control = await stack.enter_async_context(await _listen(control_server.serve, options.host, ports.control_port))
        guard.endpoint = replace(guard.endpoint, port=_port(clients), control_port=_port(control))
        _write_privately(guard.endpoint_path, guard.endpoint.to_json())
        stack.callback(guard.endpoint_path.unlink, missing_ok=True)
        for work in (guard.link.run(), guard.run_beat()):
            stack.push_async_callback(_cancelled, asyncio.create_task(work))
        stack.push_async_callback(guard.say_farewell)
        yield guard


async def _listen(handler: Handler, host: str, port: int, keeper: Doorkeeper | None = None) -> Server:
    size = MOST_FRAME_BYTES
    return await serve(handler, host, port, process_request=keeper, compression=None, max_size=size, close_timeout=0.5)


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


def _write_privately(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 -- pathlib cannot create a file that is private from the first moment
        file.write(text)
    draft.replace(path)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
